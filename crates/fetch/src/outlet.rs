//! The one place where connections begin. Everything that leaves this machine goes through [`Outlet::once`], so that
//! `--offline`, proxies, trust and redirects are decided here and nowhere else.

use crate::address::{Address, shown};
use crate::fetch_error::FetchError;
use crate::options::ClientOptions;
use crate::proxy::ProxySettings;
use crate::secret::Secret;
use crate::tls::Authorities;
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use ureq::{Agent, Body, BodyReader, Proxy, ProxyProtocol, Timeout};

const MAX_REDIRECTS: u32 = 10;
const MAX_HEADER_BYTES: usize = 64 << 10;
const USER_AGENT: &str = concat!("batten/", env!("CARGO_PKG_VERSION"));

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) address: Address,
    /// Headers that go to every host.
    pub(crate) headers: Vec<(HeaderName, String)>,
    /// The `Authorization` header: for the address's own host alone, not for where it redirects to.
    pub(crate) authorization: Option<Secret>,
    /// A form to post; a request without one is a GET or HEAD.
    pub(crate) form: Option<Secret>,
    /// Only the head of the answer is wanted.
    pub(crate) head_only: bool,
}

impl Call {
    pub(crate) fn get(address: Address) -> Call {
        Call { address, headers: Vec::new(), authorization: None, form: None, head_only: false }
    }
}

/// The head of an answer, and its body as a stream.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: BodyReader<'static>,
    /// Where the answer came from, after redirects.
    pub(crate) address: Address,
    pub(crate) attempts: u32,
}

/// A small answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// A header's text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// `Content-Length`.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header(header::CONTENT_LENGTH)?.parse().ok()
    }

    /// The body, at most `limit` bytes, until `deadline`.
    pub(crate) fn bytes(
        &mut self,
        limit: u64,
        deadline: Instant,
        seconds: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let url = self.address.shown();
        if self.length().is_some_and(|length| length > limit) {
            return Err(FetchError::TooLarge { url, limit });
        }
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 << 10];
        loop {
            match self.body.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(count) => bytes.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(body_fault(&self.address, bytes.len() as u64, seconds, e)),
            }
            if bytes.len() as u64 > limit {
                return Err(FetchError::TooLarge { url, limit });
            }
            if Instant::now() > deadline {
                return Err(FetchError::TimedOut { url, seconds });
            }
        }
    }
}

/// The only way out.
pub(crate) struct Outlet {
    options: ClientOptions,
    proxies: ProxySettings,
    authorities: Authorities,
    /// One per scheme, host and port: trust, client certificate and proxy differ between them.
    agents: Mutex<HashMap<(bool, String), Agent>>,
}

impl Outlet {
    pub(crate) fn new(options: ClientOptions) -> Outlet {
        let proxies = ProxySettings::from_environment(&options.environment);
        Outlet { options, proxies, authorities: Authorities::default(), agents: Mutex::default() }
    }

    pub(crate) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// Sends `call`, following redirects, and tries again where that may help. Any status that does not ask for another
    /// attempt is an answer, 401 and 404 too.
    pub(crate) fn ask(&self, call: &Call) -> Result<Reply, FetchError> {
        self.persist(|| self.once(call))
    }

    /// As [`Outlet::ask`], with the body read whole; a body that breaks off is asked for again.
    pub(crate) fn answer(&self, call: &Call, limit: u64) -> Result<Answer, FetchError> {
        let patience = &self.options.patience;
        let mut bytes = Vec::new();
        let reply = self.persist(|| {
            let mut reply = self.once(call)?;
            let deadline = Instant::now() + patience.answer;
            bytes = reply.bytes(limit, deadline, self.stall_seconds())?;
            Ok(reply)
        })?;
        Ok(Answer { status: reply.status, bytes })
    }

    pub(crate) fn stall_seconds(&self) -> u64 {
        self.options.patience.stall.as_secs()
    }

    /// Sleeps before attempt `next` (from 2): twice as long each time, shortened at random so that many clients that
    /// failed together do not come back together.
    pub(crate) fn pause_before(&self, next: u32) {
        std::thread::sleep(self.pause(next));
    }

    fn pause(&self, next: u32) -> Duration {
        let patience = &self.options.patience;
        let doubled = patience.first_pause.saturating_mul(1 << next.saturating_sub(2).min(16));
        doubled.min(patience.longest_pause).mul_f64(0.5 + random_fraction() / 2.0)
    }

