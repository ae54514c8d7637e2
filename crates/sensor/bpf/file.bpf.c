// Files: opens, and calls whose arguments the table of calls describes in full.

// The filter of open flags and of paths, for what was opened.
static __always_inline void filter_open(struct scratch *s, struct file *file)
{
	if (open_flags_any && !(BPF_CORE_READ(file, f_flags) & open_flags_any))
		s->drop = 1;
}

// Any call: its arguments, what it opened, and the credentials it left.
SEC("tp_btf/sys_exit")
int call_any(u64 *ctx)
{
	struct scratch *s = scratch(SCRATCH_CALL);
	struct task_struct *task = current_task();
	if (!s)
		return 0;
	struct wire_head *head = (void *)s->data;
	put_arguments(s);
	if ((s->call.flags & CALL_RESULT_FD) && head->ret >= 0) {
		struct file *file = file_of(task, head->ret);
		u32 before = s->pos;
		put_fd(s, X_RESULT, head->ret, task);
		if ((s->call.flags & CALL_OPEN) && file && before < OUT_LIMIT) {
			filter_open(s, file);
			filter_path(SCRATCH_CALL, before + ARG_HEAD + sizeof(struct wire_file));
		}
	}
	if (s->call.flags & CALL_CRED)
		put_cred(SCRATCH_CALL, X_CRED);
	finish(s);
	return 0;
}
