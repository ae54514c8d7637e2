// io_uring: what is submitted through a ring, as the file or network event that it is.
//
// The strings come from the kernel's own copies. An event is sent when the operation completes, with its result.

#define OPERATIONS 64
// Event of each operation, or 0; and which program's shape its request has.
const volatile u16 uring_events[OPERATIONS];
enum uring_opcode {
	OP_SENDMSG = 9, OP_RECVMSG = 10, OP_ACCEPT = 13, OP_CONNECT = 16, OP_OPENAT = 18, OP_SEND = 26,
	OP_RECV = 27, OP_OPENAT2 = 28, OP_RENAMEAT = 35, OP_UNLINKAT = 36, OP_MKDIRAT = 37, OP_SYMLINKAT = 38,
	OP_LINKAT = 39, OP_SOCKET = 45,
};

struct pending {
	u32 len;
	u32 scratch_pos;
	u8 data[OUT_LIMIT / 16];
};

// What was submitted and has not completed, by request.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct pending);
} submitted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct pending);
} pending_scratch SEC(".maps");

static __always_inline void put_name(struct scratch *s, u32 index, struct filename *name)
{
	put_string(s, index, (u64)BPF_CORE_READ(name, name), 0);
}

static __always_inline void put_operation(struct scratch *s, u8 opcode, void *request, struct task_struct *task)
{
	struct io_open *open = request;
	struct io_rename *rename = request;
	struct io_unlink *unlink = request;
	struct io_mkdir *mkdir = request;
	struct io_link *link = request;
	struct io_socket *socket = request;

	switch (opcode) {
	case OP_OPENAT:
	case OP_OPENAT2:
		put_argument(s, 0, KIND_DIR_FD, (s64)BPF_CORE_READ(open, dfd), 0);
		put_name(s, 1, BPF_CORE_READ(open, filename));
		put_value(s, 2, BPF_CORE_READ(open, how.flags), 0);
		put_value(s, 3, BPF_CORE_READ(open, how.mode), 0);
		if (opcode == OP_OPENAT2)
			put_value(s, 4, BPF_CORE_READ(open, how.resolve), 0);
		break;
	case OP_RENAMEAT:
		put_argument(s, 0, KIND_DIR_FD, (s64)BPF_CORE_READ(rename, old_dfd), 0);
		put_name(s, 1, BPF_CORE_READ(rename, oldpath));
		put_argument(s, 2, KIND_DIR_FD, (s64)BPF_CORE_READ(rename, new_dfd), 0);
		put_name(s, 3, BPF_CORE_READ(rename, newpath));
		put_value(s, 4, BPF_CORE_READ(rename, flags), 0);
		break;
	case OP_UNLINKAT:
		put_argument(s, 0, KIND_DIR_FD, (s64)BPF_CORE_READ(unlink, dfd), 0);
		put_name(s, 1, BPF_CORE_READ(unlink, filename));
		put_value(s, 2, BPF_CORE_READ(unlink, flags), 0);
		break;
	case OP_MKDIRAT:
		put_argument(s, 0, KIND_DIR_FD, (s64)BPF_CORE_READ(mkdir, dfd), 0);
		put_name(s, 1, BPF_CORE_READ(mkdir, filename));
		put_value(s, 2, BPF_CORE_READ(mkdir, mode), 0);
		break;
	case OP_SYMLINKAT:
		put_name(s, 0, BPF_CORE_READ(link, oldpath));
		put_argument(s, 1, KIND_DIR_FD, (s64)BPF_CORE_READ(link, new_dfd), 0);
		put_name(s, 2, BPF_CORE_READ(link, newpath));
		break;
	case OP_LINKAT:
		put_argument(s, 0, KIND_DIR_FD, (s64)BPF_CORE_READ(link, old_dfd), 0);
		put_name(s, 1, BPF_CORE_READ(link, oldpath));
		put_argument(s, 2, KIND_DIR_FD, (s64)BPF_CORE_READ(link, new_dfd), 0);
		put_name(s, 3, BPF_CORE_READ(link, newpath));
		put_value(s, 4, BPF_CORE_READ(link, flags), 0);
		break;
	case OP_SOCKET:
		put_value(s, 0, BPF_CORE_READ(socket, domain), 0);
		put_value(s, 1, BPF_CORE_READ(socket, type), 0);
		put_value(s, 2, BPF_CORE_READ(socket, protocol), 0);
		break;
	}
}

