// One small program for each way into the kernel that the sensor does not depend on: `doctor` tries them.
#include "types.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("fentry/do_exit")
int try_fentry(u64 *ctx)
{
	return 0;
}

SEC("lsm/bprm_check_security")
int try_lsm(u64 *ctx)
{
	return 0;
}

SEC("kprobe/do_exit")
int try_kprobe(void *ctx)
{
	return 0;
}

SEC("cgroup/connect4")
int try_connect(void *ctx)
{
	return 1;
}
