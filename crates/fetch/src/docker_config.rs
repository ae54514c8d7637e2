//! Stored logins: Docker's `config.json` and Podman's `auth.json` (containers-auth.json(5)), which share one shape.

use crate::environment::Environment;
use crate::secret::Secret;
use base64::Engine as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// How to convince a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// User name and password.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// An OAuth 2 refresh token, to be exchanged at the token server.
    Identity(Secret),
    /// A bearer token for the registry itself.
    Registry(Secret),
}

/// One file's logins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerConfig {
    /// `auths`: registry, or registry with a path in front of repositories, to login. Entries without one are left out.
    auths: BTreeMap<String, Credentials>,
    /// `credHelpers`: registry to the suffix of a helper's name.
    helpers: BTreeMap<String, String>,
    /// `credsStore`: the helper for every registry.
    store: Option<String>,
}

/// What a file says about one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Ask `docker-credential-<name>` for `server`; then, where it has none, `otherwise`.
    Helper {
        /// The helper's suffix.
        name: String,
        /// What the helper knows the registry as.
        server: String,
        /// The file's own entry.
        otherwise: Option<Credentials>,
    },
    /// The login stands in the file.
    Stored(Credentials),
    /// Nothing.
    Absent,
}

/// Why a file of logins could not be read. It never carries the file's content.
#[derive(Debug, thiserror::Error)]
pub enum DockerConfigError {
    /// The file system said no.
    #[error("cannot be opened or read")]
    Read(#[source] std::io::Error),
    /// Too large to be one.
    #[error("is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not the JSON that is expected.
    #[error("is not the JSON of a login file, at line {line}, column {column}")]
    Json {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
    },
    /// `auth` is no base64 of `user:password`.
    #[error("has an entry for {0:?} whose \"auth\" is no base64 of user:password")]
    Auth(String),
}

#[derive(Deserialize, Default)]
struct RawConfig {
    #[serde(default)]
    auths: Option<BTreeMap<String, Option<RawAuth>>>,
    #[serde(default, rename = "credHelpers")]
    helpers: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
}

#[derive(Deserialize, Default)]
struct RawAuth {
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default, rename = "identitytoken")]
    identity_token: Option<String>,
    #[serde(default, rename = "registrytoken")]
    registry_token: Option<String>,
}

impl DockerConfig {
    /// Reads the text of a file.
    pub fn parse(text: &[u8]) -> Result<DockerConfig, DockerConfigError> {
        // The library's own words may quote a value, and so a password: only the place is kept.
        let raw: RawConfig = serde_json::from_slice(text)
            .map_err(|e| DockerConfigError::Json { line: e.line(), column: e.column() })?;
        let mut auths = BTreeMap::new();
        for (registry, entry) in raw.auths.unwrap_or_default() {
            if let Some(credentials) = entry.map_or(Ok(None), |auth| credentials(&registry, auth))? {
                auths.insert(normal_key(&registry), credentials);
            }
        }
        let helpers = raw.helpers.unwrap_or_default();
        let helpers = helpers.into_iter().map(|(registry, helper)| (normal_key(&registry), helper)).collect();
        Ok(DockerConfig { auths, helpers, store: raw.store.filter(|name| !name.is_empty()) })
    }

    /// Reads a file; `None` where there is none.
    pub fn open(path: &Path) -> Result<Option<DockerConfig>, DockerConfigError> {
        use std::io::Read as _;
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(e)
                if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(e) => return Err(DockerConfigError::Read(e)),
        };
        let mut text = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(DockerConfigError::Read)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(DockerConfigError::TooLarge);
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Some(DockerConfig::default()));
        }
        DockerConfig::parse(&text).map(Some)
    }

    /// What is known about `repository` of `registry` (as [`crate::Reference`] has them). A longer path goes before a
    /// shorter one, and the registry's own helper before the store.
    pub fn lookup(&self, registry: &str, repository: &str) -> Lookup {
        let registry = normal_key(registry);
        let stored = self.stored(&registry, repository);
        match self.helpers.get(&registry).or(self.store.as_ref()) {
            Some(name) if !name.is_empty() => {
                Lookup::Helper { name: name.clone(), server: server_of(&registry), otherwise: stored }
            }
            _ => stored.map_or(Lookup::Absent, Lookup::Stored),
        }
    }

    fn stored(&self, registry: &str, repository: &str) -> Option<Credentials> {
        let mut path = Some(repository);
        while let Some(front) = path {
            if let Some(found) = self.auths.get(&format!("{registry}/{front}")) {
                return Some(found.clone());
            }
            path = front.rsplit_once('/').map(|(front, _)| front);
        }
        self.auths.get(registry).cloned()
    }
}

/// The files that may hold logins, in the order in which they are asked: REGISTRY_AUTH_FILE alone where it is set,
/// else Podman's of this login session, Docker's, and Podman's permanent one.
pub fn places(environment: &Environment) -> Vec<PathBuf> {
    if let Some(file) = environment.path("REGISTRY_AUTH_FILE") {
        return vec![file];
    }
    let home = environment.path("HOME");
    let session = environment.path("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json"));
    let docker = environment.path("DOCKER_CONFIG").or_else(|| Some(home.as_ref()?.join(".docker")));
    let config = environment.path("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let docker = docker.map(|dir| dir.join("config.json"));
    let permanent = config.map(|dir| dir.join("containers/auth.json"));
    [session, docker, permanent].into_iter().flatten().collect()
}

