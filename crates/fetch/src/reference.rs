//! Image references, read and normalised as Docker does (distribution/reference, "reference grammar").

use batten_model::{Digest, Localized};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest text that is read.
const MAX_LENGTH: usize = 4096;
/// Longest registry and repository together, as the grammar has it.
const MAX_NAME: usize = 255;
const DOCKER_HUB: &str = "docker.io";

/// A reference to an image in a registry, normalised: `nginx` is `docker.io/library/nginx:latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing, or too much.
    #[error(
        "an image reference has 1 to {MAX_LENGTH} characters; write it as [registry/]repository[:tag][@digest]"
    )]
    Length,
    /// An address of a web page instead of a reference.
    #[error("{0:?} is a web address; write the reference without a scheme, as registry/repository:tag")]
    Scheme(String),
    /// The registry is no host with an optional port.
    #[error("{text:?}: {registry:?} is no registry host; write host, host:port or [IPv6 address]:port")]
    Registry {
        /// The whole text.
        text: String,
        /// The part in question.
        registry: String,
    },
    /// Upper-case letters in the repository.
    #[error("{0:?}: a repository name is written in lower case")]
    UpperCase(String),
    /// The repository breaks the grammar.
    #[error(
        "{0:?} is no image reference; a repository is made of a-z, 0-9, '.', '_', '-' and '/', \
         with a letter or digit on either side of each separator"
    )]
    Repository(String),
    /// 64 hexadecimal digits.
    #[error(
        "{0:?} is an image identifier, not a name; a registry needs repository:tag or repository@sha256:…"
    )]
    Identifier(String),
    /// The tag breaks the grammar.
    #[error(
        "{0:?}: a tag is 1 to 128 of A-Z, a-z, 0-9, '_', '.' and '-', and begins with none of the last two"
    )]
    Tag(String),
    /// What follows `@` is no digest.
    #[error("{text:?}: {source}")]
    Digest {
        /// The whole text.
        text: String,
        /// Why.
        source: batten_model::DigestError,
    },
}

impl Localized for ReferenceError {
    fn zh(&self) -> String {
        match self {
            Self::Length => {
                format!("镜像引用的长度应为 1 到 {MAX_LENGTH} 个字符；请写成 [仓库地址/]镜像名[:标签][@摘要]")
            }
            Self::Scheme(text) => format!("{text:?} 是网址；请写不带协议头的引用：仓库地址/镜像名:标签"),
            Self::Registry { text, registry } => {
                format!("{text:?}：{registry:?} 不是仓库主机；请写成 主机、主机:端口 或 [IPv6 地址]:端口")
            }
            Self::UpperCase(text) => format!("{text:?}：镜像名必须用小写字母"),
            Self::Repository(text) => format!(
                "{text:?} 不是镜像引用；镜像名由 a-z、0-9、'.'、'_'、'-'、'/' 组成，每个分隔符两侧都是字母或数字"
            ),
            Self::Identifier(text) => {
                format!("{text:?} 是镜像标识而不是名字；仓库需要 镜像名:标签 或 镜像名@sha256:…")
            }
            Self::Tag(text) => format!(
                "{text:?}：标签为 1 到 128 个字符，由 A-Z、a-z、0-9、'_'、'.'、'-' 组成，不能以 '.' 或 '-' 开头"
            ),
            Self::Digest { text, source } => format!("{text:?}：摘要无效（{source}）"),
        }
    }
}

impl Reference {
    /// Reads a reference; `docker://` in front is accepted.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let text = text.strip_prefix("docker://").unwrap_or(text);
        if text.is_empty() || text.len() > MAX_LENGTH {
            return Err(ReferenceError::Length);
        }
        if text.contains("://") {
            return Err(ReferenceError::Scheme(text.to_owned()));
        }
        let (front, digest) = match text.split_once('@') {
            Some((front, digest)) => (front, Some(parse_digest(text, digest)?)),
            None => (text, None),
        };
        let (registry, rest) = split_registry(front);
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) => (path, Some(parse_tag(text, tag)?)),
            None => (rest, None),
        };
        if registry.is_none() && is_identifier(path) {
            return Err(ReferenceError::Identifier(text.to_owned()));
        }
        let registry = match registry {
            None | Some("index.docker.io") => DOCKER_HUB,
            Some(registry) => registry,
        };
        if !is_registry(registry) {
            return Err(ReferenceError::Registry { text: text.to_owned(), registry: registry.to_owned() });
        }
        let repository = match (registry, path.contains('/')) {
            (DOCKER_HUB, false) if !path.is_empty() => format!("library/{path}"),
            _ => path.to_owned(),
        };
        check_repository(text, &repository, registry)?;
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Reference { registry: registry.to_owned(), repository, tag, digest })
    }

    /// The registry as people write it: host, and port where one is given.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository within the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag; `None` only where a digest stands alone.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest that the image must have.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What `/v2/<repository>/manifests/` is asked for: the digest, else the tag.
    pub fn target(&self) -> &str {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag,
            (None, None) => "latest",
        }
    }

    /// The host that serves the registry's API: Docker Hub's differs from its name.
    pub fn api_host(&self) -> &str {
        api_host(&self.registry)
    }
}

