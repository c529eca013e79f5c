// SPDX-License-Identifier: GPL-2.0-only

// A static Go program: a thousand goroutines over channels, timers, files, children, signals and
// the collector.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const routines = 1000

func channels() {
	numbers := make(chan int)
	var group sync.WaitGroup
	for i := 0; i < routines; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			runtime.Gosched()
			numbers <- i * i
		}(i)
	}
	go func() { group.Wait(); close(numbers) }()
	sum := 0
	for number := range numbers {
		sum += number
	}
	fmt.Println("sum of squares", sum)

	first := make(chan int)
	last := first
	for i := 0; i < routines; i++ {
		next := make(chan int)
		go func(in, out chan int) { out <- <-in + 1 }(last, next)
		last = next
	}
	first <- 0
	fmt.Println("through the chain", <-last)
}

func locks() {
	var counter int64
	var plain int
	var lock sync.Mutex
	var group sync.WaitGroup
	for i := 0; i < routines; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 20; j++ {
				atomic.AddInt64(&counter, 1)
				lock.Lock()
				plain++
				lock.Unlock()
			}
		}()
	}
	group.Wait()
	fmt.Println("counters", counter, plain)
}

func timers() {
	begin := time.Now()
	var group sync.WaitGroup
	for i := 0; i < routines; i++ {
		group.Add(1)
		go func() { defer group.Done(); time.Sleep(20 * time.Millisecond) }()
	}
	group.Wait()
	fmt.Println("slept long enough", time.Since(begin) >= 20*time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())
	ticker := time.NewTicker(2 * time.Millisecond)
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	ticker.Stop()
	fmt.Println("five ticks")
}

func files() {
	os.MkdirAll("tree/a/b", 0o755)
	for i := 0; i < 50; i++ {
		os.WriteFile(fmt.Sprintf("tree/a/b/%02d", i), bytes.Repeat([]byte{byte(i)}, i*100), 0o600)
	}
	var total int64
	count := 0
	filepath.WalkDir("tree", func(path string, entry fs.DirEntry, err error) error {
		if !entry.IsDir() {
			info, _ := entry.Info()
			total += info.Size()
			count++
		}
		return err
	})
	fmt.Println("files", count, "bytes", total)
	data, _ := os.ReadFile("tree/a/b/49")
	fmt.Printf("%x\n", sha256.Sum256(data))
	_, err := os.Open("tree/missing")
	fmt.Println(err, errors.Is(err, fs.ErrNotExist))
	fmt.Println(os.RemoveAll("tree"))
}

func children() {
	output, err := exec.Command("/bin/sh", "-c", "echo child; echo error >&2; exit 3").CombinedOutput()
	fmt.Printf("%q %v\n", output, err)
	command := exec.Command("/bin/sort")
	command.Stdin = strings.NewReader("c\nb\na\n")
	output, err = command.Output()
	fmt.Printf("%q %v\n", output, err)
	_, err = exec.Command("/no/such/program").Output()
	fmt.Println(err)
	killed := exec.Command("/bin/sleep", "100")
	killed.Start()
	killed.Process.Kill()
	fmt.Println(killed.Wait())
}

func signals() {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-received)
	reader, writer, _ := os.Pipe()
	reader.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := reader.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	go func() { fmt.Fprintln(writer, "by way of epoll"); writer.Close() }()
	reader.SetReadDeadline(time.Time{})
	line, _ := bufio.NewReader(reader).ReadString('\n')
	fmt.Print(line)
}

func recovering() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *struct{ field int }
	nothing.field = 1
}

func collecting() {
	var keep [][]byte
	for i := 0; i < 2000; i++ {
		block := make([]byte, 10000)
		block[i] = 1
		if i%100 == 0 {
			keep = append(keep, block)
		}
	}
	runtime.GC()
	sum := 0
	for _, block := range keep {
		for _, value := range block {
			sum += int(value)
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println("kept", sum, "collected", stats.NumGC > 0)
	deep := 0
	var recurse func(int) int
	recurse = func(depth int) int {
		var frame [128]int
		frame[depth%128] = depth
		if depth == 0 {
			return 0
		}
		return recurse(depth-1) + 1 + frame[(depth+1)%128]
	}
	deep = recurse(20000)
	fmt.Println("deep", deep)
}

func main() {
	channels()
	locks()
	timers()
	files()
	children()
	signals()
	recovering()
	collecting()
	names := []string{runtime.GOOS, runtime.GOARCH}
	sort.Strings(names)
	fmt.Println(names, len(os.Args))
}
