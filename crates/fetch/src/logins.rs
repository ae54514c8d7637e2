//! Finding the login for a registry among what a person gave, files and helpers.

use crate::credential_helper;
use crate::docker_config::{Credentials, DockerConfig, Lookup, places};
use crate::options::ClientOptions;
use crate::registry_error::RegistryError;

/// A login and where it was found.
#[derive(Debug, Clone)]
pub(crate) struct FoundLogin {
    pub(crate) credentials: Credentials,
    /// For people: a path, a helper's name.
    pub(crate) origin: String,
}

/// The login for `repository` of `registry`. `own` says that this is the registry that the person named: only that one
/// gets the login they gave.
pub(crate) fn find(
    options: &ClientOptions,
    registry: &str,
    repository: &str,
    own: bool,
) -> Result<Option<FoundLogin>, RegistryError> {
    if let Some(login) = options.login.as_ref().filter(|_| own) {
        let (username, password) = (login.username.clone(), login.password.clone());
        let credentials = Credentials::Basic { username, password };
        return Ok(Some(FoundLogin { credentials, origin: "the command line or configuration".to_owned() }));
    }
    for path in places(&options.environment) {
        let config = DockerConfig::open(&path)
            .map_err(|source| RegistryError::Logins { path: path.clone(), source })?
            .unwrap_or_default();
        let stored = |credentials| FoundLogin { credentials, origin: path.display().to_string() };
        match config.lookup(registry, repository) {
            Lookup::Absent => {}
            Lookup::Stored(credentials) => return Ok(Some(stored(credentials))),
            Lookup::Helper { name, server, otherwise } => {
                let answer =
                    credential_helper::ask(&name, &server, &options.environment, options.patience.helper);
                match (answer, otherwise) {
                    (Ok(Some(credentials)), _) => {
                        let origin = format!("docker-credential-{name}");
                        return Ok(Some(FoundLogin { credentials, origin }));
                    }
                    (_, Some(credentials)) => return Ok(Some(stored(credentials))),
                    (Ok(None), None) => {}
                    (Err(source), None) => {
                        return Err(RegistryError::Helper { registry: registry.to_owned(), source });
                    }
                }
            }
        }
    }
    Ok(None)
}