/// The host that serves the API of `registry`.
pub(crate) fn api_host(registry: &str) -> &str {
    if registry == DOCKER_HUB { "registry-1.docker.io" } else { registry }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The host of `host[:port]` or `[address][:port]`, without port and brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// True for this machine: `localhost`, 127.0.0.0/8 and ::1, with or without a port.
pub fn is_loopback(authority: &str) -> bool {
    let host = host_of(authority);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// The first component is a registry where it cannot be part of a repository: a dot, a colon, upper case, `localhost`.
fn split_registry(front: &str) -> (Option<&str>, &str) {
    match front.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':', '['])
                || first == "localhost"
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, front),
    }
}

fn parse_digest(text: &str, digest: &str) -> Result<Digest, ReferenceError> {
    Digest::parse(digest).map_err(|source| ReferenceError::Digest { text: text.to_owned(), source })
}

fn parse_tag(text: &str, tag: &str) -> Result<String, ReferenceError> {
    let fits = (1..=128).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        && !tag.starts_with(['.', '-']);
    if fits { Ok(tag.to_owned()) } else { Err(ReferenceError::Tag(text.to_owned())) }
}

fn is_identifier(path: &str) -> bool {
    path.len() == 64 && path.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_registry(registry: &str) -> bool {
    let port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = registry.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, after)| {
            address.parse::<Ipv6Addr>().is_ok()
                && (after.is_empty() || after.strip_prefix(':').is_some_and(port))
        });
    }
    let (host, port_fits) = match registry.split_once(':') {
        Some((host, number)) => (host, port(number)),
        None => (registry, true),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    port_fits && host.split('.').all(label)
}

fn check_repository(text: &str, repository: &str, registry: &str) -> Result<(), ReferenceError> {
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ReferenceError::UpperCase(text.to_owned()));
    }
    let fits = repository.len() + registry.len() < MAX_NAME && repository.split('/').all(is_path_component);
    if fits { Ok(()) } else { Err(ReferenceError::Repository(text.to_owned())) }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(component: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let separators = component.split(|c: char| c.is_ascii() && alphanumeric(c as u8));
    let ends_fit = component.bytes().next().is_some_and(alphanumeric)
        && component.bytes().next_back().is_some_and(alphanumeric);
    let separator_fits = |s: &str| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-');
    ends_fit && separators.into_iter().all(separator_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        Reference::parse(text).unwrap().to_string()
    }

    #[test]
    fn references_are_normalised_as_docker_does() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, expected) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("docker://nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("bitnami/redis", "docker.io/bitnami/redis:latest"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/nginx:x", "docker.io/library/nginx:x"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a/b/c:T_1.-", "localhost:5000/a/b/c:T_1.-"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"),
            ("[::1]:5000/a:1", "[::1]:5000/a:1"),
            ("[fe80::1]/a", "[fe80::1]/a:latest"),
            ("ghcr.io/o/n__m/x-y--z:1", "ghcr.io/o/n__m/x-y--z:1"),
            ("Registry.Example/a", "Registry.Example/a:latest"),
            ("HOST/a", "HOST/a:latest"),
            ("local/a", "docker.io/local/a:latest"),
        ] {
            assert_eq!(normal(text), expected, "{text}");
            assert_eq!(normal(&normal(text)), expected, "{text}");
        }
        assert_eq!(normal(&format!("a@sha256:{hex}")), format!("docker.io/library/a@sha256:{hex}"));
        let both = Reference::parse(&format!("q.io/a:1@sha256:{hex}")).unwrap();
        assert_eq!(both.to_string(), format!("q.io/a:1@sha256:{hex}"));
        assert_eq!(both.target(), format!("sha256:{hex}"));
        assert_eq!(Reference::parse("nginx").unwrap().api_host(), "registry-1.docker.io");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        use ReferenceError as E;
        let refused = |text: &str| Reference::parse(text).unwrap_err();
        assert_eq!(refused(""), E::Length);
        assert_eq!(refused(&"a".repeat(5000)), E::Length);
        assert!(matches!(refused("https://q.io/a"), E::Scheme(_)));
        assert!(matches!(refused("a/B"), E::UpperCase(_)));
        assert!(matches!(refused(&"a".repeat(64)), E::Identifier(_)));
        for text in ["a:", "a:.x", "a:-x", "a:a b", &format!("a:{}", "x".repeat(129))] {
            assert!(matches!(refused(text), E::Tag(_)), "{text}");
        }
        for text in ["/", "a//b", "-a", "a-", "a..b", "a___b", "a.-b", "q.io/", "../x", "a/../b", "é", "a b"]
        {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        for text in ["q.io:x/a", "q.io:70000/a", "[::g]/a", "[::1/a", "-q.io/a", "q..io/a", "q.io:+1/a"] {
            assert!(matches!(refused(text), E::Registry { .. } | E::Tag(_) | E::Repository(_)), "{text}");
        }
        assert!(matches!(refused("a@sha256:12"), E::Digest { .. }));
        assert!(matches!(refused("a@md5:12"), E::Digest { .. }));
        assert!(refused("a@md5:12").zh().contains("摘要"));
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for yes in ["localhost", "localhost:5000", "127.0.0.1", "127.9.9.9:1", "[::1]:5000"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["localhost.example", "128.0.0.1", "[::2]", "10.0.0.1:5000", "127.0.0.1.example"] {
            assert!(!is_loopback(no), "{no}");
        }
    }
}
