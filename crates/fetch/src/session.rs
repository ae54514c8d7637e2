//! Talking to one repository of one registry: the API's addresses, and being let in (Docker's "Token Authentication
//! Specification" and "OAuth2 token authentication"; RFC 7617 for basic).

use crate::address::{Address, encode};
use crate::docker_config::Credentials;
use crate::fetch_error::FetchError;
use crate::logins::{self, FoundLogin};
use crate::outlet::{Answer, Call, Outlet, Reply};
use crate::reference::is_loopback;
use crate::registry_error::RegistryError;
use crate::secret::Secret;
use crate::www_authenticate::{self, Challenge};
use base64::Engine as _;
use serde::Deserialize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, HeaderName, header};

const MAX_TOKEN_BYTES: u64 = 1 << 20;
const MAX_ERROR_BYTES: u64 = 64 << 10;
/// What a token lives at least, where its server does not say longer ("Token Response Fields").
const TOKEN_SECONDS: u64 = 60;
/// So long before its end a token is renewed.
const TOKEN_MARGIN: Duration = Duration::from_secs(5);
/// Challenges that are met for one request.
const MAX_CHALLENGES: u32 = 2;

/// Where a registry's API is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    /// The registry's name, for logins and for people.
    pub(crate) registry: String,
    /// `host[:port]` of the API.
    pub(crate) host: String,
    /// The repository there.
    pub(crate) repository: String,
    /// True for the registry that the person named, false for its mirrors.
    pub(crate) own: bool,
}

/// A conversation with one repository. Shared between threads: one of them gets a new token for all.
pub(crate) struct Session {
    pub(crate) endpoint: Endpoint,
    pub(crate) outlet: Arc<Outlet>,
    scheme: &'static str,
    login: OnceLock<Option<FoundLogin>>,
    pass: Mutex<Pass>,
}

/// What is shown at the door.
#[derive(Default)]
struct Pass {
    header: Option<Secret>,
    expires: Option<Instant>,
    challenge: Option<Challenge>,
    generation: u64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Number>,
}

impl Session {
    pub(crate) fn new(outlet: Arc<Outlet>, endpoint: Endpoint) -> Result<Session, RegistryError> {
        let scheme = find_scheme(&outlet, &endpoint.host)
            .map_err(|source| RegistryError::Fetch { registry: endpoint.registry.clone(), source })?;
        Ok(Session { endpoint, outlet, scheme, login: OnceLock::new(), pass: Mutex::default() })
    }

    /// Asks for `/v2/<repository>/<path>` until the door opens. What comes back is 200, 206 or the like; every other
    /// status is an error that calls the thing `what`.
    pub(crate) fn get(
        &self,
        path: &str,
        headers: &[(HeaderName, String)],
        what: &str,
    ) -> Result<Reply, RegistryError> {
        let reply = self.request(path, headers, false)?;
        if matches!(reply.status, 200 | 206) { Ok(reply) } else { Err(self.refusal(reply, what)) }
    }

