/* SPDX-License-Identifier: GPL-2.0-only */
/* execve(2) and execveat(2): arguments, environment, scripts, errno, what is reset. */
#include "fact.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>

extern char **environ;

static int tell(int argc, char **argv)
{
	sigset_t mask;
	struct sigaction action;

	for (int i = 0; i < argc; i++)
		printf("argv[%d] %s\n", i, strrchr(argv[i], '/') && i == 0 ? "(path)" : argv[i]);
	for (char **variable = environ; *variable; variable++)
		printf("env %s\n", *variable);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("SIGUSR1 blocked: %d\n", sigismember(&mask, SIGUSR1));
	sigaction(SIGUSR2, NULL, &action);
	printf("SIGUSR2 %s\n", action.sa_handler == SIG_DFL ? "default" : "kept");
	sigaction(SIGHUP, NULL, &action);
	printf("SIGHUP %s\n", action.sa_handler == SIG_IGN ? "ignored" : "reset");
	return 0;
}

static void self(char **argv, char **env)
{
	execve("/proc/self/exe", argv, env);
	printf("exec: %s\n", fact_errno(errno));
}

static void arguments_arrive(void)
{
	PART("arguments");
	IN_CHILD("plain", self((char *[]){ "tell", "one", "", "two words", NULL },
			       (char *[]){ "A=1", "B=", "odd", NULL }));
	IN_CHILD("no environment", self((char *[]){ "tell", NULL }, (char *[]){ NULL }));
	IN_CHILD("null environment", self((char *[]){ "tell", NULL }, NULL));
	IN_CHILD("state", {
		sigset_t mask;
		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR1);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		signal(SIGUSR2, (void (*)(int))exit);
		signal(SIGHUP, SIG_IGN);
		self((char *[]){ "tell", NULL }, (char *[]){ NULL });
	});
}

static void file_mode(const char *name, const char *text, mode_t mode)
{
	file_write(name, text);
	chmod(name, mode);
}

static void try(const char *path)
{
	char *argv[] = { "x", NULL }, *env[] = { NULL };

	printf("%s: ", path);
	execve(path, argv, env);
	printf("%s\n", fact_errno(errno));
}

static void errors(void)
{
	char *argv[] = { "x", NULL };

	PART("errors");
	file_mode("text", "echo no header\n", 0755);
	file_mode("plain", "#!/proc/self/exe\n", 0644);
	file_mode("empty", "", 0755);
	file_mode("short", "\177ELF", 0755);
	file_mode("lost", "#!/no/such/interpreter\n", 0755);
	file_mode("blank", "#!   \n", 0755);
	file_mode("self", "#!self\n", 0755);
	try("absent");
	try("");
	try("text/x");
	try(".");
	try("text");
	try("plain");
	try("empty");
	try("short");
	try("lost");
	try("blank");
	try("self");
	try("/dev/null");
	CALL(execve(NULL, argv, NULL));
	CALL(execve("text", (char **)16, NULL));
	CALL(execve("text", (char *[]){ (char *)16, NULL }, NULL));
	CALL(execve("text", argv, (char **)16));
	CALL(execve((char *)0xffff800000000000, argv, NULL));
}

static void foreign_headers(void)
{
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_AARCH64, .e_version = 1,
		.e_phoff = sizeof(header), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
		.e_ehsize = sizeof(header),
	};
	int fd;

	PART("headers");
	fd = open("arm", O_WRONLY | O_CREAT, 0755);
	write(fd, &header, sizeof(header));
	close(fd);
	try("arm");
	header.e_machine = EM_X86_64;
	header.e_phentsize = 5;
	fd = open("entries", O_WRONLY | O_CREAT, 0755);
	write(fd, &header, sizeof(header));
	close(fd);
	try("entries");
	header.e_phentsize = sizeof(Elf64_Phdr);
	header.e_type = ET_REL;
	fd = open("object", O_WRONLY | O_CREAT, 0755);
	write(fd, &header, sizeof(header));
	close(fd);
	try("object");
}

