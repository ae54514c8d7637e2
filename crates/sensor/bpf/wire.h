// What goes through the ring: one head, then arguments. `src/wire/` is the same in Rust; the assertions below hold
// the sizes that it reads. All numbers are in the machine's own byte order.
#pragma once
#include "types.h"

#define WIRE_VERSION 1

struct wire_head {
	u32 len;      // of the whole event
	u16 event;    // number in the catalogue of events
	u8 version;
	u8 count;     // of arguments
	u64 time;     // nanoseconds since boot
	u64 start;    // when the process started, nanoseconds since boot
	u64 cgroup;   // id in the unified hierarchy
	u64 cgroup1;  // id in a version 1 hierarchy, or 0
	s64 ret;
	u32 pid, tid;
	u32 uid, gid; // effective
	u32 flags;    // EVENT_*
	u32 mnt_ns;
	u16 cpu;
	u16 call;     // system call number, or an io_uring operation
	u32 exe_ino;  // low bits of the program file's inode: tells that an exec was missed
};

#define EVENT_COMPAT 1     // 32-bit call; `call` is translated
#define EVENT_IO_URING 2   // done through io_uring
#define EVENT_SHARED 4     // other threads could have changed what was read from user memory
#define EVENT_TRUNCATED 8  // an argument was cut
#define EVENT_UNREADABLE 16
#define EVENT_CONTAINER 32 // not in the host's process or mount namespace
#define EVENT_NO_RESULT 64 // seen when it began; the result is not known

struct wire_arg {
	u8 index;
	u8 kind; // ARG_*
	u16 flags;
	u32 len; // of what follows, without padding to 8
};

#define ARG_VALUE 1
#define ARG_STRING 2
#define ARG_BYTES 3
#define ARG_FILE 4
#define ARG_SOCKET 5
#define ARG_CRED 6
#define ARG_TASK 7
#define ARG_CGROUP 8
#define ARG_ADDRESS 9

#define FLAG_TRUNCATED 1
#define FLAG_UNREADABLE 2
#define FLAG_NULL 4
#define FLAG_OUTSIDE 8 // the path is not below the process' root

// Arguments that are no parameter of the call.
#define X_TASK 64
#define X_CRED 65
#define X_EXE 66
#define X_CWD 67
#define X_ARGV 68
#define X_ENV 69
#define X_CGROUP 70
#define X_STDIN 71 // and two more
#define X_RESULT 74
#define X_FILENAME 75
#define X_DATA 76
#define X_PEER 77

struct wire_file {
	s32 fd;
	u32 flags; // open flags
	u32 mode;
	u32 dev;
	u64 ino;
	u32 uid, gid;
	u32 links;
	u32 layer; // LAYER_*
	u64 magic;
	s64 ctime, mtime; // nanoseconds
	u32 rdev, pad;
	// then the path
};
#define LAYER_UPPER 1
#define LAYER_LOWER 2

struct wire_socket {
	s32 fd;
	u16 family, type, protocol, state;
	u16 local_port, remote_port; // in the machine's byte order
	u64 ino;
	u8 local[16], remote[16];
	// then the path of a Unix socket
};

struct wire_cred {
	u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	u64 inheritable, permitted, effective, bounding, ambient;
	u32 loginuid, session, user_ns, pad;
};

struct wire_task {
	u64 start, pidns_start, cgroup, cgroup1, fd_limit, major_faults, minor_faults;
	u32 pid, tid, ppid, vpid, vtid, vppid, pgid, vpgid, sid, vsid, tty, threads;
	u32 mnt_ns, pid_ns, net_ns, user_ns, uts_ns, ipc_ns, cgroup_ns, pid_level;
	u32 vm_size, vm_rss, vm_swap, flags; // KiB
	char comm[16];
};

#define KIND_NONE 0
#define KIND_VALUE 1
#define KIND_STRING 2
#define KIND_FD 3
#define KIND_DIR_FD 4
#define KIND_BYTES 5    // its length is the next register
#define KIND_ADDRESS 6  // its length is the next register
#define KIND_FD_PAIR 7
#define KIND_OPEN_HOW 8
#define KIND_STRINGS 9  // a list of pointers, ended by null
#define KIND_WORD 10    // a pointer to 32 bits
#define KIND_ADDRESS_OUT 11 // a pointer to its length is the next register
#define KIND_MESSAGE 12 // struct msghdr

#define CALL_RESULT_FD 1 // what it gives is a descriptor
#define CALL_CRED 2      // show credentials as they are afterwards
#define CALL_FLOW 4      // only the first of each flow, and questions to name servers
#define CALL_TASK 8      // show the task as it is afterwards
#define CALL_OPEN 16     // subject to the filter of open flags
#define CALL_SEND 32
#define CALL_CWD 64      // show the working directory afterwards
#define CALL_FAILED 128  // only when it failed

// What a wanted system call is: filled in by the loader.
struct call {
	u16 event;
	u8 handler;
	u8 flags;
	u8 kinds[6];
	u8 pad[6];
};

enum lost { LOST_RING, LOST_BUSY, LOST_NO_HANDLER, LOST_TOO_LARGE, LOST_PENDING, LOST_CAUSES };
enum counted { COUNT_SENT = LOST_CAUSES, COUNT_FILTERED, COUNT_BYTES, COUNTERS };

_Static_assert(sizeof(struct wire_head) == 80, "src/wire/ reads this size");
_Static_assert(sizeof(struct wire_arg) == 8, "src/wire/ reads this size");
_Static_assert(sizeof(struct wire_file) == 72, "src/wire/ reads this size");
_Static_assert(sizeof(struct wire_socket) == 56, "src/wire/ reads this size");
_Static_assert(sizeof(struct wire_cred) == 88, "src/wire/ reads this size");
_Static_assert(sizeof(struct wire_task) == 168, "src/wire/ reads this size");
_Static_assert(sizeof(struct call) == 16, "src/wire/ reads this size");
