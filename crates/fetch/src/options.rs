//! What a person can choose about connections, with the defaults.

use crate::environment::Environment;
use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// Everything about how Batten connects. `ClientOptions::default()` suits a machine that reaches the internet.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Refuse every connection (`--offline`).
    pub offline: bool,
    /// Registries (`host` or `host:port`; `*` for all) whose certificates are not checked, and that may be spoken to
    /// without TLS.
    pub insecure: Vec<String>,
    /// Files of PEM certificates that are trusted beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// Folders in Docker's layout: `<host[:port]>/*.crt` are trusted, `*.cert` with `*.key` are the client's.
    pub certificate_folders: Vec<PathBuf>,
    /// Registries to ask first.
    pub mirrors: Vec<Mirror>,
    /// A login that goes before every stored one, for the registry of the image that is asked for.
    pub login: Option<Login>,
    /// Where proxies, logins and certificates are found.
    pub environment: Environment,
    /// Time and retries.
    pub patience: Patience,
    /// Sizes.
    pub limits: Limits,
}

impl Default for ClientOptions {
    fn default() -> ClientOptions {
        ClientOptions {
            offline: false,
            insecure: Vec::new(),
            ca_files: Vec::new(),
            certificate_folders: vec!["/etc/docker/certs.d".into(), "/etc/containers/certs.d".into()],
            mirrors: Vec::new(),
            login: None,
            environment: Environment::of_process(),
            patience: Patience::default(),
            limits: Limits::default(),
        }
    }
}

impl ClientOptions {
    /// True where `authority` (`host[:port]`) may be spoken to without a checked certificate.
    pub(crate) fn is_insecure(&self, authority: &str) -> bool {
        self.insecure.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(authority))
    }
}

/// A registry that holds copies of another's images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The registry that it stands for, such as `docker.io`.
    pub registry: String,
    /// `host[:port][/path]`; the path goes in front of the repository.
    pub location: String,
}

impl Mirror {
    /// Reads `registry=location`; a location alone is a mirror of Docker Hub, as in Docker's daemon.json. A scheme in
    /// front of the location is dropped: whether TLS may be absent is `--insecure`'s to say.
    pub fn parse(text: &str) -> Mirror {
        let (registry, location) = text.split_once('=').unwrap_or(("docker.io", text));
        let location = location.split_once("://").map_or(location, |(_, rest)| rest);
        Mirror {
            registry: registry.trim().to_owned(),
            location: location.trim().trim_end_matches('/').to_owned(),
        }
    }
}

/// A login that a person gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub username: String,
    /// The password or access token.
    pub password: Secret,
}

/// How long to wait, and how often to try.
#[derive(Debug, Clone)]
pub struct Patience {
    /// To find and reach a host, TLS included.
    pub connect: Duration,
    /// Without any byte from the other side.
    pub stall: Duration,
    /// For one small answer (a manifest, a token) with its body.
    pub answer: Duration,
    /// For one blob or feed, over all its attempts.
    pub transfer: Duration,
    /// For a credential helper.
    pub helper: Duration,
    /// Attempts in all, for one request or one stretch without progress.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles from there.
    pub first_pause: Duration,
    /// Longest pause, and the longest `Retry-After` that is waited for.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            answer: Duration::from_secs(120),
            transfer: Duration::from_secs(4 * 3600),
            helper: Duration::from_secs(20),
            attempts: 5,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// Largest sizes, in bytes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// One manifest or index: the distribution specification asks registries for 4 MiB.
    pub manifest: u64,
    /// One image configuration.
    pub config: u64,
    /// One layer as it is transferred.
    pub blob: u64,
    /// One feed.
    pub feed: u64,
    /// One compiled database.
    pub database: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { manifest: 4 << 20, config: 16 << 20, blob: 64 << 30, feed: 4 << 30, database: 4 << 30 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_read() {
        let mirror = |registry: &str, location: &str| Mirror {
            registry: registry.to_owned(),
            location: location.to_owned(),
        };
        assert_eq!(Mirror::parse("https://m.example/"), mirror("docker.io", "m.example"));
        assert_eq!(Mirror::parse("ghcr.io=m.example:5000/gh"), mirror("ghcr.io", "m.example:5000/gh"));
    }
}
