use super::*;
use crate::made_root::MadeRoot;
use batten_model::{Subject, SubjectKind};

fn inventory(packages: Vec<Package>) -> Inventory {
    let mut inventory = Inventory::empty(Subject::named(SubjectKind::Host, "machine"));
    inventory.packages = packages;
    inventory
}

fn package(kind: PackageKind, name: &str, version: &str, arch: &str) -> Package {
    let mut package = Package::new(kind, name, version, Location::at("db"));
    package.arch = Some(arch.to_owned());
    package
}

/// What each package's `running` becomes on a machine with this kernel, and the kernel's package.
fn marked(
    release: &str,
    kind: PackageKind,
    packages: &[(&str, &str, &str)],
) -> (Vec<Option<bool>>, Observed<String>) {
    let root = MadeRoot::new(&[(RELEASE, release)]);
    let packages = packages.iter().map(|(name, version, arch)| package(kind, name, version, arch)).collect();
    let mut inventory = inventory(packages);
    collect(root.path(), &mut inventory);
    let owner = inventory.kernel.unwrap().package;
    let running = inventory.packages.iter().filter(|p| p.kind == kind).map(|p| p.running).collect();
    assert_eq!(
        owner == Observed::Absent,
        inventory.packages.iter().any(|p| p.kind == PackageKind::Generic && p.name == "linux"),
        "{release}"
    );
    (running, owner)
}

const RUNS: Option<bool> = Some(true);
const IDLE: Option<bool> = Some(false);

#[test]
fn debian_names_the_release() {
    let (running, owner) = marked(
        "6.1.0-18-amd64",
        PackageKind::Deb,
        &[
            ("linux-image-6.1.0-17-amd64", "6.1.69-1", "amd64"),
            ("linux-image-6.1.0-18-amd64", "6.1.76-1", "amd64"),
            ("linux-image-6.1.0-18-amd64-dbg", "6.1.76-1", "amd64"),
            ("linux-image-amd64", "6.1.76-1", "amd64"),
            ("linux-headers-6.1.0-17-amd64", "6.1.69-1", "amd64"),
            ("linux-libc-dev", "6.1.76-1", "amd64"),
            ("openssl", "3.0", "amd64"),
        ],
    );
    assert_eq!(running, [IDLE, RUNS, IDLE, IDLE, None, None, None]);
    assert_eq!(owner, Observed::Present("deb:linux-image-6.1.0-18-amd64@6.1.76-1?arch=amd64".to_owned()));
}

#[test]
fn ubuntu_and_proxmox() {
    let packages = [
        ("linux-image-unsigned-5.15.0-91-generic", "5.15.0-91.101", "amd64"),
        ("linux-modules-5.15.0-88-generic", "5.15.0-88.98", "amd64"),
        ("linux-modules-5.15.0-91-generic", "5.15.0-91.101", "amd64"),
        ("linux-modules-extra-5.15.0-88-generic", "5.15.0-88.98", "amd64"),
    ];
    let (running, _) = marked("5.15.0-91-generic", PackageKind::Deb, &packages);
    assert_eq!(running, [RUNS, IDLE, None, IDLE]);
    let packages = [("proxmox-kernel-6.5.11-8-pve-signed", "6.5.11-8", "amd64")];
    assert_eq!(marked("6.5.11-8-pve", PackageKind::Deb, &packages).0, [RUNS]);
}

#[test]
fn raspberry_pi_is_known_by_its_files() {
    let root = MadeRoot::new(&[
        (RELEASE, "6.1.21-v8+\n"),
        ("var/lib/dpkg/info/raspberrypi-kernel.list", "/.\n/lib/modules\n/lib/modules/6.1.21-v8+\n"),
    ]);
    let mut inventory =
        inventory(vec![package(PackageKind::Deb, "raspberrypi-kernel", "1:1.20230405-1", "arm64")]);
    collect(root.path(), &mut inventory);
    assert_eq!(inventory.packages[0].running, RUNS);
    root.write(RELEASE, "6.1.99-own");
    inventory.packages[0].running = None;
    collect(root.path(), &mut inventory);
    let of_deb = inventory.packages.iter().find(|p| p.kind == PackageKind::Deb).unwrap();
    assert_eq!(of_deb.running, None);
}

