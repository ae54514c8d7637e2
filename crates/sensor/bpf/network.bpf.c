// Network: what is sent and received, once for each flow, and every question to a name server.

struct flow {
	u64 socket; // inode of the socket: no other socket has it at the same time
	u8 remote[16];
	u16 port;
	u8 send, pad[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct flow);
	__type(value, u64);
} flows SEC(".maps");

struct user_message {
	u64 name;
	u32 name_len, pad;
	u64 vectors, vector_count;
};

#define PORT_DNS 53

// The remote address of a datagram: in user memory, with its length.
static __always_inline void remote_of(struct flow *flow, u64 address, u32 len)
{
	u16 head[2] = {};
	if (!address || len < 8 || bpf_probe_read_user(head, sizeof(head), (void *)address))
		return;
	flow->port = __builtin_bswap16(head[1]);
	if (head[0] == 2)
		bpf_probe_read_user(flow->remote, 4, (void *)(address + 4));
	else if (head[0] == 10 && len >= 24)
		bpf_probe_read_user(flow->remote, 16, (void *)(address + 8));
}

static __always_inline bool unwanted_port(u16 local, u16 remote)
{
	if (!port_count)
		return false;
	for (int i = 0; i < PORTS; i++) {
		if (i >= port_count)
			break;
		if (ports[i] == local || ports[i] == remote)
			return false;
	}
	return true;
}

static __always_inline void release(struct scratch *s, u32 counted)
{
	if (counted)
		count(COUNT_FILTERED, 1);
	s->busy = 0;
}

// send, sendto, sendmsg, recvfrom, recvmsg, read and write of sockets.
SEC("tp_btf/sys_exit")
int call_flow(u64 *ctx)
{
	struct scratch *s = scratch(SCRATCH_CALL);
	struct task_struct *task = current_task();
	struct flow flow = {};
	u64 data = 0, data_len = 0, address = 0;
	u32 address_len = 0;
	if (!s)
		return 0;
	struct wire_head *head = (void *)s->data;
	struct file *file = file_of(task, (s32)s->args[0]);
	if (!file || !is_socket(file) || head->ret < 0) {
		release(s, 0);
		return 0;
	}
	struct sock *sk = sock_of(file);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	flow.socket = BPF_CORE_READ(file, f_inode, i_ino);
	flow.send = (s->call.flags & CALL_SEND) ? 1 : 0;
	flow.port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));

	if (s->call.kinds[1] == KIND_MESSAGE && !(s->flags & EVENT_COMPAT)) {
		struct user_message message = {};
		u64 vector[2] = {};
		bpf_probe_read_user(&message, sizeof(message), (void *)s->args[1]);
		address = message.name;
		address_len = message.name_len;
		if (message.vector_count && !bpf_probe_read_user(vector, sizeof(vector), (void *)message.vectors)) {
			data = vector[0];
			data_len = vector[1] < head->ret || s->call.kinds[2] == KIND_MESSAGE ? vector[1] : head->ret;
		}
	} else if (s->call.kinds[1] == KIND_BYTES) {
		data = s->args[1];
		data_len = head->ret;
		if (s->call.kinds[4] == KIND_ADDRESS) {
			address = s->args[4];
			address_len = s->args[5];
		} else if (s->call.kinds[4] == KIND_ADDRESS_OUT && s->args[4]) {
			address = s->args[4];
			bpf_probe_read_user(&address_len, sizeof(address_len), (void *)s->args[5]);
		}
	}
	if (family == 2 || family == 10) {
		remote_of(&flow, address, address_len);
		u16 local = BPF_CORE_READ(sk, __sk_common.skc_num);
		if (unwanted_port(local, flow.port)) {
			release(s, 1);
			return 0;
		}
	}
	bool question = flow.send && flow.port == PORT_DNS && (family == 2 || family == 10);
	if (!question) {
		u64 now = head->time;
		if (bpf_map_lookup_elem(&flows, &flow) || bpf_map_update_elem(&flows, &flow, &now, BPF_NOEXIST)) {
			release(s, 1);
			return 0;
		}
	}
	put_socket(SCRATCH_CALL, 0, (s32)s->args[0], (u64)file);
	if (address && (family == 2 || family == 10 || family == 1))
		put_bytes(s, X_PEER, address, address_len, ARG_ADDRESS << 16 | 128);
	u32 most = question ? 512 : payload_max;
	if (most > 512)
		most = 512;
	if (data && most)
		put_bytes(s, X_DATA, data, data_len, ARG_BYTES << 16 | most);
	put_value(s, 2, data_len, 0);
	finish(s);
	return 0;
}

// Calls on one socket: socket, bind, listen, accept, connect, shutdown.
SEC("tp_btf/sys_exit")
int call_socket(u64 *ctx)
{
	struct scratch *s = scratch(SCRATCH_CALL);
	struct task_struct *task = current_task();
	if (!s)
		return 0;
	struct wire_head *head = (void *)s->data;
	s32 fd = (s->call.flags & CALL_RESULT_FD) ? (s32)head->ret : (s32)s->args[0];
	struct file *file = file_of(task, fd);
	if (port_count && file && is_socket(file)) {
		struct sock *sk = sock_of(file);
		u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
		u16 local = BPF_CORE_READ(sk, __sk_common.skc_num);
		u16 remote = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
		// A socket without any port yet says nothing about ports.
		if ((family == 2 || family == 10) && (local || remote) && unwanted_port(local, remote))
			s->drop = 1;
	}
	put_arguments(s);
	if ((s->call.flags & CALL_RESULT_FD) && head->ret >= 0)
		put_fd(s, X_RESULT, head->ret, task);
	finish(s);
	return 0;
}
