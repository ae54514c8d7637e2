//! Under which ecosystem, name and version a package is looked up.

use super::distribution::{Distribution, Naming};
use super::kernel::{self, KernelRole};
use super::owners::Owners;
use super::source::AdvisorySource;
use batten_model::{Package, PackageKind, Text};

/// What a package is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// By advisories.
    Judged(Lookup),
    /// Its ecosystem is covered, and it can have no flaw of its own: an idle kernel package.
    Covered,
    /// By the distribution whose package owns its files.
    Owned,
    /// By nothing; why, and the ecosystem's name for people.
    Unjudged(String, Text),
}

/// One question to the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lookup {
    /// Ecosystems that are asked.
    pub(crate) ecosystems: Vec<String>,
    /// Names that are asked for in each.
    pub(crate) names: Vec<String>,
    /// The version that is compared.
    pub(crate) version: String,
    /// What counts in coverage.
    pub(crate) line: String,
}

impl Lookup {
    /// For people: `Debian:12/openssl`.
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.line, self.names.first().map_or("", String::as_str))
    }

    /// A question about one name in one ecosystem.
    fn of(ecosystem: &str, name: &str, version: &str) -> Lookup {
        Lookup {
            ecosystems: vec![ecosystem.to_owned()],
            names: vec![name.to_owned()],
            version: version.to_owned(),
            line: ecosystem.to_owned(),
        }
    }
}

/// Programs that are known by name and version only, where the name leaves no doubt: the ecosystem and package that
/// stand for them.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("apache", "Bitnami", "apache"),
    ("buildah", "Go", "github.com/containers/buildah"),
    ("buildkitd", "Go", "github.com/moby/buildkit"),
    ("consul", "Bitnami", "consul"),
    ("containerd", "Go", "github.com/containerd/containerd"),
    ("cri-o", "Go", "github.com/cri-o/cri-o"),
    ("crio", "Go", "github.com/cri-o/cri-o"),
    ("docker", "Go", "github.com/docker/docker"),
    ("dockerd", "Go", "github.com/docker/docker"),
    ("envoy", "Bitnami", "envoy"),
    ("etcd", "Bitnami", "etcd"),
    ("go", "Go", "stdlib"),
    ("golang", "Go", "stdlib"),
    ("grafana", "Bitnami", "grafana"),
    ("haproxy", "Bitnami", "haproxy"),
    ("helm", "Bitnami", "helm"),
    ("httpd", "Bitnami", "apache"),
    ("mariadb", "Bitnami", "mariadb"),
    ("memcached", "Bitnami", "memcached"),
    ("mongodb", "Bitnami", "mongodb"),
    ("mysql", "Bitnami", "mysql"),
    ("nginx", "Bitnami", "nginx"),
    ("node", "Bitnami", "node"),
    ("nodejs", "Bitnami", "node"),
    ("openresty", "Bitnami", "openresty"),
    ("php", "Bitnami", "php"),
    ("podman", "Go", "github.com/containers/podman"),
    ("postgresql", "Bitnami", "postgresql"),
    ("prometheus", "Bitnami", "prometheus"),
    ("python", "Bitnami", "python"),
    ("rabbitmq", "Bitnami", "rabbitmq"),
    ("redis", "Bitnami", "redis"),
    ("ruby", "Bitnami", "ruby"),
    ("runc", "Go", "github.com/opencontainers/runc"),
    ("tomcat", "Bitnami", "tomcat"),
    ("valkey", "Bitnami", "valkey"),
    ("vault", "Bitnami", "vault"),
    ("wordpress", "Bitnami", "wordpress"),
];

/// Names under which the Kubernetes feed keeps a component.
const COMPONENTS: &[(&str, &str)] = &[
    ("kube-apiserver", "k8s.io/apiserver"),
    ("kube-controller-manager", "k8s.io/controller-manager"),
    ("kube-proxy", "k8s.io/kube-proxy"),
    ("kube-scheduler", "k8s.io/kube-scheduler"),
    ("kubeadm", "k8s.io/kubeadm"),
    ("kubectl", "k8s.io/kubectl"),
    ("kubelet", "k8s.io/kubelet"),
];