#[test]
fn red_hat_and_its_kin() {
    let x = "x86_64";
    let packages = [
        ("kernel", "5.14.0-362.8.1.el9_3", x),
        ("kernel-core", "5.14.0-362.8.1.el9_3", x),
        ("kernel-core", "5.14.0-284.30.1.el9_2", x),
        ("kernel-modules-core", "5.14.0-284.30.1.el9_2", x),
        ("kernel-rt-core", "5.14.0-362.8.1.el9_3", x),
        ("kernel-headers", "5.14.0-362.8.1.el9_3", x),
        ("kernel-tools-libs", "5.14.0-362.8.1.el9_3", x),
        ("kernel-srpm-macros", "1.0-13.el9", "noarch"),
        ("kernel-devel", "5.14.0-362.8.1.el9_3", x),
    ];
    let (running, owner) = marked("5.14.0-362.8.1.el9_3.x86_64", PackageKind::Rpm, &packages);
    assert_eq!(running, [RUNS, RUNS, IDLE, IDLE, IDLE, None, None, None, None]);
    assert_eq!(owner.present().unwrap(), "rpm:kernel@5.14.0-362.8.1.el9_3?arch=x86_64");
    let (running, _) = marked("5.14.0-362.8.1.el9_3.x86_64+rt", PackageKind::Rpm, &packages);
    assert_eq!(running, [IDLE, IDLE, IDLE, IDLE, RUNS, None, None, None, None]);

    let one = |release: &str, name: &str, version: &str| {
        marked(release, PackageKind::Rpm, &[(name, version, x)]).0 == [RUNS]
    };
    assert!(one("4.18.0-513.11.1.rt7.313.el8_9.x86_64", "kernel-rt-core", "4.18.0-513.11.1.rt7.313.el8_9"));
    assert!(one("3.10.0-1160.el7.x86_64.debug", "kernel-debug", "3.10.0-1160.el7"));
    assert!(one("5.15.0-200.131.27.el9uek.x86_64", "kernel-uek-core", "5.15.0-200.131.27.el9uek"));
    assert!(one("6.1.66-91.160.amzn2023.x86_64", "kernel", "6.1.66-91.160.amzn2023"));
    assert!(one("5.10.0-182.0.0.95.oe2203sp3.x86_64", "kernel", "5.10.0-182.0.0.95.oe2203sp3"));
    assert!(one("5.15.148.2-2.cm2", "kernel", "5.15.148.2-2.cm2"));
    assert!(one("6.1.10-11.ph5-esx", "linux-esx", "6.1.10-11.ph5"));
    assert!(one("6.6.9-1.el9.elrepo.x86_64", "kernel-ml-core", "6.6.9-1.el9.elrepo"));
    assert!(!one("6.6.9-1.el9.elrepo.x86_64", "kernel-ml-core", "6.6.9-1.el9"));
}

#[test]
fn suse_leaves_its_rebuild_counter_out() {
    let packages = [
        ("kernel-azure", "5.14.21-150500.55.39.1", "x86_64"),
        ("kernel-default", "5.14.21-150500.55.36.1", "x86_64"),
        ("kernel-default", "5.14.21-150500.55.39.1", "x86_64"),
        ("kernel-default-devel", "5.14.21-150500.55.39.1", "x86_64"),
        ("kernel-default-extra", "5.14.21-150500.55.39.1", "x86_64"),
        ("kernel-firmware-intel", "20230724-150500.3.9.1", "noarch"),
        ("kernel-livepatch-5_14_21-150500_55_39-default", "3-150500.2.1", "x86_64"),
    ];
    let (running, _) = marked("5.14.21-150500.55.39-default", PackageKind::Rpm, &packages);
    assert_eq!(running, [IDLE, IDLE, RUNS, None, RUNS, None, None]);
}

#[test]
fn alpine() {
    let packages = [
        ("linux-headers", "6.6-r0", "x86_64"),
        ("linux-lts", "6.6.14-r0", "x86_64"),
        ("linux-lts-dev", "6.6.14-r0", "x86_64"),
        ("linux-pam", "1.5.3-r7", "x86_64"),
        ("linux-virt", "6.6.14-r0", "x86_64"),
    ];
    let (running, owner) = marked("6.6.14-0-lts", PackageKind::Apk, &packages);
    assert_eq!(running, [None, RUNS, None, None, IDLE]);
    assert_eq!(owner.present().unwrap(), "apk:linux-lts@6.6.14-r0?arch=x86_64");
    assert_eq!(marked("6.6.14-10-lts", PackageKind::Apk, &packages).0, [None, IDLE, None, None, IDLE]);
}

#[test]
fn a_kernel_from_outside_becomes_a_package() {
    let root = MadeRoot::new(&[
        (RELEASE, "6.18.44-fc-v669\n"),
        ("proc/version", "Linux version 6.18.44-fc-v669 (a@b) (gcc) #1 SMP PREEMPT_DYNAMIC @0\n"),
    ]);
    let mut inventory =
        inventory(vec![package(PackageKind::Deb, "linux-image-6.1.0-18-amd64", "6.1.76-1", "amd64")]);
    collect(root.path(), &mut inventory);
    let kernel = inventory.kernel.as_ref().unwrap();
    assert_eq!(
        (kernel.release.as_str(), kernel.version.as_str()),
        ("6.18.44-fc-v669", "#1 SMP PREEMPT_DYNAMIC @0")
    );
    assert_eq!(kernel.package, Observed::Absent);
    assert_eq!(inventory.packages[0].running, IDLE);
    let own = &inventory.packages[1];
    assert_eq!(own.reference(), "generic:linux@6.18.44#proc/sys/kernel/osrelease");
    assert_eq!(own.running, RUNS);
}

#[test]
fn an_unreadable_package_database_leaves_the_owner_unknown() {
    let root = MadeRoot::new(&[(RELEASE, "6.1.0-18-amd64")]);
    let mut inventory = inventory(vec![]);
    inventory.errors.push(ScanError::fatal("unreadable-dpkg", "var/lib/dpkg/status", Text::same("x")));
    collect(root.path(), &mut inventory);
    assert!(inventory.kernel.unwrap().package.is_unknown());
}

#[test]
fn without_proc_every_kernel_may_run() {
    let root = MadeRoot::new(&[]);
    let mut inventory =
        inventory(vec![package(PackageKind::Deb, "linux-image-6.1.0-18-amd64", "6.1.76-1", "amd64")]);
    collect(root.path(), &mut inventory);
    assert_eq!(inventory.kernel, None);
    assert_eq!(inventory.packages[0].running, None);
    assert_eq!(inventory.errors[0].code, "unreadable-kernel");
}
