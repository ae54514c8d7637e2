// Processes: fork, exec, exit, and calls that change what a task is.

#define PF_KTHREAD 0x00200000

static __always_inline u32 number_in(struct pid *pid, u32 level)
{
	u32 number = 0;
	void *numbers = __builtin_preserve_access_index(&pid->numbers[0]);
	if (pid && BPF_CORE_READ(pid, level) >= level)
		bpf_probe_read_kernel(&number, sizeof(number), numbers + level * bpf_core_type_size(struct upid));
	return number;
}

static __always_inline u32 tty_of(struct signal_struct *signal)
{
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);
	if (!tty)
		return 0;
	u32 major = BPF_CORE_READ(tty, driver, major);
	u32 minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	return (minor & 0xff) | major << 8 | (minor & ~0xff) << 12;
}

static __always_inline u32 resident(struct mm_struct *mm, u32 which)
{
	struct mm_struct___61 *old = (void *)mm;
	s64 pages = 0;
	if (bpf_core_type_exists(struct mm_rss_stat))
		pages = BPF_CORE_READ(old, rss_stat.count[which].counter);
	else
		bpf_probe_read_kernel(&pages, sizeof(pages),
				      (void *)mm + bpf_core_field_offset(struct mm_struct, rss_stat) +
					      which * bpf_core_type_size(struct percpu_counter) +
					      bpf_core_field_offset(struct percpu_counter, count));
	return pages > 0 ? pages * 4 : 0;
}

static __noinline int put_task(struct scratch *s, u32 index, struct task_struct *task, u32 flags)
{
	u32 at;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct wire_task *t = (void *)(arg + 1);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct pid_namespace *ns = pid_ns_of(task);
	struct pid *pgid = BPF_CORE_READ(signal, pids[2]), *sid = BPF_CORE_READ(signal, pids[3]);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *other = other_cgroup(set);
	u32 level = BPF_CORE_READ(ns, level);

	t->start = BPF_CORE_READ(task, group_leader, start_boottime);
	t->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
	t->cgroup = kernfs_id(BPF_CORE_READ(set, dfl_cgrp, kn));
	t->cgroup1 = other ? kernfs_id(BPF_CORE_READ(other, kn)) : 0;
	t->fd_limit = BPF_CORE_READ(signal, rlim[7].rlim_cur);
	t->major_faults = BPF_CORE_READ(task, maj_flt);
	t->minor_faults = BPF_CORE_READ(task, min_flt);
	t->pid = BPF_CORE_READ(task, tgid);
	t->tid = BPF_CORE_READ(task, pid);
	t->ppid = BPF_CORE_READ(parent, tgid);
	t->vpid = number_in(BPF_CORE_READ(signal, pids[1]), level);
	t->vtid = number_in(BPF_CORE_READ(task, thread_pid), level);
	t->vppid = number_in(BPF_CORE_READ(parent, signal, pids[1]), level);
	t->pgid = number_in(pgid, 0);
	t->vpgid = number_in(pgid, level);
	t->sid = number_in(sid, 0);
	t->vsid = number_in(sid, level);
	t->tty = tty_of(signal);
	t->threads = BPF_CORE_READ(signal, nr_threads);
	t->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	t->pid_ns = BPF_CORE_READ(ns, ns.inum);
	t->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	t->user_ns = BPF_CORE_READ(task, cred, user_ns, ns.inum);
	t->uts_ns = BPF_CORE_READ(task, nsproxy, uts_ns, ns.inum);
	t->ipc_ns = BPF_CORE_READ(task, nsproxy, ipc_ns, ns.inum);
	t->cgroup_ns = BPF_CORE_READ(task, nsproxy, cgroup_ns, ns.inum);
	t->pid_level = level;
	t->flags = flags;
	t->vm_size = t->vm_rss = t->vm_swap = 0;
	if (mm) {
		t->vm_size = BPF_CORE_READ(mm, total_vm) * 4;
		t->vm_rss = resident(mm, 0) + resident(mm, 1) + resident(mm, 3);
		t->vm_swap = resident(mm, 2);
	}
	BPF_CORE_READ_INTO(&t->comm, task, comm);
	close_argument(s, arg, index, ARG_TASK, 0, sizeof(*t));
	return 0;
}