static void scripts(void)
{
	char line[600];

	PART("scripts");
	symlink("/proc/self/exe", "exe");
	file_mode("interp", "#!/proc/self/exe  some  args here \n", 0755);
	IN_CHILD("script", execle("./interp", "zero", "first", NULL, (char *[]){ NULL }));
	file_mode("nested", "#! ./interp two\n", 0755);
	IN_CHILD("nested", execle("./nested", "zero", "first", NULL, (char *[]){ NULL }));
	snprintf(line, sizeof(line), "#!/proc/self/exe %0400d\n", 7);
	file_mode("long", line, 0755);
	pid_t child = fork();
	if (child == 0) {
		execle("./long", "zero", NULL, (char *[]){ NULL });
		_exit(errno == ENOEXEC ? 1 : 2);
	}
	waitpid(child, NULL, 0);
	file_mode("noeol", "#!/proc/self/exe", 0755);
	IN_CHILD("no end of line", execle("./noeol", "zero", NULL, (char *[]){ NULL }));
}

static void big_arguments(void)
{
	static char huge[140000], part[100001];
	char *argv[40] = { "count" };

	PART("sizes");
	memset(huge, 'h', sizeof(huge) - 1);
	memset(part, 'p', sizeof(part) - 1);
	CALL(execve("/proc/self/exe", (char *[]){ "count", huge, NULL }, NULL));
	for (int i = 1; i < 10; i++)
		argv[i] = part;
	IN_CHILD("900 kB of arguments", self(argv, (char *[]){ NULL }));
	for (int i = 1; i < 39; i++)
		argv[i] = part;
	CALL(execve("/proc/self/exe", argv, NULL));
	IN_CHILD("no arguments", {
		char *none[] = { NULL };
		self(none, none);
	});
}

static void by_descriptor(void)
{
	int fd = CALL(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	char *argv[] = { "tell", "by fd", NULL }, *env[] = { NULL };

	PART("execveat");
	IN_CHILD("fd", {
		syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
		printf("%s\n", fact_errno(errno));
	});
	CALL(syscall(SYS_execveat, fd, "", argv, env, 0));
	CALL(syscall(SYS_execveat, 99, "x", argv, env, 0));
	CALL(syscall(SYS_execveat, AT_FDCWD, "text", argv, env, 4));
	CALL(syscall(SYS_execveat, AT_FDCWD, "exe", argv, env, AT_SYMLINK_NOFOLLOW));
	close(fd);
	PART("busy text");
	fd = open("/proc/self/exe", O_WRONLY);
	printf("writing the running file: %s\n", fact_errno(errno));
	file_mode("busy", "#!/proc/self/exe\n", 0755);
}

static void auxiliary_vector(void)
{
	PART("auxv");
	SHOW(getauxval(AT_PAGESZ));
	SHOW(getauxval(AT_CLKTCK));
	SHOW(getauxval(AT_UID) + getauxval(AT_EUID) + getauxval(AT_GID) + getauxval(AT_EGID));
	SHOW(getauxval(AT_SECURE));
	SHOW(getauxval(AT_PHENT));
	SHOW(getauxval(AT_FLAGS));
	CHECK(getauxval(AT_PHNUM) > 0 && getauxval(AT_PHDR) != 0 && getauxval(AT_ENTRY) != 0);
	CHECK(getauxval(AT_RANDOM) != 0 && getauxval(AT_HWCAP) != 0);
	printf("%s\n", (char *)getauxval(AT_PLATFORM));
	CHECK(strlen((char *)getauxval(AT_EXECFN)) > 0);
	SHOW(getauxval(AT_BASE));
}

int main(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "count") == 0) {
		size_t total = 0;
		for (int i = 0; i < argc; i++)
			total += strlen(argv[i]);
		printf("%d arguments, %zu bytes\n", argc, total);
		return 0;
	}
	if (argc == 0 || strcmp(argv[0], "tell") == 0 || argc > 1)
		return tell(argc, argv);
	if (argc == 1 && strcmp(argv[0], "") == 0) {
		printf("one empty argument\n");
		return 0;
	}
	arguments_arrive();
	errors();
	foreign_headers();
	scripts();
	big_arguments();
	by_descriptor();
	auxiliary_vector();
	return 0;
}