    fn persist(&self, mut attempt: impl FnMut() -> Result<Reply, FetchError>) -> Result<Reply, FetchError> {
        let patience = &self.options.patience;
        let mut made = 0;
        loop {
            made += 1;
            let last = made >= patience.attempts.max(1);
            match attempt() {
                Ok(mut reply) => {
                    reply.attempts = made;
                    if !matches!(reply.status, 408 | 429 | 500 | 502 | 503 | 504) {
                        return Ok(reply);
                    }
                    let wait = retry_after(&reply.headers, SystemTime::now());
                    if last || wait.is_some_and(|wait| wait > patience.longest_pause) {
                        let (url, status) = (reply.address.shown(), reply.status);
                        return Err(FetchError::Status { url, status, attempts: made, wait });
                    }
                    std::thread::sleep(wait.unwrap_or_default().max(self.pause(made + 1)));
                }
                Err(error) if error.is_passing() && !last => self.pause_before(made + 1),
                Err(error) => return Err(error),
            }
        }
    }

    /// One attempt, redirects included.
    pub(crate) fn once(&self, call: &Call) -> Result<Reply, FetchError> {
        let mut address = call.address.clone();
        let mut form = call.form.as_ref();
        for _ in 0..=MAX_REDIRECTS {
            let own = address.same_origin(&call.address);
            let authorization = call.authorization.as_ref().filter(|_| own);
            let response = self.hop(&address, call, authorization, form)?;
            let status = response.status().as_u16();
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let (true, Some(location)) = (matches!(status, 301 | 302 | 303 | 307 | 308), location) else {
                let (head, body) = response.into_parts();
                let body = body.into_reader();
                return Ok(Reply { status, headers: head.headers, body, address, attempts: 1 });
            };
            let next = address.join(location)?;
            if address.https() && !next.https() && !self.options.is_insecure(next.authority()) {
                return Err(FetchError::Downgrade { url: address.shown(), to: next.shown() });
            }
            // A form carries a token: it is never sent on to another host.
            if form.is_some() && !next.same_origin(&address) {
                form = None;
            }
            address = next;
        }
        Err(FetchError::TooManyRedirects { url: call.address.shown(), limit: MAX_REDIRECTS })
    }

    /// One request to one host: the choke point.
    fn hop(
        &self,
        address: &Address,
        call: &Call,
        authorization: Option<&Secret>,
        form: Option<&Secret>,
    ) -> Result<Response<Body>, FetchError> {
        if self.options.offline {
            return Err(FetchError::Offline { url: address.shown() });
        }
        let agent = self.agent(address)?;
        let mut request = Request::builder().uri(address.uri().clone());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = authorization {
            let bad = |_| FetchError::Address {
                url: address.shown(),
                reason: "the login or token has characters that no header can hold",
            };
            let mut value = HeaderValue::from_str(authorization.reveal()).map_err(bad)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let bad = |_| FetchError::Address { url: address.shown(), reason: "this makes no proper request" };
        let result = match form {
            None => {
                let method = if call.head_only { "HEAD" } else { "GET" };
                agent.run(request.method(method).body(()).map_err(bad)?)
            }
            Some(form) => {
                let request = request
                    .method("POST")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form.reveal())
                    .map_err(bad)?;
                agent.run(request)
            }
        };
        result.map_err(|e| self.fault(address, e))
    }

