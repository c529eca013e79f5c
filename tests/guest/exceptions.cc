// SPDX-License-Identifier: GPL-2.0-only
// C++ as a distribution's compiler links it statically: exceptions through frames and threads,
// futures, streams.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <regex>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Tracer {
	explicit Tracer(std::string name) : name(std::move(name)) {}
	~Tracer() { std::cout << "left " << name << '\n'; }
	std::string name;
};

int descend(int depth)
{
	Tracer tracer("frame " + std::to_string(depth));
	if (depth == 0)
		throw std::out_of_range("bottom");
	return descend(depth - 1) + 1;
}

void exceptions()
{
	try {
		descend(4);
	} catch (const std::logic_error &error) {
		std::cout << "caught " << error.what() << '\n';
	}
	try {
		try {
			throw 42;
		} catch (int number) {
			std::cout << "rethrowing " << number << '\n';
			throw;
		}
	} catch (...) {
		std::cout << "caught again\n";
	}
	try {
		std::vector<int>(3).at(10) = 1;
	} catch (const std::exception &error) {
		std::cout << "vector: out of range\n";
	}
	try {
		auto huge = std::make_unique<char[]>(SIZE_MAX / 4);
		std::cout << "given " << static_cast<void *>(huge.get()) << '\n';
	} catch (const std::bad_alloc &) {
		std::cout << "bad_alloc\n";
	}
	int thrown = 0;
	for (int i = 0; i < 10000; i++) {
		try {
			if (i % 3 == 0)
				throw std::runtime_error("x");
		} catch (const std::runtime_error &) {
			thrown++;
		}
	}
	std::cout << thrown << " thrown\n";
}

void threads()
{
	std::atomic<long> total{0};
	std::vector<std::thread> workers;
	for (int i = 0; i < 12; i++)
		workers.emplace_back([&total, i] {
			for (int j = 0; j < 1000; j++)
				total += i;
		});
	for (auto &worker : workers)
		worker.join();
	std::cout << "total " << total << '\n';

	auto failing = std::async(std::launch::async, []() -> int {
		throw std::runtime_error("in a thread");
	});
	try {
		failing.get();
	} catch (const std::exception &error) {
		std::cout << "future: " << error.what() << '\n';
	}
	std::vector<std::future<long>> parts;
	for (long i = 0; i < 8; i++)
		parts.push_back(std::async(std::launch::async, [i] {
			long sum = 0;
			for (long j = i * 1000; j < (i + 1) * 1000; j++)
				sum += j;
			return sum;
		}));
	long sum = 0;
	for (auto &part : parts)
		sum += part.get();
	std::cout << "sum " << sum << '\n';
}

void waiting()
{
	std::mutex lock;
	std::condition_variable changed;
	bool ready = false;
	std::thread worker([&] {
		std::this_thread::sleep_for(std::chrono::milliseconds(20));
		std::lock_guard guard(lock);
		ready = true;
		changed.notify_one();
	});
	std::unique_lock guard(lock);
	bool woken = changed.wait_for(guard, std::chrono::seconds(20), [&] { return ready; });
	std::cout << "waited " << woken << '\n';
	guard.unlock();
	worker.join();
	auto before = std::chrono::steady_clock::now();
	std::unique_lock again(lock);
	auto status = changed.wait_for(again, std::chrono::milliseconds(30));
	auto spent = std::chrono::steady_clock::now() - before;
	bool in_time = status == std::cv_status::timeout && spent >= std::chrono::milliseconds(30);
	std::cout << "timeout " << in_time << '\n';
	std::shared_mutex shared;
	std::shared_lock one(shared), two(shared);
	std::cout << "exclusive refused " << !shared.try_lock() << '\n';
	thread_local int own = 5;
	std::thread([] { own = 9; }).join();
	std::cout << "thread local " << own << '\n';
}

void containers()
{
	std::map<std::string, int> words;
	std::istringstream text("the quick brown fox jumps over the lazy dog the end");
	for (std::string word; text >> word;)
		words[word]++;
	for (const auto &[word, count] : words)
		std::cout << word << ' ' << count << '\n';
	std::ofstream("stream.txt") << "first line\nsecond " << 3.25 << '\n';
	std::ifstream in("stream.txt");
	for (std::string line; std::getline(in, line);)
		std::cout << line << '\n';
	std::smatch match;
	std::string subject = "key=value";
	if (std::regex_match(subject, match, std::regex("(\\w+)=(\\w+)")))
		std::cout << match[1] << " and " << match[2] << '\n';
	std::vector<int> numbers(100000);
	std::iota(numbers.begin(), numbers.end(), 0);
	std::reverse(numbers.begin(), numbers.end());
	std::sort(numbers.begin(), numbers.end());
	std::cout << "sorted " << std::is_sorted(numbers.begin(), numbers.end()) << '\n';
}

}

int main(int argc, char **)
{
	exceptions();
	threads();
	waiting();
	containers();
	std::cout.flush();
	if (argc > 1)
		throw std::runtime_error("nobody catches this");
	return 0;
}
