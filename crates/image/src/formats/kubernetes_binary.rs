//! Kubernetes' own components, by the version that their build stamped into them.
//!
//! A component calls itself `k8s.io/component-base/version.gitVersion`, which the release build sets by linker flags
//! together with its commit, tree state and date (Kubernetes, `hack/lib/version.sh`). The flags stand in the build
//! information, or the values in the program itself. Names are those of the Kubernetes feed in OSV's form.

use super::go_binary::stamped::{self, Stamped};
use super::go_binary::{self, Program, release};
use crate::content::File;
use crate::elf::Elf;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Package, PackageKind};

pub(crate) const FORMAT: Format = Format {
    name: "kubernetes_binary",
    version: 1,
    wants: &[
        Wants::Name("hyperkube"),
        Wants::Name("kube-apiserver"),
        Wants::Name("kube-controller-manager"),
        Wants::Name("kube-proxy"),
        Wants::Name("kube-scheduler"),
        Wants::Name("kubeadm"),
        Wants::Name("kubelet"),
        // `kubectl.1.27` beside others; plugins have such names too and are told apart by their build information.
        Wants::Containing("kubectl", ""),
    ],
    database: false,
    parse,
};

/// A program's name and the feed's name for it.
const COMPONENTS: &[(&str, &str)] = &[
    ("hyperkube", "k8s.io/kubernetes"),
    ("kube-apiserver", "k8s.io/apiserver"),
    ("kube-controller-manager", "k8s.io/controller-manager"),
    ("kube-proxy", "k8s.io/kube-proxy"),
    ("kube-scheduler", "k8s.io/kube-scheduler"),
    ("kubeadm", "k8s.io/kubeadm"),
    ("kubectl", "k8s.io/kubectl"),
    ("kubelet", "k8s.io/kubelet"),
];
const COMMANDS: &str = "k8s.io/kubernetes/cmd/";
const ELF_MAGIC: &[u8; 4] = b"\x7fELF";
/// How many variables away the commit, the tree state and the date are from the version.
const NEIGHBOURHOOD: u64 = 5;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let mut facts = Facts::default();
    let mut magic = [0; 4];
    // Scripts, completions and folders of documentation bear these names too.
    if file.content.len() < 64 || file.content.read_exact_at(0, &mut magic).is_err() || &magic != ELF_MAGIC {
        return Ok(facts);
    }
    let elf = Elf::parse(file.content).map_err(go_binary::damaged)?;
    let Some(program) = go_binary::read(&elf, file.content)? else { return Ok(facts) };
    let Some(name) = component(file.name(), &program) else { return Ok(facts) };
    match version(&program, &elf) {
        Some(version) => {
            facts.packages.push(Package::new(
                PackageKind::Kubernetes,
                name,
                version,
                Location::at(file.path),
            ));
        }
        None => facts.problems.push(unknown(file.path, name)),
    }
    Ok(facts)
}

/// The feed's name: by the main package, else, for builds that kept no information, by the file's name.
fn component(file_name: &str, program: &Program) -> Option<&'static str> {
    let named = |wanted: &str| {
        COMPONENTS.iter().find(|(command, _)| *command == wanted).map(|(_, component)| *component)
    };
    let path = program.info.path.as_str();
    match path.split_once(COMMANDS) {
        // A vendor's repository may keep the folder within its own; `kubectl-sdk` is a vendor's kubectl.
        Some((_, command)) => {
            let command = command.split('/').next().unwrap_or_default();
            named(command).or_else(|| named(command.rsplit_once('-')?.0)).or_else(|| named(file_name))
        }
        None if path.is_empty() => named(file_name),
        None => None,
    }
}

/// The version without its `v`: by the linker's flags, by what they stamped, by the main module.
fn version(program: &Program, elf: &Elf<'_>) -> Option<String> {
    let by_values = || {
        let values = go_binary::stamped_values(elf);
        described(&values).or_else(|| stamped::only_release(&values))
    };
    let by_module = || {
        let version = &program.info.main.as_ref()?.version;
        release::release(version)
    };
    let found = release::from_settings(&program.info).or_else(by_values).or_else(by_module)?;
    let version = found.strip_prefix('v').unwrap_or(&found);
    // What an untagged build calls itself.
    (!version.starts_with("0.0.0")).then(|| comparable(version))
}

/// The version that a commit, and a tree state or date, stand beside: one release, wherever it stands.
fn described(values: &[Stamped]) -> Option<String> {
    let near = |at: usize, wanted: fn(&str) -> bool| {
        let slot = values.get(at).map_or(0, |stamped| stamped.slot);
        let from = values.partition_point(|stamped| stamped.slot + NEIGHBOURHOOD < slot);
        let neighbours = values.iter().skip(from).take_while(|stamped| stamped.slot <= slot + NEIGHBOURHOOD);
        neighbours.into_iter().any(|stamped| wanted(&stamped.value))
    };
    let mut found: Vec<String> = values
        .iter()
        .enumerate()
        .filter(|(_, stamped)| stamped.value.starts_with('v'))
        .filter_map(|(at, stamped)| Some((at, release::release(&stamped.value)?)))
        .filter(|(at, _)| near(*at, is_commit) && (near(*at, is_tree_state) || near(*at, is_time)))
        .map(|(_, version)| version)
        .collect();
    found.sort();
    found.dedup();
    match found.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

fn is_commit(value: &str) -> bool {
    value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_tree_state(value: &str) -> bool {
    matches!(value, "clean" | "dirty" | "archive")
}

/// `2024-07-17T01:53:56Z`
fn is_time(value: &str) -> bool {
    value.len() == 20 && value.ends_with('Z') && value.as_bytes().get(10) == Some(&b'T')
}

/// `1.29.3-eks-adc7111` comes after 1.29.3, not before: what is no pre-release of Kubernetes itself becomes build
/// metadata, which has no rank (Semantic Versioning 2.0.0, item 10).
fn comparable(version: &str) -> String {
    match version.split_once(['-', '+']) {
        Some((numbers, suffix)) if !["alpha", "beta", "rc"].iter().any(|stage| suffix.starts_with(stage)) => {
            format!("{numbers}+{}", suffix.replace('+', "."))
        }
        _ => version.to_owned(),
    }
}

fn unknown(path: &str, name: &str) -> Problem {
    Problem {
        code: "unknown-kubernetes-version".to_owned(),
        target: path.to_owned(),
        en: format!(
            "{path} is {name}, but its build left no version in it, so it is not judged; \
             compare the output of its own `--version` with the Kubernetes advisories"
        ),
        zh: format!(
            "{path} 是 {name}，但其构建没有留下版本，因此未作判断；请用其自身的 `--version` 输出对照 Kubernetes 公告"
        ),
        fatal: false,
    }
}

#[cfg(test)]
mod tests;
