//! A registry that misbehaves, and token servers: each fault is one clear error, or is mended.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use batten_fetch::{
    Client, ClientOptions, Environment, ImageOptions, Limits, Login, Mirror, Patience, Reference,
    RegistryError, RegistryImage, Secret,
};
use batten_image::source::{ImageSource as _, LayerBytes};
use batten_model::{Digest, Localized as _};
use batten_testkit::http::{HttpServer, Request, Response};
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn options() -> ClientOptions {
    ClientOptions {
        environment: Environment::default(),
        certificate_folders: Vec::new(),
        patience: Patience {
            connect: Duration::from_secs(5),
            stall: Duration::from_millis(600),
            answer: Duration::from_secs(5),
            transfer: Duration::from_secs(20),
            attempts: 3,
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_secs(3),
            ..Patience::default()
        },
        ..ClientOptions::default()
    }
}

/// One image, served from memory.
struct Made {
    manifest: Vec<u8>,
    config: Vec<u8>,
    layer: Vec<u8>,
}

impl Made {
    fn new() -> Arc<Made> {
        let config = br#"{"architecture":"amd64","os":"linux"}"#.to_vec();
        let layer: Vec<u8> = (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},
            "layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{}","size":{}}}]}}"#,
            Digest::sha256_of(&config),
            config.len(),
            Digest::sha256_of(&layer),
            layer.len()
        );
        Arc::new(Made { manifest: manifest.into_bytes(), config, layer })
    }

    /// An answer without faults; 404 for what the image does not have. TLS handshakes get 400.
    fn answer(&self, request: &Request) -> Response {
        let target = request.target.as_str();
        if !target.starts_with("/v2/") {
            return Response::new(400, "");
        }
        if target == "/v2/" {
            return Response::new(200, "{}");
        }
        if target.contains("/manifests/") {
            return Response::new(200, self.manifest.clone());
        }
        let blob =
            [&self.config, &self.layer].into_iter().find(|b| target.ends_with(Digest::sha256_of(b).as_str()));
        blob.map_or_else(|| Response::new(404, ""), |blob| Response::ranged(request, blob))
    }

    fn is_layer(&self, request: &Request) -> bool {
        request.target.ends_with(Digest::sha256_of(&self.layer).as_str())
    }
}

fn image(server: &HttpServer, options: ClientOptions) -> Result<RegistryImage, RegistryError> {
    let reference = Reference::parse(&format!("{}/team/app:1", server.authority())).unwrap();
    Client::new(options).image(&reference, &ImageOptions::default())
}

fn fails(server: &HttpServer, options: ClientOptions) -> RegistryError {
    let error = image(server, options).map(|_| ()).unwrap_err();
    assert!(!error.zh().is_empty() && error.to_string().contains("127.0.0.1"), "{error}");
    error
}

fn read_layer(image: &RegistryImage) -> std::io::Result<Vec<u8>> {
    let LayerBytes::Stream(mut stream) = image.open(0).unwrap() else { panic!("no stream") };
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map(|_| bytes)
}

/// A server that serves the image, but gives `fault` its first word on requests for its API.
fn faulty(
    fault: impl Fn(&Made, &Request, usize) -> Option<Response> + Send + Sync + 'static,
) -> (HttpServer, Arc<Made>) {
    let made = Made::new();
    let (here, count) = (made.clone(), AtomicUsize::new(0));
    let server = HttpServer::start(move |request| {
        let api = request.target.starts_with("/v2/") && request.target.len() > 4;
        let number = if api { count.fetch_add(1, Ordering::SeqCst) } else { 0 };
        let fault = if api { fault(&here, request, number) } else { None };
        fault.unwrap_or_else(|| here.answer(request))
    });
    (server.unwrap(), made)
}

#[test]
fn without_faults_the_layer_arrives() {
    let (server, made) = faulty(|_, _, _| None);
    assert_eq!(read_layer(&image(&server, options()).unwrap()).unwrap(), made.layer);
}

