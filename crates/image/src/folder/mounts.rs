//! File systems below the root that are no part of the subject.

use batten_model::{SubjectKind, Text};
use rustix::fs::statfs;
use std::path::Path;

/// Why a mounted file system is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// The kernel makes it up: it holds no files of anybody.
    Pseudo,
    /// It lies on another machine.
    Network,
    /// A container's root.
    Container,
}

impl LeftOut {
    pub(super) fn note(self, path: &str) -> Option<Text> {
        match self {
            LeftOut::Pseudo => None,
            LeftOut::Network => Some(Text::new(
                format!("{path} is a network file system and was left out"),
                format!("{path} 是网络文件系统，未扫描"),
            )),
            LeftOut::Container => Some(Text::new(
                format!("{path} is a container's file system and was left out; scan its image"),
                format!("{path} 是容器的文件系统，未扫描；请扫描其镜像"),
            )),
        }
    }
}

/// Numbers from `linux/magic.h`, and from file systems outside of it.
const PSEUDO: &[u64] = &[
    0x0000_9fa0, // proc
    0x6265_6572, // sysfs
    0x0000_1cd1, // devpts
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0xcafe_4a11, // bpf
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0x6265_6570, // configfs
    0x6165_676c, // pstore
    0x9584_58f6, // hugetlbfs
    0x1980_0202, // mqueue
    0x4249_4e4d, // binfmt_misc
    0x0000_0187, // autofs
    0x6e73_6673, // nsfs
    0x6573_5543, // fusectl
    0xde5e_81e4, // efivarfs
    0xf97c_ff8c, // selinux
    0x4341_5d53, // smackfs
    0x6759_6969, // rpc_pipefs
];

const NETWORK: &[u64] = &[
    0x0000_6969, // nfs
    0xff53_4d42, // cifs
    0xfe53_4d42, // smb2
    0x0000_517b, // smb
    0x00c3_6400, // ceph
    0x5346_414f, // afs
    0x6b41_4653, // afs of the kernel
    0x0102_1997, // 9p
    0x0bd0_0bd0, // lustre
    0x7461_636f, // ocfs2
    0x0116_1970, // gfs2
    0x6573_5546, // fuse: sshfs, object stores
    0x4750_4653, // gpfs
    0x7375_7245, // coda
];

const OVERLAY: u64 = 0x794c_7630;

/// Container storage below a host's root: the images are subjects of their own.
pub(super) const CONTAINER_STORAGE: &[&str] = &[
    "var/lib/containerd",
    "var/lib/containers/storage",
    "var/lib/docker",
    "var/lib/kubelet/pods",
    "var/lib/lxc",
    "var/lib/lxd",
    "var/lib/machines",
    "var/lib/rancher/k3s/agent/containerd",
    "var/lib/rancher/rke2/agent/containerd",
    "run",
    "proc",
    "sys",
    "dev",
];

/// Whether the file system that begins at `path` is left out of a subject of `kind`.
pub(super) fn left_out(path: &Path, kind: SubjectKind) -> Option<LeftOut> {
    let magic = statfs(path).ok()?.f_type as u64 & 0xffff_ffff;
    match magic {
        _ if PSEUDO.contains(&magic) => Some(LeftOut::Pseudo),
        _ if kind != SubjectKind::Host => None,
        _ if NETWORK.contains(&magic) => Some(LeftOut::Network),
        OVERLAY => Some(LeftOut::Container),
        _ => None,
    }
}
