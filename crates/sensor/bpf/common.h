// What every program uses: maps, settings, the event being made, and how it leaves.
#pragma once
#include "wire.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define OUT_LIMIT 16384
#define STRING_MAX 4096
#define ARG_HEAD sizeof(struct wire_arg)
#define CALLS 512
#define PREFIXES 8
#define PORTS 8

// Settings, written by the loader before the programs are loaded.
const volatile u32 own_pid;
const volatile u32 host_mnt_ns, host_pid_ns;
const volatile u8 only_containers, only_host, with_env, have_current_btf, have_loop;
const volatile u8 ignore_count, only_count, port_count;
const volatile u16 ports[PORTS];
const volatile u32 open_flags_any; // opens for reading only are left out when none of these flags is set
const volatile u32 payload_max;    // bytes of data taken from a send or a receive, at most 512

// A path's beginning: what differs under the mask does not match.
struct prefix {
	u64 word[8], mask[8];
};
const volatile struct prefix ignore_prefixes[PREFIXES], only_prefixes[PREFIXES];

// Whether a call is wanted, by number; looked at before anything else, once for every call of the machine.
const volatile u8 wanted[CALLS];
const volatile u16 compat_numbers[CALLS]; // 32-bit number to native number plus one
const volatile u16 socketcall_numbers[32]; // the same for what i386's socketcall multiplexes

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALLS);
	__type(key, u32);
	__type(value, struct call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

// The event being made on this processor. One for calls, one for what may interrupt a call.
struct scratch {
	u32 busy, pos, flags, drop;
	u32 which; // of the scratches this is: programs' parts are checked by themselves and find it by number
	u32 pad;
	u64 args[6];
	struct call call;
	u8 walk[4096 + 320];
	u8 data[OUT_LIMIT + STRING_MAX + 256];
};
#define SCRATCH_CALL 0
#define SCRATCH_TRACE 1
#define SCRATCH_IRQ 2

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 3);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline void count(u32 what, u64 by)
{
	u64 *counter = bpf_map_lookup_elem(&counters, &what);
	if (counter)
		*counter += by;
}

static __always_inline struct scratch *scratch(u32 which)
{
	return bpf_map_lookup_elem(&scratches, &which);
}

// Takes the scratch; a program that interrupted another one of its kind loses its event, and that is counted.
static __always_inline struct scratch *take(u32 which)
{
	struct scratch *s = scratch(which);
	if (!s)
		return 0;
	if (s->busy) {
		count(LOST_BUSY, 1);
		return 0;
	}
	s->busy = 1;
	s->which = which;
	return s;
}

static __always_inline struct task_struct *current_task(void)
{
	if (have_current_btf)
		return (struct task_struct *)bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline u64 kernfs_id(struct kernfs_node *kn)
{
	return BPF_CORE_READ(kn, id);
}

static __always_inline struct cgroup *v1_cgroup(struct css_set *set, u32 subsystem)
{
	struct cgroup_subsys_state *css = 0;
	void *first = __builtin_preserve_access_index(&set->subsys[0]);
	bpf_probe_read_kernel(&css, sizeof(css), first + subsystem * sizeof(void *));
	return css ? BPF_CORE_READ(css, cgroup) : 0;
}

// The first of the usual controllers whose cgroup is not the unified hierarchy's.
static __always_inline struct cgroup *other_cgroup(struct css_set *set)
{
	struct cgroup *unified = BPF_CORE_READ(set, dfl_cgrp), *found;
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		found = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
		if (found && found != unified && BPF_CORE_READ(found, level) > 0)
			return found;
	}
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		found = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id));
		if (found && found != unified && BPF_CORE_READ(found, level) > 0)
			return found;
	}
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id)) {
		found = v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id));
		if (found && found != unified && BPF_CORE_READ(found, level) > 0)
			return found;
	}
	return 0;
}

static __always_inline struct pid_namespace *pid_ns_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid = {};
	u32 level = BPF_CORE_READ(pid, level);
	void *numbers = __builtin_preserve_access_index(&pid->numbers[0]);
	bpf_probe_read_kernel(&upid, sizeof(upid), numbers + level * bpf_core_type_size(struct upid));
	return upid.ns;
}

static __always_inline bool in_container(struct task_struct *task, u32 mnt_ns)
{
	return mnt_ns != host_mnt_ns || BPF_CORE_READ(pid_ns_of(task), ns.inum) != host_pid_ns;
}

static __always_inline bool unwanted_place(bool container)
{
	return (only_containers && !container) || (only_host && container);
}

// Begins an event of `task`; false when the place is filtered out.
static __always_inline bool begin(struct scratch *s, struct task_struct *task, u16 event, u16 call, s64 ret)
{
	struct wire_head *head = (void *)s->data;
	u32 mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	bool container = in_container(task, mnt_ns);
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *other = other_cgroup(set);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (unwanted_place(container)) {
		count(COUNT_FILTERED, 1);
		return false;
	}
	s->pos = sizeof(*head);
	s->flags = container ? EVENT_CONTAINER : 0;
	s->drop = 0;
	if (mm && BPF_CORE_READ(mm, mm_users.counter) > 1)
		s->flags |= EVENT_SHARED;
	head->event = event;
	head->version = WIRE_VERSION;
	head->count = 0;
	head->time = bpf_ktime_get_boot_ns();
	head->start = BPF_CORE_READ(task, group_leader, start_boottime);
	head->cgroup = kernfs_id(BPF_CORE_READ(set, dfl_cgrp, kn));
	head->cgroup1 = other ? kernfs_id(BPF_CORE_READ(other, kn)) : 0;
	head->ret = ret;
	head->pid = BPF_CORE_READ(task, tgid);
	head->tid = BPF_CORE_READ(task, pid);
	head->uid = BPF_CORE_READ(task, cred, euid.val);
	head->gid = BPF_CORE_READ(task, cred, egid.val);
	head->mnt_ns = mnt_ns;
	head->cpu = bpf_get_smp_processor_id();
	head->call = call;
	head->exe_ino = mm ? (u32)BPF_CORE_READ(mm, exe_file, f_inode, i_ino) : 0;
	return true;
}

// Sends the event off and gives the scratch back.
static __always_inline void finish(struct scratch *s)
{
	struct wire_head *head = (void *)s->data;
	u32 len = s->pos;
	if (s->drop) {
		count(COUNT_FILTERED, 1);
	} else if (len > OUT_LIMIT + STRING_MAX) {
		count(LOST_TOO_LARGE, 1);
	} else {
		head->len = len;
		head->flags = s->flags;
		// The reader comes by a timer: waking it for each event would cost more than the event.
		if (bpf_ringbuf_output(&events, s->data, len, BPF_RB_NO_WAKEUP)) {
			count(LOST_RING, 1);
		} else {
			count(COUNT_SENT, 1);
			count(COUNT_BYTES, len);
		}
	}
	s->busy = 0;
}