    /// True where the repository has `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.request(path, &[], true).is_ok_and(|reply| reply.status == 200)
    }

    fn request(
        &self,
        path: &str,
        headers: &[(HeaderName, String)],
        head_only: bool,
    ) -> Result<Reply, RegistryError> {
        let Endpoint { host, repository, .. } = &self.endpoint;
        let url = format!("{}://{host}/v2/{repository}/{path}", self.scheme);
        let address = Address::parse(&url).map_err(|source| self.fault(source))?;
        let mut call = Call::get(address);
        call.headers = headers.to_vec();
        call.head_only = head_only;
        let mut met = 0;
        loop {
            let (header, generation) = self.current_pass()?;
            call.authorization = header;
            let reply = self.outlet.ask(&call).map_err(|source| self.fault(source))?;
            // A storage server that the registry redirects to speaks for itself.
            if reply.status != 401 || !reply.address.same_origin(&call.address) {
                return Ok(reply);
            }
            met += 1;
            if met > MAX_CHALLENGES || (met > 1 && self.found_login()?.is_none()) {
                return Err(self.unauthorized(401)?);
            }
            let challenge = self.choose_challenge(&reply.headers)?;
            self.renew(generation, Some(challenge))?;
        }
    }

    /// The header in force, renewed where it is about to end.
    fn current_pass(&self) -> Result<(Option<Secret>, u64), RegistryError> {
        let (generation, ended) = {
            let pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner);
            let ended = pass.expires.is_some_and(|at| Instant::now() + TOKEN_MARGIN >= at);
            if !ended {
                return Ok((pass.header.clone(), pass.generation));
            }
            (pass.generation, ended)
        };
        if ended {
            self.renew(generation, None)?;
        }
        let pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((pass.header.clone(), pass.generation))
    }

    /// Gets a new pass, unless another thread has done so since `seen`.
    fn renew(&self, seen: u64, challenge: Option<Challenge>) -> Result<(), RegistryError> {
        let mut pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner);
        if pass.generation != seen {
            return Ok(());
        }
        let Some(challenge) = challenge.or_else(|| pass.challenge.clone()) else { return Ok(()) };
        let (header, lifetime) = match challenge.scheme.as_str() {
            "bearer" => self.bearer(&challenge)?,
            _ => (self.basic()?, None),
        };
        *pass = Pass {
            header: Some(header),
            expires: lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime)),
            challenge: Some(challenge),
            generation: seen + 1,
        };
        Ok(())
    }

    /// Bearer before basic: a token is narrower than a password.
    fn choose_challenge(&self, headers: &HeaderMap) -> Result<Challenge, RegistryError> {
        let offered: Vec<Challenge> = headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(www_authenticate::parse)
            .collect();
        let bearer = offered.iter().find(|c| c.scheme == "bearer" && c.parameter("realm").is_some());
        let basic = || offered.iter().find(|c| c.scheme == "basic");
        bearer.or_else(basic).cloned().ok_or_else(|| RegistryError::Challenge {
            registry: self.endpoint.registry.clone(),
            schemes: offered.iter().map(|c| c.scheme.chars().take(40).collect()).collect(),
        })
    }

    fn basic(&self) -> Result<Secret, RegistryError> {
        match self.found_login()?.map(|login| &login.credentials) {
            Some(Credentials::Basic { username, password }) => Ok(basic_header(username, password)),
            Some(Credentials::Registry(token)) => Ok(Secret::new(format!("Bearer {}", token.reveal()))),
            // An identity token is for a token server, and this registry has none.
            Some(Credentials::Identity(_)) | None => Err(self.unauthorized(401)?),
        }
    }

    fn bearer(&self, challenge: &Challenge) -> Result<(Secret, Option<Duration>), RegistryError> {
        let login = self.found_login()?;
        if let Some(Credentials::Registry(token)) = login.map(|login| &login.credentials) {
            return Ok((Secret::new(format!("Bearer {}", token.reveal())), None));
        }
        let realm = Address::parse(challenge.parameter("realm").unwrap_or_default())
            .map_err(|source| self.fault(source))?;
        let allowed = realm.https()
            || self.scheme == "http"
            || is_loopback(realm.authority())
            || self.outlet.options().is_insecure(realm.authority());
        if login.is_some() && !allowed {
            let registry = self.endpoint.registry.clone();
            return Err(RegistryError::InsecureRealm { registry, realm: realm.shown() });
        }
        let call = self.token_call(&realm, challenge, login)?;
        let answer = self.outlet.answer(&call, MAX_TOKEN_BYTES).map_err(|source| self.fault(source))?;
        self.read_token(&realm, &answer)
    }

    fn token_call(
        &self,
        realm: &Address,
        challenge: &Challenge,
        login: Option<&FoundLogin>,
    ) -> Result<Call, RegistryError> {
        let mut query: Vec<(&str, &str)> = Vec::new();
        if let Some(service) = challenge.parameter("service") {
            query.push(("service", service));
        }
        let default = format!("repository:{}:pull", self.endpoint.repository);
        let scope = challenge.parameter("scope").filter(|scope| !scope.trim().is_empty()).unwrap_or(&default);
        if let Some(Credentials::Identity(token)) = login.map(|login| &login.credentials) {
            query.extend([("grant_type", "refresh_token"), ("client_id", "batten"), ("scope", scope)]);
            query.push(("refresh_token", token.reveal()));
            let mut call = Call::get(realm.clone());
            call.form = Some(Secret::new(form(&query)));
            return Ok(call);
        }
        query.extend(scope.split_whitespace().map(|scope| ("scope", scope)));
        let mut authorization = None;
        if let Some(Credentials::Basic { username, password }) = login.map(|login| &login.credentials) {
            query.push(("account", username));
            authorization = Some(basic_header(username, password));
        }
        let realm = realm.uri().to_string();
        let joint = if realm.contains('?') { '&' } else { '?' };
        let address = Address::parse(&format!("{realm}{joint}{}", form(&query)));
        let mut call = Call::get(address.map_err(|source| self.fault(source))?);
        call.authorization = authorization;
        Ok(call)
    }

    fn read_token(
        &self,
        realm: &Address,
        answer: &Answer,
    ) -> Result<(Secret, Option<Duration>), RegistryError> {
        let fault = |reason: String| RegistryError::Token {
            registry: self.endpoint.registry.clone(),
            realm: realm.shown(),
            reason,
        };
        match answer.status {
            200..=299 => {}
            // RFC 6749, section 5.2: a refresh token that is no longer good is answered with 400.
            400 | 401 | 403 => return Err(self.unauthorized(answer.status)?),
            status => return Err(fault(format!("status {status}"))),
        }
        // The library's own words could quote the answer, and so a token.
        let token: TokenAnswer =
            serde_json::from_slice(&answer.bytes).map_err(|_| fault("no JSON with a token".to_owned()))?;
        let text = token.token.or(token.access_token).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| fault("neither token nor access_token in its answer".to_owned()))?;
        let seconds = token.expires_in.and_then(|n| n.as_u64()).unwrap_or(TOKEN_SECONDS).max(TOKEN_SECONDS);
        Ok((Secret::new(format!("Bearer {text}")), Some(Duration::from_secs(seconds))))
    }

    fn found_login(&self) -> Result<Option<&FoundLogin>, RegistryError> {
        if let Some(found) = self.login.get() {
            return Ok(found.as_ref());
        }
        let Endpoint { registry, repository, own, .. } = &self.endpoint;
        let found = logins::find(self.outlet.options(), registry, repository, *own)?;
        Ok(self.login.get_or_init(|| found).as_ref())
    }

    fn unauthorized(&self, status: u16) -> Result<RegistryError, RegistryError> {
        let Endpoint { registry, repository, .. } = self.endpoint.clone();
        Ok(match self.found_login()? {
            Some(login) => {
                RegistryError::LoginRefused { registry, repository, origin: login.origin.clone(), status }
            }
            None => RegistryError::LoginNeeded { registry, repository },
        })
    }

    pub(crate) fn fault(&self, source: FetchError) -> RegistryError {
        RegistryError::Fetch { registry: self.endpoint.registry.clone(), source }
    }

    /// The error that a status means; the registry's own words are kept, cut short.
    fn refusal(&self, mut reply: Reply, what: &str) -> RegistryError {
        let deadline = Instant::now() + self.outlet.options().patience.stall;
        let body = reply.bytes(MAX_ERROR_BYTES, deadline, self.outlet.stall_seconds()).unwrap_or_default();
        let message = registry_words(&body);
        let Endpoint { registry, repository, .. } = self.endpoint.clone();
        let what = what.to_owned();
        match reply.status {
            401 => self.unauthorized(401).unwrap_or_else(|error| error),
            403 => {
                let origin = self.login.get().and_then(|login| Some(login.as_ref()?.origin.clone()));
                RegistryError::Forbidden { registry, repository, origin, message }
            }
            404 => RegistryError::NotFound { registry, what, message },
            status => RegistryError::Status { registry, what, status, message },
        }
    }
}

