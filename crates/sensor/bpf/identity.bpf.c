// Identity: the kernel's checks of capabilities, each once for a process.

const volatile u16 event_capable;

struct checked {
	u64 start;
	u32 pid, capability;
	s64 result;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct checked);
	__type(value, u8);
} capabilities SEC(".maps");

SEC("tp_btf/cap_capable")
int capable(u64 *ctx)
{
	struct task_struct *task = current_task();
	struct checked key = {};
	u8 seen = 1;
	u32 flags = have_current_btf ? task->flags : BPF_CORE_READ(task, flags);
	key.pid = bpf_get_current_pid_tgid() >> 32;
	if ((flags & PF_KTHREAD) || key.pid == own_pid)
		return 0;
	key.start = BPF_CORE_READ(task, group_leader, start_boottime);
	key.capability = (u32)ctx[3];
	key.result = (s32)ctx[4];
	if (bpf_map_lookup_elem(&capabilities, &key))
		return 0;
	bpf_map_update_elem(&capabilities, &key, &seen, BPF_ANY);
	struct scratch *s = take(SCRATCH_IRQ);
	if (!s)
		return 0;
	if (!begin(s, task, event_capable, 0, key.result)) {
		s->busy = 0;
		return 0;
	}
	put_value(s, 0, key.capability, 0);
	put_value(s, 1, BPF_CORE_READ((struct user_namespace *)ctx[2], ns.inum), 0);
	finish(s);
	return 0;
}