/// What a package is judged by.
pub(super) fn of(
    package: &Package,
    distribution: &Distribution,
    owners: &Owners,
    database: &dyn AdvisorySource,
) -> Target {
    if package.kind.is_os() {
        return os_target(package, distribution);
    }
    if owners.vouch_for(package) {
        return Target::Owned;
    }
    let lookup = match package.kind {
        PackageKind::Kubernetes => kubernetes(package),
        PackageKind::Generic => {
            let name = package.name.to_ascii_lowercase();
            match PROGRAMS.iter().find(|(program, ..)| *program == name) {
                Some((_, ecosystem, known)) => Lookup::of(ecosystem, known, &package.version),
                None => return unnamed(),
            }
        }
        kind => Lookup::of(language_ecosystem(kind), &package.name, &package.version),
    };
    if database.ecosystem(&lookup.line).is_none() {
        let reason = Text::new(
            format!("the database has no advisories on {}; update or build it with that feed", lookup.line),
            format!("数据库中没有 {} 的公告；请更新数据库或加入该数据源", lookup.line),
        );
        return Target::Unjudged(lookup.line, reason);
    }
    Target::Judged(lookup)
}

/// OSV's name of a language's ecosystem.
pub(super) fn language_ecosystem(kind: PackageKind) -> &'static str {
    match kind {
        PackageKind::Cargo => "crates.io",
        PackageKind::Golang => "Go",
        PackageKind::Maven => "Maven",
        PackageKind::Npm => "npm",
        PackageKind::Pypi => "PyPI",
        PackageKind::Kubernetes => "kubernetes",
        PackageKind::Apk | PackageKind::Deb | PackageKind::Generic | PackageKind::Rpm => "generic",
    }
}

fn unnamed() -> Target {
    Target::Unjudged(
        "generic".to_owned(),
        Text::new(
            "no advisory source covers programs that are known by a name and version alone",
            "没有数据源覆盖仅知名称和版本的程序",
        ),
    )
}

fn kubernetes(package: &Package) -> Lookup {
    let short = package.name.rsplit('/').next().unwrap_or(&package.name);
    let mut names = vec!["k8s.io/kubernetes".to_owned(), package.name.clone()];
    names.extend(COMPONENTS.iter().filter(|(name, _)| *name == short).map(|(_, known)| (*known).to_owned()));
    names.sort();
    names.dedup();
    Lookup { names, ..Lookup::of("kubernetes", &package.name, &package.version) }
}

fn os_target(package: &Package, distribution: &Distribution) -> Target {
    if distribution.ecosystems.is_empty() {
        return Target::Unjudged(distribution.name.clone(), distribution.reason.clone());
    }
    let (source, source_version) = package.source_or_self();
    let role = kernel::role(package);
    let (source, version) = match role {
        KernelRole::Idle => return Target::Covered,
        // A signed kernel's own source has a version that no advisory knows.
        KernelRole::Kernel { source } => (source, package.version.as_str()),
        KernelRole::None => (source.to_owned(), source_version),
    };
    // RPM's source has no epoch; that of the package is the source's.
    let version = if package.kind == PackageKind::Rpm { package.version.as_str() } else { version };
    let mut names = match distribution.naming {
        Naming::Source => vec![source],
        Naming::Binary => vec![package.name.clone()],
        Naming::Both => vec![source, package.name.clone()],
    };
    names.sort();
    names.dedup();
    let extended = version.contains("esm") && !distribution.extended.is_empty();
    Target::Judged(Lookup {
        ecosystems: if extended { distribution.extended.clone() } else { distribution.ecosystems.clone() },
        names,
        version: version.to_owned(),
        line: distribution.name.clone(),
    })
}