#[test]
fn a_stall_is_an_error_in_bounded_time() {
    let (server, _) = faulty(|made, request, _| {
        let mut response = made.answer(request);
        response.delay = Duration::from_secs(4);
        Some(response)
    });
    let begun = Instant::now();
    let patience = Patience { attempts: 1, ..options().patience };
    let error = fails(&server, ClientOptions { patience, ..options() });
    assert_eq!(error.code(), "stalled", "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn a_stall_in_the_middle_of_a_layer_is_mended() {
    let (server, made) = faulty(|made, request, _| {
        (made.is_layer(request) && request.range_start().is_none()).then(|| {
            let mut response = made.answer(request);
            response.stall = Some((200_000, Duration::from_secs(4)));
            response
        })
    });
    assert_eq!(read_layer(&image(&server, options()).unwrap()).unwrap(), made.layer);
    let resumed: Vec<Request> = server.seen().into_iter().filter(|r| r.range_start().is_some()).collect();
    assert_eq!(resumed.len(), 1);
    assert_eq!(resumed[0].range_start(), Some(200_000));
}

#[test]
fn a_cut_layer_is_resumed_where_it_broke() {
    let (server, made) = faulty(|made, request, _| {
        (made.is_layer(request) && request.range_start().unwrap_or(0) < 250_000).then(|| {
            let mut response = made.answer(request);
            response.cut_after = Some(100_000);
            response
        })
    });
    assert_eq!(read_layer(&image(&server, options()).unwrap()).unwrap(), made.layer);
    let starts: Vec<usize> = server.seen().iter().filter_map(Request::range_start).collect();
    assert_eq!(starts, [100_000, 200_000]);
}

#[test]
fn a_server_without_ranges_sends_the_rest_all_the_same() {
    let (server, made) = faulty(|made, request, _| {
        made.is_layer(request).then(|| {
            let mut response = Response::new(200, made.layer.clone());
            if request.range_start().is_none() {
                response.cut_after = Some(100_000);
            }
            response
        })
    });
    assert_eq!(read_layer(&image(&server, options()).unwrap()).unwrap(), made.layer);
}

#[test]
fn a_layer_that_never_ends_well_is_an_error() {
    let (server, _) = faulty(|made, request, _| {
        made.is_layer(request).then(|| {
            let mut response = made.answer(request);
            response.cut_after = Some(10);
            response
        })
    });
    let error = read_layer(&image(&server, options()).unwrap()).unwrap_err();
    let words = batten_fetch::registry::describe_read_error(&error).unwrap();
    assert!(words.en.contains("connection ended"), "{}", words.en);
    assert!(!words.zh.is_empty());
}

#[test]
fn a_range_that_was_not_asked_for_is_refused() {
    let (server, _) = faulty(|made, request, _| {
        made.is_layer(request).then(|| match request.range_start() {
            None => Response { cut_after: Some(1000), ..made.answer(request) },
            Some(_) => Response::new(206, "xx").header("Content-Range", "bytes 0-1/300000"),
        })
    });
    assert!(read_layer(&image(&server, options()).unwrap()).is_err());
}

#[test]
fn lies_about_the_size_are_seen() {
    let (server, _) =
        faulty(|made, request, _| made.is_layer(request).then(|| Response::new(200, vec![0; 400_000])));
    let error = image(&server, options()).unwrap().open(0).map(|_| ()).unwrap_err();
    assert_eq!(error.code, "wrong-length", "{error}");
}

#[test]
fn faults_of_the_moment_are_tried_again() {
    for status in [500, 502, 503, 504, 429] {
        let (server, _) = faulty(move |_, _, number| {
            (number < 2).then(|| Response::new(status, "").header("Retry-After", "0"))
        });
        assert!(image(&server, options()).is_ok(), "{status}");
    }
}

#[test]
fn retry_after_is_waited_for() {
    let (server, _) =
        faulty(|_, _, number| (number == 0).then(|| Response::new(429, "").header("Retry-After", "1")));
    let begun = Instant::now();
    assert!(image(&server, options()).is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn too_many_requests_is_an_error_that_says_so() {
    let (server, _) = faulty(|_, _, _| Some(Response::new(429, "").header("Retry-After", "3600")));
    let begun = Instant::now();
    let error = fails(&server, options());
    assert_eq!(error.code(), "registry-rate-limit");
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    let (server, _) = faulty(|_, _, _| Some(Response::new(500, "")));
    let error = fails(&server, options());
    assert!(error.to_string().contains("500 to each of 3 attempts"), "{error}");
}

#[test]
fn refusals_are_told_apart() {
    let (server, _) = faulty(|_, _, _| Some(Response::new(401, "")));
    assert_eq!(fails(&server, options()).code(), "registry-challenge");
    let (server, _) =
        faulty(|_, _, _| Some(Response::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\"")));
    assert_eq!(fails(&server, options()).code(), "registry-login-needed");
    let (server, _) =
        faulty(|_, _, _| Some(Response::new(403, r#"{"errors":[{"code":"DENIED","message":"not yours"}]}"#)));
    let error = fails(&server, options());
    assert_eq!(error.code(), "registry-forbidden");
    assert!(error.to_string().contains("DENIED, not yours"), "{error}");
    let (server, _) = faulty(|_, _, _| Some(Response::new(404, "")));
    assert_eq!(fails(&server, options()).code(), "image-not-found");
    let (server, _) = faulty(|_, _, _| Some(Response::new(418, "")));
    assert_eq!(fails(&server, options()).code(), "registry-status");
}

#[test]
fn damaged_and_odd_manifests_are_refused() {
    let with = |body: Vec<u8>, digest: Option<&str>| {
        let digest = digest.map(str::to_owned);
        let (server, _) = faulty(move |_, request, _| {
            request.target.contains("/manifests/").then(|| {
                let response = Response::new(200, body.clone());
                match &digest {
                    Some(digest) => response.header("Docker-Content-Digest", digest),
                    None => response,
                }
            })
        });
        fails(&server, options())
    };
    let other = Digest::sha256_of(b"other");
    assert_eq!(with(Made::new().manifest.clone(), Some(other.as_str())).code(), "wrong-digest");
    assert_eq!(with(vec![b' '; 5 << 20], None).code(), "too-large");
    assert_eq!(with(b"<html>log in here</html>".to_vec(), None).code(), "bad-manifest");
    assert_eq!(with(br#"{"schemaVersion":1,"fsLayers":[]}"#.to_vec(), None).code(), "unsupported-manifest");
    let chart = br#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json",
        "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}"#;
    assert_eq!(with(chart.to_vec(), None).code(), "not-an-image");
}

#[test]
fn an_index_of_itself_ends() {
    // No digest can hold itself, so the server lies; the digest check ends it at the second step.
    let digest = Digest::sha256_of(b"x");
    let index = format!(r#"{{"schemaVersion":2,"manifests":[{{"digest":"{digest}","size":9}}]}}"#);
    let (server, _) = faulty(move |_, request, _| {
        request.target.contains("/manifests/").then(|| Response::new(200, index.clone()))
    });
    assert_eq!(fails(&server, options()).code(), "wrong-digest");
}

#[test]
fn another_host_does_not_see_the_login() {
    let made = Made::new();
    let here = made.clone();
    let storage = HttpServer::start(move |request| here.answer(request)).unwrap();
    let url = storage.url();
    let (server, _) = faulty(move |made, request, _| {
        if request.header("authorization") != Some("Basic dTpodW50ZXIy") {
            return Some(Response::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\""));
        }
        made.is_layer(request).then(|| {
            Response::new(307, "").header("Location", format!("{url}{}?signature=s", request.target))
        })
    });
    // The signed address ends with its query there.
    let login = Some(Login { username: "u".to_owned(), password: Secret::new("hunter2") });
    let found = image(&server, ClientOptions { login, ..options() }).unwrap();
    let error = found.open(0).map(|_| ()).unwrap_err();
    assert_eq!(error.code, "image-not-found", "{error}");
    assert!(!error.to_string().contains("signature"));
    assert!(!storage.seen().is_empty());
    assert!(storage.seen().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn redirects_end() {
    let (server, _) =
        faulty(|_, request, _| Some(Response::new(302, "").header("Location", request.target.clone())));
    assert_eq!(fails(&server, options()).code(), "too-many-redirects");
}

/// A registry whose token server is on the same host: `/token`, which notes what it is asked and gives token `t<n>`.
fn with_tokens(answer: &'static str, lives: usize) -> HttpServer {
    let made = Made::new();
    let (issued, used, realm) =
        (AtomicUsize::new(0), AtomicUsize::new(0), Arc::new(std::sync::OnceLock::new()));
    let here = realm.clone();
    let server = HttpServer::start(move |request| {
        if request.target.starts_with("/token") {
            let number = issued.fetch_add(1, Ordering::SeqCst) + 1;
            used.store(0, Ordering::SeqCst);
            return Response::new(200, answer.replace("TOKEN", &format!("t{number}")));
        }
        let current = format!("Bearer t{}", issued.load(Ordering::SeqCst));
        let good = request.header("authorization") == Some(current.as_str())
            && used.fetch_add(1, Ordering::SeqCst) < lives;
        if request.target.len() > 4 && request.target.starts_with("/v2/") && !good {
            let realm: &String = here.get().unwrap();
            let challenge = format!(
                r#"Bearer realm="{realm}/token?x=1",service="reg & co",scope="repository:team/app:pull""#
            );
            return Response::new(401, "").header("WWW-Authenticate", challenge);
        }
        made.answer(request)
    })
    .unwrap();
    realm.set(server.url()).unwrap();
    server
}

fn token_requests(server: &HttpServer) -> Vec<Request> {
    server.seen().into_iter().filter(|request| request.target.starts_with("/token")).collect()
}

#[test]
fn a_token_is_fetched_once_for_all_requests() {
    for answer in [r#"{"token":"TOKEN","expires_in":300}"#, r#"{"access_token":"TOKEN"}"#] {
        let server = with_tokens(answer, usize::MAX);
        let found = image(&server, options()).unwrap();
        assert_eq!(read_layer(&found).unwrap().len(), 300_000);
        let asked = token_requests(&server);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].target, "/token?x=1&service=reg%20%26%20co&scope=repository%3Ateam%2Fapp%3Apull");
        assert_eq!(asked[0].header("authorization"), None);
    }
}

#[test]
fn a_token_that_ends_early_is_renewed() {
    let server = with_tokens(r#"{"token":"TOKEN"}"#, 1);
    let login = Some(Login { username: "u".to_owned(), password: Secret::new("p") });
    let found = image(&server, ClientOptions { login, ..options() }).unwrap();
    assert_eq!(read_layer(&found).unwrap().len(), 300_000);
    let asked = token_requests(&server);
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|r| r.header("authorization") == Some("Basic dTpw") && r.target.ends_with("account=u"))
    );
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = with_tokens(r#"{"access_token":"TOKEN"}"#, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.json");
    let text = format!(r#"{{"auths":{{"{}":{{"identitytoken":"hunter2"}}}}}}"#, server.authority());
    std::fs::write(&file, text).unwrap();
    let environment = Environment::default().with("REGISTRY_AUTH_FILE", file.to_str().unwrap());
    image(&server, ClientOptions { environment, ..options() }).unwrap();
    let asked = token_requests(&server);
    assert_eq!(asked[0].method, "POST");
    let body = String::from_utf8(asked[0].body.clone()).unwrap();
    assert!(body.contains("grant_type=refresh_token") && body.contains("refresh_token=hunter2"), "{body}");
    assert!(body.contains("scope=repository%3Ateam%2Fapp%3Apull"), "{body}");
}

#[test]
fn a_token_server_that_fails_is_named() {
    let server = with_tokens(r#"{"other":"hunter2"}"#, usize::MAX);
    let error = fails(&server, options());
    assert_eq!(error.code(), "registry-token");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let server = with_tokens("<html>", usize::MAX);
    assert_eq!(fails(&server, options()).code(), "registry-token");
    let server = with_tokens(r#"{"token":"a\nb"}"#, usize::MAX);
    assert_eq!(fails(&server, options()).code(), "bad-address");
    // A token that opens nothing: the loop of challenges ends.
    let server = with_tokens(r#"{"token":"TOKEN"}"#, 0);
    assert_eq!(fails(&server, options()).code(), "registry-login-needed");
}

#[test]
fn a_login_file_that_is_broken_is_named() {
    let (server, _) =
        faulty(|_, _, _| Some(Response::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\"")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.json");
    std::fs::write(&file, "{\"auths\": \"hunter2\"").unwrap();
    let environment = Environment::default().with("REGISTRY_AUTH_FILE", file.to_str().unwrap());
    let error = image(&server, ClientOptions { environment, ..options() }).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "bad-login-file");
    assert!(error.to_string().contains("auth.json") && error.to_string().contains("line 1"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn offline_connects_to_nobody() {
    let (server, _) = faulty(|_, _, _| None);
    let error = image(&server, ClientOptions { offline: true, ..options() }).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "offline");
    assert!(server.seen().is_empty());
}

#[test]
fn a_mirror_goes_first_and_may_fail() {
    let (own, made) = faulty(|_, _, _| None);
    let here = made.clone();
    let mirror = HttpServer::start(move |request| {
        let mut request = request.clone();
        request.target = request.target.replace("/v2/copies/", "/v2/");
        here.answer(&request)
    })
    .unwrap();
    let mirrors = |location: String| vec![Mirror { registry: own.authority(), location }];
    let location = format!("{}/copies", mirror.authority());
    let found = image(&own, ClientOptions { mirrors: mirrors(location), ..options() }).unwrap();
    assert_eq!(read_layer(&found).unwrap(), made.layer);
    assert!(own.seen().iter().all(|request| !request.target.contains("/manifests/")));
    assert!(mirror.seen().iter().any(|request| request.target.starts_with("/v2/copies/team/app/manifests/")));
    drop(mirror);
    let gone = ClientOptions { mirrors: mirrors("127.0.0.1:1".to_owned()), ..options() };
    assert_eq!(read_layer(&image(&own, gone).unwrap()).unwrap(), made.layer);
}

#[test]
fn nobody_there_is_said_at_once() {
    let reference = Reference::parse("127.0.0.1:1/a:1").unwrap();
    let error = Client::new(options()).image(&reference, &ImageOptions::default()).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "cannot-connect", "{error}");
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let proxy = HttpServer::start(|_| Response::new(407, "")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = format!("http://me:hunter2@{}", proxy.authority());
    let environment =
        Environment::default().with("HTTPS_PROXY", address).with("SSL_CERT_FILE", ca_file(folder.path()));
    let reference = Reference::parse("registry.invalid/a:1").unwrap();
    let error = Client::new(ClientOptions { environment, ..options() })
        .image(&reference, &ImageOptions::default())
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.code(), "proxy-failed", "{error}");
    assert!(
        error.to_string().contains(&proxy.authority()) && !format!("{error:?}").contains("hunter2"),
        "{error:?}"
    );
    assert_eq!(proxy.seen()[0].method, "CONNECT");
}

/// Any certificate, so that there is an authority to begin with.
fn ca_file(folder: &std::path::Path) -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap();
    let path = folder.join("any.crt");
    std::fs::write(&path, certificate.pem()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_authorities_the_error_says_what_to_do() {
    let environment = Environment::default().with("SSL_CERT_FILE", "/nonexistent/ca.pem");
    let reference = Reference::parse("registry.invalid/a:1").unwrap();
    let error = Client::new(ClientOptions { environment, ..options() })
        .image(&reference, &ImageOptions::default())
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.code(), "no-ca-certificates");
    assert!(error.to_string().contains("--ca-file"), "{error}");
}

#[test]
fn a_layer_beyond_the_limit_is_not_read() {
    let (server, _) = faulty(|_, _, _| None);
    let limits = Limits { blob: 1000, ..Limits::default() };
    let error =
        image(&server, ClientOptions { limits, ..options() }).unwrap().open(0).map(|_| ()).unwrap_err();
    assert_eq!(error.code, "too-large");
}
