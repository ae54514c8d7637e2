// Files and sockets as arguments: the kernel's own objects behind a descriptor.
#pragma once
#include "path.h"

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define OVERLAYFS_MAGIC 0x794c7630

static __always_inline struct file *file_of(struct task_struct *task, s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *file = 0;
	if (fd < 0 || !table || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

static __always_inline bool is_socket(struct file *file)
{
	return (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK;
}

static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline s64 nanoseconds(s64 seconds, s64 rest)
{
	return seconds * 1000000000 + rest;
}

static __always_inline void inode_times(struct inode *inode, struct wire_file *out)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		out->ctime = nanoseconds(BPF_CORE_READ(inode, i_ctime_sec), BPF_CORE_READ(inode, i_ctime_nsec));
		out->mtime = nanoseconds(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
	} else {
		struct inode___65 *old = (void *)inode;
		struct inode___66 *newer = (void *)inode;
		struct timespec64 c = {}, m = {};
		if (bpf_core_field_exists(newer->__i_ctime))
			BPF_CORE_READ_INTO(&c, newer, __i_ctime);
		else
			BPF_CORE_READ_INTO(&c, old, i_ctime);
		if (bpf_core_field_exists(newer->__i_mtime))
			BPF_CORE_READ_INTO(&m, newer, __i_mtime);
		else
			BPF_CORE_READ_INTO(&m, old, i_mtime);
		out->ctime = nanoseconds(c.tv_sec, c.tv_nsec);
		out->mtime = nanoseconds(m.tv_sec, m.tv_nsec);
	}
}

// Which layer of an overlay holds the file. The dentry of the upper layer stands right behind the inode in
// overlayfs' own inode, whose type a module may keep for itself.
static __always_inline u32 layer_of(struct inode *inode, u64 magic)
{
	void *upper = 0;
	if (magic != OVERLAYFS_MAGIC)
		return 0;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

__noinline int put_file(u32 which, u32 index, s32 fd, u64 address)
{
	u32 at;
	struct file *file = (void *)address;
	struct scratch *s = scratch(which);
	if (!s)
		return 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct wire_file *out = (void *)(arg + 1);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *sb = BPF_CORE_READ(inode, i_sb);
	out->fd = fd;
	out->flags = BPF_CORE_READ(file, f_flags);
	out->mode = BPF_CORE_READ(inode, i_mode);
	out->dev = BPF_CORE_READ(sb, s_dev);
	out->ino = BPF_CORE_READ(inode, i_ino);
	out->uid = BPF_CORE_READ(inode, i_uid.val);
	out->gid = BPF_CORE_READ(inode, i_gid.val);
	out->links = BPF_CORE_READ(inode, i_nlink);
	out->magic = BPF_CORE_READ(sb, s_magic);
	out->layer = layer_of(inode, out->magic);
	out->rdev = BPF_CORE_READ(inode, i_rdev);
	out->pad = 0;
	inode_times(inode, out);
	u32 walked = walk_path(which, (u64)BPF_CORE_READ(file, f_path.dentry), (u64)BPF_CORE_READ(file, f_path.mnt));
	u32 len = copy_walk(s, out + 1, walked & 0xffff);
	close_argument(s, arg, index, ARG_FILE, walked >> 16, sizeof(*out) + len);
	return 0;
}

static __always_inline u32 put_unix_name(void *to, struct unix_sock *sk)
{
	struct unix_address *address = BPF_CORE_READ(sk, addr);
	if (!address)
		return 0;
	s32 len = BPF_CORE_READ(address, len) - 2;
	if (len <= 0 || len > 108)
		return 0;
	void *name = __builtin_preserve_access_index(&address->name[0]);
	bpf_probe_read_kernel(to, (u32)len & 127, name + 2);
	return (u32)len & 127;
}

__noinline int put_socket(u32 which, u32 index, s32 fd, u64 address)
{
	u32 at, len = 0;
	struct file *file = (void *)address;
	struct scratch *s = scratch(which);
	if (!s)
		return 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct wire_socket *out = (void *)(arg + 1);
	struct sock *sk = sock_of(file);
	out->fd = fd;
	out->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	out->type = BPF_CORE_READ(sk, sk_type);
	out->protocol = BPF_CORE_READ(sk, sk_protocol);
	out->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	out->ino = BPF_CORE_READ(file, f_inode, i_ino);
	__builtin_memset(out->local, 0, 32);
	out->local_port = 0;
	out->remote_port = 0;
	if (out->family == 2 || out->family == 10) {
		out->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
		out->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	}
	if (out->family == 2) {
		*(u32 *)out->local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(u32 *)out->remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else if (out->family == 10) {
		bpf_probe_read_kernel(out->local, 16,
				      __builtin_preserve_access_index(&sk->__sk_common.skc_v6_rcv_saddr));
		bpf_probe_read_kernel(out->remote, 16,
				      __builtin_preserve_access_index(&sk->__sk_common.skc_v6_daddr));
	} else if (out->family == 1) {
		// Of the two ends that one has the name which was bound.
		struct unix_sock *own = (void *)sk;
		struct unix_sock *peer = (void *)BPF_CORE_READ(own, peer);
		*(u64 *)out->local = (u64)sk;
		*(u64 *)out->remote = (u64)peer;
		len = put_unix_name(out + 1, own);
		if (!len && peer)
			len = put_unix_name(out + 1, peer);
	}
	close_argument(s, arg, index, ARG_SOCKET, 0, sizeof(*out) + len);
	return 0;
}

// A descriptor and what is behind it.
static __always_inline void put_fd(struct scratch *s, u32 index, s32 fd, struct task_struct *task)
{
	struct file *file = file_of(task, fd);
	if (!file)
		put_value(s, index, (s64)fd, 0);
	else if (is_socket(file))
		put_socket(s->which, index, fd, (u64)file);
	else
		put_file(s->which, index, fd, (u64)file);
}
