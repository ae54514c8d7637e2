// Paths of kernel objects, as the process itself would name them.
#pragma once
#include "arguments.h"

#define DEPTH 256
#define DEPTH_WITHOUT_LOOP 16 // more would be too much for the verifier of kernels before 5.17
#define WALK 4096

struct walking {
	struct scratch *s;
	struct dentry *dentry;
	struct mount *mount;
	struct dentry *root;
	struct vfsmount *root_mount;
	u32 off, flags;
};

// One step towards the root: a component written, or a mount crossed. 1 ends the walk.
static long walk_step(u32 step, struct walking *w)
{
	struct dentry *dentry = w->dentry;
	struct mount *mount = w->mount;
	struct vfsmount *here = __builtin_preserve_access_index(&mount->mnt);
	if (dentry == w->root && here == w->root_mount) {
		w->flags = 0;
		return 1;
	}
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent), *top = BPF_CORE_READ(mount, mnt.mnt_root);
	// What stands in no tree (pipes, memfd) has a name and no parent.
	bool alone = dentry == parent && dentry != top;
	if (dentry == top) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);
		if (above == mount) {
			// A root that is not the process' own.
			w->flags = FLAG_OUTSIDE;
			return 1;
		}
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = above;
		return 0;
	}
	u32 off = w->off, len = BPF_CORE_READ(dentry, d_name.len) & 0xff;
	if (off > WALK || off < len + 1)
		return 1;
	off -= len;
	bpf_probe_read_kernel(&w->s->walk[off & (WALK - 1)], len, BPF_CORE_READ(dentry, d_name.name));
	off -= 1;
	w->s->walk[off & (WALK - 1)] = '/';
	w->off = off;
	w->dentry = parent;
	if (alone)
		w->flags = FLAG_OUTSIDE;
	return alone;
}

// Writes the path from its end; gives where it begins, with FLAG_* in the upper half.
__noinline u32 walk_path(u32 which, u64 dentry, u64 mount)
{
	struct walking w = {};
	struct task_struct *task = current_task();
	w.s = scratch(which);
	if (!w.s)
		return WALK;
	w.dentry = (void *)dentry;
	w.mount = (void *)mount - bpf_core_field_offset(struct mount, mnt);
	w.root = BPF_CORE_READ(task, fs, root.dentry);
	w.root_mount = BPF_CORE_READ(task, fs, root.mnt);
	w.off = WALK;
	w.flags = FLAG_TRUNCATED;
	if (have_loop) {
		bpf_loop(DEPTH, walk_step, &w, 0);
	} else {
		for (int i = 0; i < DEPTH_WITHOUT_LOOP; i++)
			if (walk_step(i, &w))
				break;
	}
	return w.off | w.flags << 16;
}

// Copies a walked path into the event; gives its length.
static __always_inline u32 copy_walk(struct scratch *s, void *to, u32 off)
{
	u32 len = WALK - off;
	if (off >= WALK)
		return 0;
	len &= WALK - 1;
	off &= WALK - 1;
	bpf_probe_read_kernel(to, len, &s->walk[off]);
	((u8 *)to)[len] = 0;
	return len;
}

static __always_inline bool matches(const volatile struct prefix *prefix, u64 *path)
{
	u64 differs = 0;
#pragma unroll
	for (int i = 0; i < 8; i++)
		differs |= (path[i] ^ prefix->word[i]) & prefix->mask[i];
	return differs == 0;
}

// Drops the event when the filter of paths says so; the path stands in the event at `pos`.
__noinline int filter_path(u32 which, u32 pos)
{
	u64 words[8] = {};
	struct scratch *s = scratch(which);
	if (!s || pos >= OUT_LIMIT || (!ignore_count && !only_count))
		return 0;
	bpf_probe_read_kernel(words, sizeof(words), &s->data[pos]);
	for (int i = 0; i < PREFIXES; i++) {
		if (i >= ignore_count)
			break;
		if (matches(&ignore_prefixes[i], words)) {
			s->drop = 1;
			return 0;
		}
	}
	if (!only_count)
		return 0;
	for (int i = 0; i < PREFIXES; i++) {
		if (i >= only_count)
			break;
		if (matches(&only_prefixes[i], words))
			return 0;
	}
	s->drop = 1;
	return 0;
}

// A cgroup's path within its hierarchy, as /proc/PID/cgroup shows it on the host.
__noinline int put_cgroup(u32 which, u32 index, u64 address)
{
	u32 at, off = WALK, flags = FLAG_TRUNCATED;
	struct cgroup *cgroup = (void *)address;
	struct scratch *s = scratch(which);
	if (!s || !cgroup)
		return 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct kernfs_node *kn = BPF_CORE_READ(cgroup, kn);
	for (int i = 0; i < 24; i++) {
		struct kernfs_node *parent;
		if (bpf_core_field_exists(kn->__parent))
			parent = BPF_CORE_READ(kn, __parent);
		else
			parent = (void *)BPF_CORE_READ((struct kernfs_node___614 *)kn, parent);
		if (!parent) {
			flags = 0;
			break;
		}
		// A kernfs name has no length beside it: it goes to the start of the buffer first.
		long n = bpf_probe_read_kernel_str(&s->walk[WALK], 255, BPF_CORE_READ(kn, name));
		if (n <= 1 || off < 512)
			break;
		u32 len = (u32)(n - 1) & 0xff;
		off -= len;
		u32 to = off & (WALK - 1);
		bpf_probe_read_kernel(&s->walk[to], len, &s->walk[WALK]);
		off -= 1;
		to = off & (WALK - 1);
		s->walk[to] = '/';
		kn = parent;
	}
	u32 len = copy_walk(s, arg + 1, off);
	close_argument(s, arg, index, ARG_CGROUP, flags, len);
	return 0;
}
