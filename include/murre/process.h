/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes and threads. A struct process is a thread group: what getpid(2) names, what is waited for, what signals go
 * to. A struct thread is what gettid(2) names and what runs. Both are made as drafts by clone (kernel/proc/fork.c), go
 * live together, and turn dead in exit: a dead process keeps its number and its statistics until its parent has waited
 * for it. docs/handles.md tells their lives.
 *
 * Three locks, taken in this order: the process tree (one for the system: parents, groups, sessions), a process's signals
 * (also its list of threads), a thread's share (what others may take hold of: space, files, places).
 */
#pragma once
#include <murre/cred.h>
#include <murre/file.h>
#include <murre/jobs.h>
#include <murre/pid.h>
#include <murre/rlimit.h>
#include <murre/signal.h>
#include <murre/task.h>
#include <murre/time.h>
#include <murre/wait.h>

struct posix_timers;

/* Resources used: of a thread, of a process's dead threads, of waited-for children. */
struct usage {
	nsec_t user, system;
	uint64_t minor_faults, major_faults;
	uint64_t switches_voluntary, switches_forced;
	uint64_t blocks_in, blocks_out;
	uint64_t peak_resident;			/* pages; a maximum, not a sum */
};
void usage_add(struct usage *to, const struct usage *from);

/* The program file that a process runs: open, and closed to writers, while any process runs it. */
struct exec_image { refcount_t refs; file_ref file; };
void exec_image_release(struct exec_image *i);
DEFINE_HANDLE(exec_image_ref, struct exec_image, exec_image_release)
result(exec_image_ref) exec_image_new(void);

/* The process tree. ------------------------------------------------------------------------------------------------ */

struct process_tree { unsigned threads; };	/* live ones of all processes */
DEFINE_GUARDED_IRQ(process_tree, struct process_tree, RANK_PROCESS_TREE)
extern guarded(process_tree) process_tree;
struct process;

DECLARE_LIST(child);
DECLARE_LIST(thread);
/* A process's place in the tree; family(token, p) hands it out. */
struct process_family {
	struct process *parent;			/* NULL once reaped; read under RCU by getppid */
	struct child_list children;
	struct list_node sibling;
	struct pid *group, *session;		/* counted; read under RCU */
	struct list_node group_link, session_link;
	int exit_signal;			/* for the parent at the end, 0: none */
	int exit_status;			/* as wait4 tells it, once dead */
	bool dead;				/* all threads are gone, nobody has waited yet */
	bool reaped;
	bool has_execed;			/* setpgid(2): EACCES */
	int maker;				/* number of the parent's thread that made it: __WNOTHREAD, PR_SET_PDEATHSIG */
	struct usage usage;			/* of waited-for children */
};

/* Signals and threads. --------------------------------------------------------------------------------------------- */

enum stop_report { REPORT_NONE, REPORT_STOPPED, REPORT_CONTINUED };

struct process_signals {
	struct thread_list threads;		/* leader first while it lives */
	unsigned thread_count;			/* live ones */
	struct signal_pending pending;		/* for any of the threads */
	bool exiting;				/* exit_group, a deadly signal or exec: exit_status holds */
	int exit_status;
	int leader_status;			/* what the leader ended with, if the others went on */
	struct thread *execing;			/* the thread that survives, while exec ends the others */
	int stop_signo;				/* of the stop under way or in force, 0: none */
	unsigned stops_missing;			/* threads that have not stopped yet */
	bool stopped;				/* all have */
	enum stop_report report;		/* news for waitid(2), not yet taken */
	bool stop_dequeued;			/* a thread is about to stop the process; SIGCONT calls that off */
	bool tell_parent_continued;
	bool unkillable;			/* init: only signals with a handler reach it */
	struct usage dead_threads;
};
DEFINE_GUARDED_IRQ(process_signals, struct process_signals, RANK_SIGNAL)

struct thread_signals {				/* under the lock of the thread's process */
	struct signal_pending pending;
	uint64_t blocked;			/* changed by the thread itself only, which may read it without the lock */
	uint64_t waiting_for;			/* rt_sigtimedwait: wakes although blocked */
	bool stop_wanted;			/* take part in the process's stop */
	bool leaving;				/* exits: takes no signals any more */
};