static __noinline int put_cwd(struct scratch *s, struct task_struct *task)
{
	u32 at;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct dentry *dentry = BPF_CORE_READ(task, fs, pwd.dentry);
	u32 walked = walk_path(s->which, (u64)dentry, (u64)BPF_CORE_READ(task, fs, pwd.mnt));
	u32 len = copy_walk(s, arg + 1, walked & 0xffff);
	close_argument(s, arg, X_CWD, ARG_STRING, walked >> 16, len);
	return 0;
}

static __always_inline void put_cgroups(struct scratch *s, struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	put_cgroup(s->which, X_CGROUP, (u64)BPF_CORE_READ(set, dfl_cgrp));
	put_cgroup(s->which, X_CGROUP, (u64)other_cgroup(set));
}

static __always_inline void put_memory(struct scratch *s, u32 index, unsigned long from, unsigned long to)
{
	put_bytes(s, index, from, to - from, ARG_BYTES << 16 | STRING_MAX);
}

const volatile u16 event_exec, event_execat, event_fork, event_exit;

SEC("tp_btf/sched_process_exec")
int process_exec(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct linux_binprm *binary = (void *)ctx[2];
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct scratch *s = take(SCRATCH_TRACE);
	if (!s)
		return 0;
	// A program named by a descriptor: the kernel made up a path for it.
	bool by_fd = bpf_core_field_exists(binary->fdpath) && BPF_CORE_READ(binary, fdpath);
	if (!begin(s, task, by_fd ? event_execat : event_exec, 0, 0)) {
		s->busy = 0;
		return 0;
	}
	// The new memory belongs to this thread alone: nobody could have changed the arguments.
	s->flags &= ~EVENT_SHARED;
	put_task(s, X_TASK, task, BPF_CORE_READ(task, flags));
	put_cred(SCRATCH_TRACE, X_CRED);
	put_file(SCRATCH_TRACE, X_EXE, -1, (u64)BPF_CORE_READ(mm, exe_file));
	put_cwd(s, task);
	put_memory(s, X_ARGV, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
	put_string(s, X_FILENAME, (u64)BPF_CORE_READ(binary, filename), 0);
	if (with_env)
		put_memory(s, X_ENV, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
	put_cgroups(s, task);
	put_fd(s, X_STDIN, 0, task);
	put_fd(s, X_STDIN + 1, 1, task);
	put_fd(s, X_STDIN + 2, 2, task);
	finish(s);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int process_fork(u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];
	u32 flags = BPF_CORE_READ(child, flags);
	if (flags & PF_KTHREAD)
		return 0;
	struct scratch *s = take(SCRATCH_TRACE);
	if (!s)
		return 0;
	if (!begin(s, parent, event_fork, 0, BPF_CORE_READ(child, pid))) {
		s->busy = 0;
		return 0;
	}
	put_task(s, X_TASK, child, flags);
	finish(s);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int process_exit(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	// The last thread ends the process. Threads that end before it are no event.
	if ((BPF_CORE_READ(task, flags) & PF_KTHREAD) || BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	struct scratch *s = take(SCRATCH_TRACE);
	if (!s)
		return 0;
	if (!begin(s, task, event_exit, 0, BPF_CORE_READ(task, exit_code))) {
		s->busy = 0;
		return 0;
	}
	finish(s);
	return 0;
}

// Calls after which a task is another one: setsid, setpgid, unshare, setns, chdir, chroot.
SEC("tp_btf/sys_exit")
int call_task(u64 *ctx)
{
	struct scratch *s = scratch(SCRATCH_CALL);
	struct task_struct *task = current_task();
	if (!s)
		return 0;
	put_arguments(s);
	if (s->call.flags & CALL_TASK)
		put_task(s, X_TASK, task, 0);
	if (s->call.flags & CALL_CRED)
		put_cred(SCRATCH_CALL, X_CRED);
	if (s->call.flags & CALL_CWD)
		put_cwd(s, task);
	finish(s);
	return 0;
}