    fn agent(&self, address: &Address) -> Result<Agent, FetchError> {
        let key = (address.https(), address.authority().to_ascii_lowercase());
        // A panic elsewhere leaves the map whole: entries are only ever added.
        if let Some(agent) = self.agents.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(agent.clone());
        }
        let patience = &self.options.patience;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept_encoding("identity")
            .max_response_header_size(MAX_HEADER_BYTES)
            .input_buffer_size(128 << 10)
            .max_idle_connections_per_host(16)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.answer.max(patience.stall)))
            .timeout_per_read(Some(patience.stall))
            .timeout_per_write(Some(patience.stall))
            .proxy(self.proxy(address)?);
        if address.https() {
            config = config.tls_config(self.authorities.for_host(
                &self.options,
                address.authority(),
                &address.shown(),
            )?);
        }
        let agent = config.build().new_agent();
        self.agents.lock().unwrap_or_else(PoisonError::into_inner).insert(key, agent.clone());
        Ok(agent)
    }

    fn proxy(&self, address: &Address) -> Result<Option<Proxy>, FetchError> {
        let Some(secret) = self.proxies.choose(address.https(), address.host(), address.port()) else {
            return Ok(None);
        };
        let fault = |reason: &str| FetchError::Proxy {
            proxy: shown(secret.reveal()),
            url: address.shown(),
            reason: reason.to_owned(),
        };
        let proxy = Proxy::new(secret.reveal()).map_err(|_| fault("its address cannot be read"))?;
        if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
            return Err(fault("SOCKS proxies are not supported, only http:// and https://"));
        }
        Ok(Some(proxy))
    }

    fn fault(&self, address: &Address, error: ureq::Error) -> FetchError {
        let url = address.shown();
        match error {
            // Its words hold the whole address, and so the secrets of a signed one.
            ureq::Error::BadUri(_) => {
                FetchError::Address { url, reason: "this is no address that can be asked" }
            }
            ureq::Error::ConnectProxyFailed(reason) => {
                let proxy = self.proxies.choose(address.https(), address.host(), address.port());
                let proxy = proxy.map(|p| shown(p.reveal())).unwrap_or_default();
                FetchError::Proxy { proxy, url, reason }
            }
            ureq::Error::HostNotFound => {
                FetchError::UnknownHost { url, reason: "the name has no address".to_owned() }
            }
            // The resolver's errors have a kind that cannot be named; the standard library's own words are the mark.
            ureq::Error::Io(e) if e.to_string().starts_with("failed to lookup address") => {
                FetchError::UnknownHost { url, reason: e.to_string() }
            }
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                let source = std::io::Error::new(
                    std::io::ErrorKind::TimedOut,
                    format!("no answer within {} s", self.options.patience.connect.as_secs()),
                );
                FetchError::Connect { url, source }
            }
            ureq::Error::Timeout(Timeout::RecvResponse) => {
                FetchError::TimedOut { url, seconds: self.options.patience.answer.as_secs() }
            }
            other => transfer_fault(url, 0, self.stall_seconds(), other),
        }
    }
}

/// What a failed read of a body means.
pub(crate) fn body_fault(
    address: &Address,
    received: u64,
    stall_seconds: u64,
    error: std::io::Error,
) -> FetchError {
    let error = match error.get_ref().is_some_and(|inner| inner.is::<ureq::Error>()) {
        true => ureq::Error::from(error),
        false => ureq::Error::Io(error),
    };
    transfer_fault(address.shown(), received, stall_seconds, error)
}

fn transfer_fault(url: String, received: u64, stall_seconds: u64, error: ureq::Error) -> FetchError {
    use std::io::ErrorKind as Kind;
    match error {
        ureq::Error::Timeout(_) => FetchError::Stalled { url, seconds: stall_seconds },
        ureq::Error::Rustls(error) => tls_fault(url, &error),
        ureq::Error::Tls(reason) => FetchError::Tls { url, reason: reason.to_owned() },
        ureq::Error::Io(error) => {
            if let Some(inner) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
                return tls_fault(url, inner);
            }
            match error.kind() {
                Kind::ConnectionRefused
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
                | Kind::NetworkDown
                | Kind::AddrNotAvailable
                | Kind::PermissionDenied => FetchError::Connect { url, source: error },
                Kind::TimedOut | Kind::WouldBlock => FetchError::Stalled { url, seconds: stall_seconds },
                _ => FetchError::Interrupted { url, received, reason: error.to_string() },
            }
        }
        other => FetchError::Protocol { url, reason: other.to_string().chars().take(200).collect() },
    }
}

fn tls_fault(url: String, error: &rustls::Error) -> FetchError {
    match error {
        rustls::Error::InvalidCertificate(reason) => {
            FetchError::Certificate { url, reason: reason.to_string() }
        }
        other => FetchError::Tls { url, reason: other.to_string() },
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
}

/// From 0 to 1. The standard library's hash keys are random enough for spreading retries.
fn random_fraction() -> f64 {
    use std::hash::BuildHasher as _;
    let bits = std::hash::RandomState::new().hash_one(0u8);
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let at = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
            retry_after(&headers, now)
        };
        assert_eq!(at("7"), Some(Duration::from_secs(7)));
        assert_eq!(at("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(at("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(at("soon"), None);
        assert_eq!(at("-1"), None);
    }

    #[test]
    fn offline_refuses_before_anything_is_opened() {
        let outlet = Outlet::new(ClientOptions { offline: true, ..ClientOptions::default() });
        let call = Call::get(Address::parse("https://q.invalid/x?secret=1").unwrap());
        let error = outlet.once(&call).map(|_| ()).unwrap_err();
        assert!(matches!(error, FetchError::Offline { .. }));
        assert!(error.to_string().contains("--offline") && !error.to_string().contains("secret"));
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let outlet = Outlet::new(ClientOptions::default());
        let second = outlet.pause(2);
        assert!(second >= Duration::from_millis(250) && second <= Duration::from_millis(500), "{second:?}");
        assert!(outlet.pause(60) <= Duration::from_secs(60));
        assert!(outlet.pause(60) >= Duration::from_secs(30));
    }
}