struct itimers {				/* by ITIMER_*; value 0: off */
	nsec_t value[3];			/* when it fires: REAL on the monotonic clock, VIRTUAL and PROF in CPU time */
	nsec_t interval[3];
	nsec_t cpu_limit_told;			/* RLIMIT_CPU: CPU time at the last SIGXCPU */
};
DEFINE_GUARDED_IRQ(itimers, struct itimers, RANK_SIGNAL_TIMERS)

struct process {
	refcount_t refs;
	struct pid *pid;			/* counted */
	struct process_family family_;
	guarded(process_signals) signals;
	struct signal_actions *actions;		/* counted; replaced only by exec of a lone thread */
	struct rlimits limits;
	struct exec_image *image guarded_by(process_signals_role);		/* counted; replaced under the signal lock; NULL at the end */
	guarded(itimers) itimers;
	struct timer alarm;			/* of ITIMER_REAL */
	bool cpu_timers;			/* some timer or limit counts CPU time: look at each tick */
	struct posix_timers *timers;		/* NULL until timer_create; ended at exit and exec */
	struct thread *leader;			/* counted, NULL once reaped (process_leader); has the process's number */
	waitq child_wait;			/* wait4: a child has news */
	waitq exit_wait;			/* pidfd: the process has died */
	nsec_t started;				/* monotonic */
	int oom_score_adj;
	uint32_t personality;
	bool dumpable, subreaper;
	bool terminal_given_up;			/* TIOCNOTTY; inherited */
	bool oom_victim;
	struct rcu_head rcu;
};
EMBEDDED(process, timer, alarm)
void process_release(struct process *p);
DEFINE_HANDLE(process_ref, struct process, process_release)
static inline process_ref process_share(struct process *p)
{
	refcount_inc(&p->refs);
	return handle_from(process_ref, p);
}
static inline struct process_family *family(process_tree_locked t, struct process *p) { return &p->family_; }
/* Without the lock: what only current changes, what RCU readers may see, and hints that are checked again. */
static inline const struct process_family *family_peek(const struct process *p) { return &p->family_; }
/* Of a process that nobody else can see yet. */
static inline struct process_family *family_of_new(struct process *p) { return &p->family_; }
DEFINE_LIST_FUNCTIONS(child, struct process, family_.sibling)
DEFINE_LIST_FUNCTIONS(group_member, struct process, family_.group_link)
DEFINE_LIST_FUNCTIONS(session_member, struct process, family_.session_link)

/* What another thread may take hold of lies in the task (vm, files, fs); this lock orders taking and replacing. */
struct vfork_wait;
DEFINE_GUARDED(thread_share, struct { struct vfork_wait *vfork; }, RANK_THREAD)

/* A call that a stop broke off and that goes on without its handler (restart_syscall(2)). */
struct call_restart {
	result(long) (*resume)(struct call_restart *r, struct can_sleep cs);
	nsec_t deadline;
	int clock;
	uintptr_t remain;			/* user address of a timespec, 0: none */
	uintptr_t word;
	uint32_t value, bits;
	bool is_private;
};

struct thread {
	struct task task;			/* first */
	refcount_t refs;
	struct process *process;		/* counted */
	struct pid *pid;			/* counted */
	struct list_node link;			/* in the process's threads, under its signal lock */
	struct thread_signals signals_;
	guarded(thread_share) share;
	struct usage faults;			/* its own counts; times come from the task */
	nsec_t started;

	/* Its own business; nobody else looks. */
	uint64_t saved_mask;			/* to put back: WORK_RESTORE_MASK */
	uintptr_t clear_tid, set_tid;		/* CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID */
	uintptr_t robust_list;
	abi_stack altstack;
	struct call_restart restart;
	int death_signal;			/* PR_SET_PDEATHSIG */
	nsec_t timer_slack, timer_slack_default;
	bool too_many_processes;		/* setuid(2) went beyond RLIMIT_NPROC: the next exec fails */
	struct rcu_head rcu;
};
EMBEDDED(thread, task, task)
DEFINE_LIST_FUNCTIONS(thread, struct thread, link)
void thread_release(struct thread *t);
DEFINE_HANDLE(thread_ref, struct thread, thread_release)
void thread_discard(struct thread *t);
DEFINE_HANDLE(thread_draft, struct thread, thread_discard)
static inline thread_ref thread_share_ref(struct thread *t)
{
	refcount_inc(&t->refs);
	return handle_from(thread_ref, t);
}
static inline struct thread_signals *thread_signals(process_signals_locked s, struct thread *t) { return &t->signals_; }
/* The same two ways around the lock as for a family. */
static inline const struct thread_signals *thread_signals_peek(const struct thread *t) { return &t->signals_; }
static inline struct thread_signals *thread_signals_of_new(struct thread *t) { return &t->signals_; }