// Operations on a descriptor show its file when they are complete.
static __always_inline bool on_file(u8 opcode)
{
	return opcode == OP_CONNECT || opcode == OP_ACCEPT || opcode == OP_SEND || opcode == OP_RECV ||
	       opcode == OP_SENDMSG || opcode == OP_RECVMSG;
}

static __always_inline bool gives_fd(u8 opcode)
{
	return opcode == OP_OPENAT || opcode == OP_OPENAT2 || opcode == OP_ACCEPT || opcode == OP_SOCKET;
}

SEC("tp_btf/io_uring_submit_req")
int uring_submit(u64 *ctx)
{
	struct io_kiocb *request = (void *)ctx[0];
	u8 opcode = BPF_CORE_READ(request, opcode);
	u32 zero = 0;
	u64 key = (u64)request;
	if (opcode >= OPERATIONS || !uring_events[opcode] || bpf_get_current_pid_tgid() >> 32 == own_pid)
		return 0;
	struct task_struct *task = current_task();
	struct scratch *s = take(SCRATCH_TRACE);
	if (!s)
		return 0;
	if (begin(s, task, uring_events[opcode], opcode, 0)) {
		s->flags |= EVENT_IO_URING;
		// What the request's names are is copied by now: no other thread changes them any more.
		s->flags &= ~EVENT_SHARED;
		put_operation(s, opcode, request, task);
		struct pending *pending = bpf_map_lookup_elem(&pending_scratch, &zero);
		u32 len = s->pos;
		if (pending && len <= sizeof(pending->data)) {
			struct wire_head *head = (void *)s->data;
			head->flags = s->flags;
			pending->len = len;
			bpf_probe_read_kernel(pending->data, sizeof(pending->data), s->data);
			if (bpf_map_update_elem(&submitted, &key, pending, BPF_ANY))
				count(LOST_PENDING, 1);
			s->busy = 0;
			return 0;
		}
		// Too long to be kept: sent without its result.
		s->flags |= EVENT_NO_RESULT;
		finish(s);
		return 0;
	}
	s->busy = 0;
	return 0;
}

SEC("tp_btf/io_uring_complete")
int uring_complete(u64 *ctx)
{
	u64 key = ctx[1];
	struct pending *pending = bpf_map_lookup_elem(&submitted, &key);
	if (!pending)
		return 0;
	struct io_kiocb *request = (void *)key;
	struct task_struct *task = current_task();
	u8 opcode = BPF_CORE_READ(request, opcode);
	s32 result = BPF_CORE_READ((struct io_uring_cqe *)ctx[2], res);
	struct scratch *s = take(SCRATCH_TRACE);
	if (!s)
		return 0;
	bpf_probe_read_kernel(s->data, sizeof(pending->data), pending->data);
	struct wire_head *head = (void *)s->data;
	s->pos = pending->len;
	s->flags = head->flags;
	s->drop = 0;
	head->ret = result;
	// A worker thread completes in the name of the process; only the process itself has its descriptors.
	if (BPF_CORE_READ(task, tgid) == head->pid) {
		struct file *file = BPF_CORE_READ(request, cmd.file);
		if (on_file(opcode) && file && is_socket(file))
			put_socket(SCRATCH_TRACE, 0, -1, (u64)file);
		if (gives_fd(opcode) && result >= 0)
			put_fd(s, X_RESULT, result, task);
	}
	bpf_map_delete_elem(&submitted, &key);
	finish(s);
	return 0;
}