fn basic_header(username: &str, password: &Secret) -> Secret {
    let pair = format!("{username}:{}", password.reveal());
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", encode(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `https`, unless the host is this machine or was named insecure, and does not speak TLS.
fn find_scheme(outlet: &Outlet, host: &str) -> Result<&'static str, FetchError> {
    if !is_loopback(host) && !outlet.options().is_insecure(host) {
        return Ok("https");
    }
    let probe = |scheme: &str| {
        outlet.once(&Call::get(Address::parse(&format!("{scheme}://{host}/v2/"))?)).map(|_| ())
    };
    let fault = match probe("https") {
        Ok(()) => return Ok("https"),
        // A server that speaks TLS and is not trusted must not be spoken to in the clear instead.
        Err(e @ (FetchError::Certificate { .. } | FetchError::CertificateFile { .. })) => return Err(e),
        Err(e @ (FetchError::Offline { .. } | FetchError::UnknownHost { .. })) => return Err(e),
        Err(e) => e,
    };
    // The first error tells more where both fail: the registry is meant to have TLS.
    probe("http").map(|()| "http").map_err(|_| fault)
}

/// The first error of the specification's error body ("Error Codes"), without control characters.
fn registry_words(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &value["errors"][0];
    let part = |name: &str| error[name].as_str().unwrap_or_default();
    let joined =
        [part("code"), part("message")].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ");
    joined.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrys_words_are_cut_and_cleaned() {
        let body = br#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository\u001b[31m name not known"}]}"#;
        assert_eq!(registry_words(body), "NAME_UNKNOWN, repository[31m name not known");
        assert_eq!(registry_words(b"<html>"), "");
        assert_eq!(registry_words(br#"{"errors":{}}"#), "");
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("scope", "repository:a/b:pull"), ("x", "1 &=")]),
            "scope=repository%3Aa%2Fb%3Apull&x=1%20%26%3D"
        );
        assert_eq!(basic_header("u", &Secret::new("p")).reveal(), "Basic dTpw");
    }
}