static inline struct thread *current_thread(void) { return thread_of_task(current()); }
static inline struct process *current_process(void) { return current_thread()->process; }

/* Finding. Numbers as programs give them; none: no such process or thread. */
process_ref process_find(pid_nr_t nr);
thread_ref thread_find(pid_nr_t nr);
process_ref process_of_pid(struct pid *pid);
thread_ref process_leader(struct process *p);
thread_ref thread_of_pid(struct pid *pid);
/* The live process with the smallest number >= nr, for listing. */
process_ref process_next(pid_nr_t nr);
thread_ref process_thread_next(struct process *p, pid_nr_t nr);
static inline pid_nr_t process_nr(const struct process *p) { return p->pid->nr; }
pid_nr_t process_parent_nr(struct process *p);
pid_nr_t process_group_nr(struct process *p);
pid_nr_t process_session_nr(struct process *p);
bool process_is_dead(struct process *p);
extern struct process *init_process;		/* number 1, NULL before it is there */
unsigned process_thread_count(struct process *p);

/* What a thread uses, for others: none when it has let go of it. */
vm_space_ref thread_space(struct thread *t);
fd_table_ref thread_files(struct thread *t);
fs_context_ref thread_fs(struct thread *t);
cred_ref thread_cred(struct thread *t);
file_ref process_image(struct process *p);

/* Making. ---------------------------------------------------------------------------------------------------------- */

struct clone_request {
	uint64_t flags;				/* CLONE_* */
	int exit_signal;
	uintptr_t stack;			/* top of the child's stack, 0: the caller's */
	uintptr_t tls;
	user_int pidfd, parent_tid, child_tid;
};
/* clone(2): the child's number. */
result(long) process_clone(const struct clone_request *r, struct can_sleep cs);
/* execve(2): returns only on failure, or with the frame set to the new program. */
result(unit) process_exec(fd_t dir, const char *path, user_in_abi_pointer argv, user_in_abi_pointer envp,
			  int flags, struct can_sleep cs);
/* Makes process 1 and lets it find its program (rdinit=, init=, the usual places); the calling task ends. */
_Noreturn void first_process_start(void);

/* Ending. ---------------------------------------------------------------------------------------------------------- */

_Noreturn void thread_exit(int status, struct can_sleep cs);		/* status as wait4 tells it */
_Noreturn void process_exit(int status, struct can_sleep cs);
/* Marks the process as exiting and wakes its threads. True: this call did it. With the signal lock held. */
bool process_exit_begin(process_signals_locked s, struct process *p, int status);

struct wait_request {
	int which;				/* P_ALL, P_PID, P_PGID */
	struct pid *pid;			/* borrowed; NULL for P_ALL */
	int options;				/* W* */
};
struct wait_answer { int pid; uint32_t uid; int status; int code; struct usage usage; };	/* status as wait4 tells it */
/* wait4(2) and waitid(2): pid 0 in the answer: nothing yet (WNOHANG). ECHILD, ERESTARTSYS. */
typedef struct wait_answer wait_answer;
DEFINE_RESULT(wait_answer);
result(wait_answer) process_wait(const struct wait_request *r, struct can_sleep cs);

/* Figures. --------------------------------------------------------------------------------------------------------- */

void process_usage(struct process *p, struct usage *out);		/* with its dead threads, without children */
void process_children_usage(struct process *p, struct usage *out);
void thread_usage(struct thread *t, struct usage *out);
nsec_t process_cpu_time(struct process *p);

/* Groups and sessions. --------------------------------------------------------------------------------------------- */

result(unit) process_set_group(int pid, int group);			/* setpgid(2) */
result(long) process_new_session(void);					/* setsid(2) */

/* A descriptor for a process (pidfd_open(2)); the process behind one: EBADF. */
result(file_ref) pidfd_new(struct process *p, uint32_t flags);
result(process_ref) pidfd_process(struct file *f);
