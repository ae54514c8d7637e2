// Arguments of an event: each is written behind the last one.
#pragma once
#include "common.h"

// The place of the next argument, or none when the event is full.
static __always_inline struct wire_arg *open_argument(struct scratch *s, u32 *at)
{
	u32 pos = s->pos;
	if (pos >= OUT_LIMIT) {
		s->flags |= EVENT_TRUNCATED;
		return 0;
	}
	*at = pos;
	return (struct wire_arg *)&s->data[pos];
}

static __always_inline void close_argument(struct scratch *s, struct wire_arg *arg, u32 index, u32 kind, u32 flags,
					   u32 len)
{
	struct wire_head *head = (void *)s->data;
	arg->index = index;
	arg->kind = kind;
	arg->flags = flags;
	arg->len = len;
	if (flags & FLAG_TRUNCATED)
		s->flags |= EVENT_TRUNCATED;
	if (flags & FLAG_UNREADABLE)
		s->flags |= EVENT_UNREADABLE;
	head->count++;
	s->pos += ARG_HEAD + ((len + 7) & ~7u);
}

static __noinline int put_value(struct scratch *s, u32 index, u64 value, u32 flags)
{
	u32 at;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	*(u64 *)(arg + 1) = value;
	close_argument(s, arg, index, ARG_VALUE, flags, sizeof(value));
	return 0;
}

// A string of user memory, or of the kernel's.
static __noinline int put_string(struct scratch *s, u32 index, u64 pointer, u32 user)
{
	u32 at, flags = 0, len = 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	if (!pointer) {
		flags = FLAG_NULL;
	} else {
		void *to = arg + 1;
		long n = user ? bpf_probe_read_user_str(to, STRING_MAX, (void *)pointer)
			      : bpf_probe_read_kernel_str(to, STRING_MAX, (void *)pointer);
		if (n <= 0) {
			flags = FLAG_UNREADABLE;
		} else {
			len = (u32)(n - 1) & (STRING_MAX - 1);
			if (n >= STRING_MAX) {
				char next = 0;
				if (user)
					bpf_probe_read_user(&next, 1, (void *)(pointer + STRING_MAX - 1));
				flags = next ? FLAG_TRUNCATED : 0;
			}
		}
	}
	close_argument(s, arg, index, ARG_STRING, flags, len);
	return 0;
}

static __noinline int put_bytes(struct scratch *s, u32 index, u64 pointer, u64 wanted_len, u32 max_kind)
{
	u32 at, flags = 0, kind = max_kind >> 16, max = max_kind & 0xffff, len;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	if (max > STRING_MAX)
		max = STRING_MAX;
	if (!pointer) {
		flags = FLAG_NULL;
		len = 0;
	} else {
		len = wanted_len > max ? max : wanted_len;
		if (wanted_len > max)
			flags = FLAG_TRUNCATED;
		if (len > STRING_MAX)
			len = STRING_MAX;
		if (len && bpf_probe_read_user(arg + 1, len, (void *)pointer)) {
			flags = FLAG_UNREADABLE;
			len = 0;
		}
	}
	close_argument(s, arg, index, kind, flags, len);
	return 0;
}

__noinline int put_cred(u32 which, u32 index)
{
	u32 at;
	struct task_struct *task = current_task();
	struct scratch *s = scratch(which);
	if (!s)
		return 0;
	struct wire_arg *arg = open_argument(s, &at);
	if (!arg)
		return 0;
	struct wire_cred *c = (void *)(arg + 1);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	c->uid = BPF_CORE_READ(cred, uid.val);
	c->gid = BPF_CORE_READ(cred, gid.val);
	c->suid = BPF_CORE_READ(cred, suid.val);
	c->sgid = BPF_CORE_READ(cred, sgid.val);
	c->euid = BPF_CORE_READ(cred, euid.val);
	c->egid = BPF_CORE_READ(cred, egid.val);
	c->fsuid = BPF_CORE_READ(cred, fsuid.val);
	c->fsgid = BPF_CORE_READ(cred, fsgid.val);
	bpf_probe_read_kernel(&c->inheritable, 8, __builtin_preserve_access_index(&cred->cap_inheritable));
	bpf_probe_read_kernel(&c->permitted, 8, __builtin_preserve_access_index(&cred->cap_permitted));
	bpf_probe_read_kernel(&c->effective, 8, __builtin_preserve_access_index(&cred->cap_effective));
	bpf_probe_read_kernel(&c->bounding, 8, __builtin_preserve_access_index(&cred->cap_bset));
	bpf_probe_read_kernel(&c->ambient, 8, __builtin_preserve_access_index(&cred->cap_ambient));
	c->user_ns = BPF_CORE_READ(cred, user_ns, ns.inum);
	c->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (u32)-1;
	c->session = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid) : (u32)-1;
	c->pad = 0;
	close_argument(s, arg, index, ARG_CRED, 0, sizeof(*c));
	return 0;
}
