// The end of every system call: is it wanted, whose is it, and who handles it.

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT 2
#define COMPAT_SOCKETCALL 102
static __always_inline u32 compat_argument(struct pt_regs *regs)
{
	return regs->bx;
}
static __always_inline u64 call_number(struct pt_regs *regs)
{
	return regs->orig_ax;
}
static __always_inline bool is_compat(struct task_struct *task)
{
	return (have_current_btf ? task->thread_info.status : BPF_CORE_READ(task, thread_info.status)) & TS_COMPAT;
}
static __always_inline void call_arguments(struct pt_regs *regs, u64 *args, bool compat)
{
	args[0] = compat ? (u32)regs->bx : regs->di;
	args[1] = compat ? (u32)regs->cx : regs->si;
	args[2] = compat ? (u32)regs->dx : regs->dx;
	args[3] = compat ? (u32)regs->si : regs->r10;
	args[4] = compat ? (u32)regs->di : regs->r8;
	args[5] = compat ? (u32)regs->bp : regs->r9;
}
#elif defined(__TARGET_ARCH_arm64)
#define COMPAT_SOCKETCALL CALLS
static __always_inline u32 compat_argument(struct pt_regs *regs)
{
	return 0;
}
static __always_inline u64 call_number(struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}
static __always_inline bool is_compat(struct task_struct *task)
{
	return false;
}
static __always_inline void call_arguments(struct pt_regs *regs, u64 *args, bool compat)
{
	args[0] = ((struct pt_regs___orig *)regs)->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
}
#endif

// i386's socketcall(call, arguments): the arguments stand in user memory.
static __always_inline void socketcall_arguments(u64 *args)
{
	u32 words[6] = {};
	bpf_probe_read_user(words, sizeof(words), (void *)args[1]);
#pragma unroll
	for (int i = 0; i < 6; i++)
		args[i] = words[i];
}

SEC("tp_btf/sys_exit")
int call_end(u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	s64 ret = ctx[1];
	struct task_struct *task = current_task();
	bool compat = is_compat(task);
	u64 native = call_number(regs);

	if (native >= CALLS)
		return 0;
	bool multiplexed = compat && native == COMPAT_SOCKETCALL;
	if (compat) {
		native = multiplexed ? socketcall_numbers[compat_argument(regs) & 31] : compat_numbers[native];
		if (!native)
			return 0;
		native = (native - 1) & (CALLS - 1);
	}
	if (!wanted[native])
		return 0;
	u32 number = native;
	if (bpf_get_current_pid_tgid() >> 32 == own_pid)
		return 0;
	struct call *call = bpf_map_lookup_elem(&calls, &number);
	if (!call)
		return 0;
	if ((call->flags & CALL_FAILED) && ret >= 0)
		return 0;
	struct scratch *s = take(SCRATCH_CALL);
	if (!s)
		return 0;
	if (!begin(s, task, call->event, number, compat ? (s32)ret : ret)) {
		s->busy = 0;
		return 0;
	}
	if (compat)
		s->flags |= EVENT_COMPAT;
	call_arguments(regs, s->args, compat);
	if (multiplexed)
		socketcall_arguments(s->args);
	s->call = *call;
	bpf_tail_call(ctx, &handlers, call->handler);
	count(LOST_NO_HANDLER, 1);
	s->busy = 0;
	return 0;
}

// Arguments that take two registers, or several.
static __noinline int put_special(struct scratch *s, u32 index, u32 kind, u64 value, u64 next)
{
	u64 words[3] = {};
	switch (kind) {
	case KIND_BYTES:
		return put_bytes(s, index, value, next, ARG_BYTES << 16 | 256);
	case KIND_ADDRESS:
		return put_bytes(s, index, value, next, ARG_ADDRESS << 16 | 128);
	case KIND_ADDRESS_OUT: {
		u32 len = 0;
		bpf_probe_read_user(&len, sizeof(len), (void *)next);
		return put_bytes(s, index, value, len, ARG_ADDRESS << 16 | 128);
	}
	case KIND_OPEN_HOW:
		if (bpf_probe_read_user(words, sizeof(words), (void *)value))
			return put_value(s, index, 0, FLAG_UNREADABLE);
		put_value(s, index, words[0], 0);
		put_value(s, index + 1, words[1], 0);
		return put_value(s, index + 2, words[2], 0);
	case KIND_WORD: {
		u32 word = 0;
		bool failed = bpf_probe_read_user(&word, sizeof(word), (void *)value);
		return put_value(s, index, word, failed ? FLAG_UNREADABLE : 0);
	}
	}
	return 0;
}

// Pointers to strings, as execve has them, joined with a zero after each.
static __noinline int put_strings(struct scratch *s, u32 index, u64 list, bool compat)
{
	u32 at, flags = FLAG_TRUNCATED, len = 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	u8 *to = (void *)(arg + 1);
	for (int i = 0; i < 32; i++) {
		u64 pointer = 0;
		long failed = compat ? bpf_probe_read_user(&pointer, 4, (void *)(list + i * 4))
				     : bpf_probe_read_user(&pointer, 8, (void *)(list + i * 8));
		if (failed) {
			flags = FLAG_UNREADABLE;
			break;
		}
		if (!pointer) {
			flags = 0;
			break;
		}
		if (len > STRING_MAX - 512)
			break;
		long n = bpf_probe_read_user_str(to + (len & (STRING_MAX - 1)), 512, (void *)pointer);
		if (n <= 0) {
			flags = FLAG_UNREADABLE;
			break;
		}
		len += (u32)n & 1023;
	}
	if (len > STRING_MAX)
		len = STRING_MAX;
	close_argument(s, arg, index, ARG_BYTES, flags, len);
	return 0;
}

static __noinline int put_argument(struct scratch *s, u32 index, u32 kind, u64 value, u64 next)
{
	switch (kind) {
	case KIND_NONE:
		return 0;
	case KIND_VALUE:
		return put_value(s, index, value, 0);
	case KIND_STRING:
		return put_string(s, index, value, 1);
	case KIND_FD:
		put_fd(s, index, (s32)value, current_task());
		return 0;
	case KIND_DIR_FD:
		// The current directory is known; another one is shown by its path.
		if ((s32)value < 0)
			return put_value(s, index, (s64)(s32)value, 0);
		put_fd(s, index, (s32)value, current_task());
		return 0;
	case KIND_FD_PAIR: {
		s32 pair[2] = {-1, -1};
		if (bpf_probe_read_user(pair, sizeof(pair), (void *)value))
			return put_value(s, index, 0, FLAG_UNREADABLE);
		put_fd(s, index, pair[0], current_task());
		put_fd(s, index + 1, pair[1], current_task());
		return 0;
	}
	case KIND_STRINGS:
		return put_strings(s, index, value, s->flags & EVENT_COMPAT);
	}
	return put_special(s, index, kind, value, next);
}

static __always_inline void put_arguments(struct scratch *s)
{
	put_argument(s, 0, s->call.kinds[0], s->args[0], s->args[1]);
	put_argument(s, 1, s->call.kinds[1], s->args[1], s->args[2]);
	put_argument(s, 2, s->call.kinds[2], s->args[2], s->args[3]);
	put_argument(s, 3, s->call.kinds[3], s->args[3], s->args[4]);
	put_argument(s, 4, s->call.kinds[4], s->args[4], s->args[5]);
	put_argument(s, 5, s->call.kinds[5], s->args[5], 0);
}
