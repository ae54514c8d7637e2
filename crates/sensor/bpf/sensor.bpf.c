// The sensor's programs, one file for each family of events.
//
// One hook serves all system calls: the end of a call (tp_btf/sys_exit). It costs a call that is not wanted a
// look into one table; 32-bit calls come by here too, which the per-call tracepoints do not show.
#include "file.h"

char _license[] SEC("license") = "GPL";

#include "call.bpf.c"
#include "file.bpf.c"
#include "process.bpf.c"
#include "network.bpf.c"
#include "identity.bpf.c"
#include "io_uring.bpf.c"
