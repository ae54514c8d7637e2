//! The environment variables that this room heeds, read once at the edge.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables, by name.
const NAMES: &[&str] = &[
    "ALL_PROXY",
    "DOCKER_CONFIG",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "REGISTRY_AUTH_FILE",
    "REQUEST_METHOD",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Environment variables as a value, so that what depends on them can be shown and tested.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. A variable that is empty or not UTF-8 counts as absent.
    pub fn of_process() -> Environment {
        let read = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Environment(NAMES.iter().filter_map(read).collect())
    }

    /// This environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Environment {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The first of `names` that has a value.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.0.get(*name)).map(String::as_str).find(|value| !value.is_empty())
    }

    /// A path from a variable.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.first(&[name]).map(PathBuf::from)
    }
}

/// Names only: a proxy's address may hold a password.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
