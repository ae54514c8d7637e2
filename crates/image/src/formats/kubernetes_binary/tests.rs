use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/kubernetes_binary/");

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}.elf")).unwrap()
}

fn facts(path: &str, bytes: &[u8]) -> Result<Facts, FormatError> {
    parse(&File { path, mode: 0o755, content: &bytes.to_vec() })
}

fn listed(path: &str, bytes: &[u8]) -> Vec<String> {
    facts(path, bytes).unwrap().packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect()
}

/// The same program with some bytes replaced by others of the same length.
fn with(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, old).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + new.len()].copy_from_slice(new);
    }
    bytes
}

#[test]
fn trimmed_release_builds_tell_their_version() {
    assert_eq!(listed("usr/bin/kubectl", &fixture("kubectl127")), ["k8s.io/kubectl@1.27.16"]);
    assert_eq!(listed("opt/kubectl.1.33", &fixture("kubectl133")), ["k8s.io/kubectl@1.33.1"]);
    let package = facts("usr/bin/kubectl", &fixture("kubectl133")).unwrap().packages.remove(0);
    assert_eq!(package.kind, PackageKind::Kubernetes);
    assert_eq!(package.reference(), "kubernetes:k8s.io/kubectl@1.33.1#usr/bin/kubectl");
}

#[test]
fn the_component_is_that_of_the_main_package() {
    let kubelet = with(&fixture("kubectl127"), b"kubernetes/cmd/kubectl", b"kubernetes/cmd/kubelet");
    assert_eq!(listed("usr/bin/kubelet", &kubelet), ["k8s.io/kubelet@1.27.16"]);
    let plugin =
        with(&fixture("kubectl127"), b"k8s.io/kubernetes/cmd/kubectl", b"example.com/plug/cmd/kubectl1");
    assert!(listed("usr/bin/kubectl-plug", &plugin).is_empty());
}

#[test]
fn without_the_stamped_values_the_module_tells() {
    let unstamped = with(&fixture("kubectl133"), b"v1.33.1\0", b"v1.33.1x");
    assert_eq!(listed("usr/bin/kubectl", &unstamped), ["k8s.io/kubectl@1.33.1"]);
}

#[test]
fn no_version_is_said_to_be_unknown() {
    let unstamped = with(&fixture("kubectl127"), b"v1.27.16\0", b"v1.27.16x");
    let facts = facts("usr/bin/kubectl", &unstamped).unwrap();
    assert!(facts.packages.is_empty());
    assert_eq!(facts.problems[0].code, "unknown-kubernetes-version");
    assert!(!facts.problems[0].fatal && facts.problems[0].zh.contains("k8s.io/kubectl"));
}

#[test]
fn files_that_only_bear_the_name_give_nothing() {
    assert_eq!(facts("etc/kubelet", b"").unwrap(), Facts::default());
    let script =
        b"#!/bin/sh\nexec /opt/kubelet \"$@\" # and enough bytes to be read as a header of a program\n";
    assert_eq!(facts("usr/bin/kubelet", script).unwrap(), Facts::default());
    let rust = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(facts("usr/bin/kubelet", &rust).unwrap(), Facts::default());
}

#[test]
fn vendors_versions_do_not_become_older() {
    assert_eq!(comparable("1.29.3-eks-adc7111"), "1.29.3+eks-adc7111");
    assert_eq!(comparable("1.27.16-gke.1504000+x"), "1.27.16+gke.1504000.x");
    assert_eq!(comparable("1.28.5+k3s1"), "1.28.5+k3s1");
    assert_eq!(comparable("1.30.0-rc.2"), "1.30.0-rc.2");
    assert_eq!(comparable("1.30.0-alpha.0.5+abc"), "1.30.0-alpha.0.5+abc");
}

#[test]
fn damaged_programs_never_panic() {
    let good = fixture("kubectl127");
    for length in (0..good.len()).step_by(13) {
        let _ = facts("usr/bin/kubectl", &good[..length]);
    }
    let mut bytes = good;
    for at in 0..bytes.len() {
        bytes[at] ^= 0x81;
        let _ = facts("usr/bin/kubectl", &bytes);
        bytes[at] ^= 0x81;
    }
}
