// The kernel's own types, with only the members that the programs read. The loader relocates each access to the
// running kernel's layout; a member's place and size here mean nothing. Names with ___ are older or newer forms.
#pragma once

#include <stdbool.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, bp, bx, cx, dx, si, di, orig_ax;
};
struct thread_info {
	u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	s32 syscallno;
};
struct pt_regs___orig {
	u64 orig_x0;
};
#endif

typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct ns_common {
	u32 inum;
};
struct user_namespace {
	struct ns_common ns;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct uts_namespace {
	struct ns_common ns;
};
struct ipc_namespace {
	struct ns_common ns;
};
struct cgroup_namespace {
	struct ns_common ns;
};
struct net {
	struct ns_common ns;
};
struct task_struct;
struct pid_namespace {
	struct task_struct *child_reaper;
	u32 level;
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	u32 level;
	struct upid numbers[1];
};
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct cgroup_namespace *cgroup_ns;
};

// One number in kernels before 6.3, two words in an array.
struct kernel_cap_struct {
	u32 cap[2];
};
typedef struct { u64 val; } kernel_cap_t;
struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_namespace *user_ns;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};
struct inode {
	u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_nlink;
	u32 i_rdev;
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;
};
struct inode___66 {
	struct timespec64 __i_ctime, __i_mtime;
};
struct inode___65 {
	struct timespec64 i_ctime, i_mtime;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
	struct inode *f_inode;
	u32 f_flags;
	void *private_data;
};
struct fdtable {
	u32 max_fds;
	struct file **fd;
};
struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
};
struct fs_struct {
	struct path root, pwd;
};

struct percpu_counter {
	s64 count;
};
struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end, total_vm;
	atomic_t mm_users;
	struct file *exe_file;
	struct percpu_counter rss_stat[4];
};
struct mm_rss_stat {
	atomic64_t count[4];
};
struct mm_struct___61 {
	struct mm_rss_stat rss_stat;
};

struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	u64 id;
};
struct kernfs_node___614 {
	struct kernfs_node *parent;
};
struct cgroup {
	int level;
	struct kernfs_node *kn;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};
struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};
enum cgroup_subsys_id { cpu_cgrp_id, cpuset_cgrp_id, devices_cgrp_id, memory_cgrp_id, pids_cgrp_id };

struct tty_driver {
	int major, minor_start;
};
struct tty_struct {
	struct tty_driver *driver;
	int index;
};
struct rlimit {
	unsigned long rlim_cur;
};
struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[16];
};
struct task_struct {
	struct thread_info thread_info;
	u32 flags;
	int pid, tgid;
	int exit_code;
	struct task_struct *real_parent, *group_leader;
	u64 start_boottime;
	char comm[16];
	const struct cred *cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct pid *thread_pid;
	unsigned long min_flt, maj_flt;
	kuid_t loginuid;
	u32 sessionid;
};
struct linux_binprm {
	struct file *file;
	const char *filename, *interp, *fdpath;
};

struct in6_addr {
	u8 bytes[16];
};
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num, skc_family;
	u8 skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	u16 sk_type, sk_protocol;
};
struct socket {
	struct sock *sk;
	struct file *file;
};
struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un name[1];
};
struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct filename {
	const char *name;
};
struct open_how {
	u64 flags, mode, resolve;
};
struct io_cmd_data {
	struct file *file;
};
struct io_kiocb {
	struct file *file;
	struct io_cmd_data cmd;
	u8 opcode;
	void *async_data;
};
struct io_uring_cqe {
	u64 user_data;
	s32 res;
};
struct io_open {
	int dfd;
	struct filename *filename;
	struct open_how how;
};
struct io_unlink {
	int dfd, flags;
	struct filename *filename;
};
struct io_mkdir {
	int dfd;
	u16 mode;
	struct filename *filename;
};
struct io_rename {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
};
struct io_link {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
};
struct io_connect {
	struct file *file;
	int addr_len;
};
struct io_accept {
	struct file *file;
	int flags;
};
struct io_socket {
	int domain, type, protocol;
};

#pragma clang attribute pop