fn credentials(registry: &str, raw: RawAuth) -> Result<Option<Credentials>, DockerConfigError> {
    let filled = |value: Option<String>| value.filter(|text| !text.is_empty());
    if let Some(token) = filled(raw.identity_token) {
        return Ok(Some(Credentials::Identity(Secret::new(token))));
    }
    if let Some(token) = filled(raw.registry_token) {
        return Ok(Some(Credentials::Registry(Secret::new(token))));
    }
    if let Some(auth) = filled(raw.auth) {
        let bad = || DockerConfigError::Auth(registry.to_owned());
        return decode_auth(&auth).map(Some).ok_or_else(bad);
    }
    Ok(filled(raw.username).map(|username| Credentials::Basic {
        username,
        password: Secret::new(raw.password.unwrap_or_default()),
    }))
}

/// base64 of `user:password`, with padding or without; Docker pads passwords with NUL bytes.
fn decode_auth(auth: &str) -> Option<Credentials> {
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let text = String::from_utf8(engine.decode(auth.trim()).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    let password = Secret::new(password.trim_end_matches('\0'));
    Some(Credentials::Basic { username: username.to_owned(), password })
}

/// One spelling for a registry: without scheme and API path; Docker Hub's many names are `docker.io`.
fn normal_key(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let bare = bare.trim_end_matches('/');
    let bare = bare.strip_suffix("/v1").or_else(|| bare.strip_suffix("/v2")).unwrap_or(bare);
    let (host, path) = bare.split_once('/').map_or((bare, None), |(host, path)| (host, Some(path)));
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" | "docker.io" => "docker.io".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    path.map_or(host.clone(), |path| format!("{host}/{path}"))
}

/// The name under which Docker stores a registry in helpers.
fn server_of(registry: &str) -> String {
    if registry == "docker.io" { DOCKER_HUB_KEY.to_owned() } else { registry.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(username: &str, password: &str) -> Credentials {
        Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
    }

    fn config() -> DockerConfig {
        // base64 of u:p:w, d:hub and n:ns
        DockerConfig::parse(
            br#"{"auths": {
                "q.io": {"auth": "dTpwOnc="},
                "https://index.docker.io/v1/": {"auth": "ZDpodWI"},
                "q.io/team": {"auth": "bjpucw=="},
                "https://r.io/v2/": {"username": "a", "password": "b"},
                "t.io": {"auth": "eDp5", "identitytoken": "idt"},
                "b.io": {"registrytoken": "rt"},
                "e.io": {}, "n.io": null},
              "credHelpers": {"h.io": "ecr-login", "q.io:1": "x"}, "HttpHeaders": {"X": "y"}}"#,
        )
        .unwrap()
    }

    #[test]
    fn logins_are_found_by_registry_and_path() {
        let config = config();
        assert_eq!(config.lookup("q.io", "a/b"), Lookup::Stored(basic("u", "p:w")));
        assert_eq!(config.lookup("q.io", "team/b"), Lookup::Stored(basic("n", "ns")));
        assert_eq!(config.lookup("docker.io", "library/a"), Lookup::Stored(basic("d", "hub")));
        assert_eq!(config.lookup("r.io", "a"), Lookup::Stored(basic("a", "b")));
        assert_eq!(config.lookup("t.io", "a"), Lookup::Stored(Credentials::Identity(Secret::new("idt"))));
        assert_eq!(config.lookup("b.io", "a"), Lookup::Stored(Credentials::Registry(Secret::new("rt"))));
        assert_eq!(config.lookup("e.io", "a"), Lookup::Absent);
        assert_eq!(config.lookup("n.io", "a"), Lookup::Absent);
        assert_eq!(config.lookup("other.io", "a"), Lookup::Absent);
        let helper = |name: &str, server: &str| Lookup::Helper {
            name: name.to_owned(),
            server: server.to_owned(),
            otherwise: None,
        };
        assert_eq!(config.lookup("h.io", "a"), helper("ecr-login", "h.io"));
        assert_eq!(config.lookup("q.io:1", "a"), helper("x", "q.io:1"));
    }

    #[test]
    fn the_store_knows_docker_hub_by_its_old_name() {
        let config =
            DockerConfig::parse(br#"{"credsStore": "pass", "auths": {"q.io": {"auth": "dTpw"}}}"#).unwrap();
        let Lookup::Helper { name, server, otherwise } = config.lookup("docker.io", "library/a") else {
            panic!()
        };
        assert_eq!(
            (name.as_str(), server.as_str(), otherwise),
            ("pass", "https://index.docker.io/v1/", None)
        );
        let Lookup::Helper { otherwise, .. } = config.lookup("q.io", "a") else { panic!() };
        assert_eq!(otherwise, Some(basic("u", "p")));
    }

    #[test]
    fn errors_do_not_leak() {
        let error = DockerConfig::parse(br#"{"auths": "hunter2"}"#).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let error = DockerConfig::parse(br#"{"auths": {"q.io": {"auth": "%hunter2"}}}"#).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(!format!("{:?}", config()).contains("hub"));
    }

    #[test]
    fn the_variable_names_the_only_place() {
        let home = Environment::default().with("HOME", "/h").with("XDG_RUNTIME_DIR", "/run/u");
        let expected: Vec<PathBuf> =
            ["/run/u/containers/auth.json", "/h/.docker/config.json", "/h/.config/containers/auth.json"]
                .iter()
                .map(PathBuf::from)
                .collect();
        assert_eq!(places(&home), expected);
        let docker = home.clone().with("DOCKER_CONFIG", "/d");
        assert_eq!(places(&docker)[1], PathBuf::from("/d/config.json"));
        assert_eq!(places(&home.with("REGISTRY_AUTH_FILE", "/f.json")), [PathBuf::from("/f.json")]);
        assert!(places(&Environment::default()).is_empty());
    }
}
