//! Images from a real registry: plain, with a login, with TLS and client certificates.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use batten_fetch::{
    Client, ClientOptions, Environment, ImageOptions, Login, Patience, Reference, RegistryError, Secret,
};
use batten_image::source::{ImageSource as _, LayerBytes};
use batten_model::{Digest, Localized as _};
use batten_testkit::http::ConnectProxy;
use batten_testkit::registry::{PASSWORD, Registry, RegistryOptions, USER, available, make_layout};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn options() -> ClientOptions {
    ClientOptions {
        environment: Environment::default(),
        certificate_folders: Vec::new(),
        patience: Patience {
            first_pause: Duration::from_millis(5),
            stall: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            ..Patience::default()
        },
        ..ClientOptions::default()
    }
}

/// An OCI layout with two layers; `big` bytes that do not compress in the second.
fn layout(folder: &Path, big: usize) -> String {
    let (one, two) = (folder.join("one"), folder.join("two"));
    std::fs::create_dir_all(&one).unwrap();
    std::fs::create_dir_all(&two).unwrap();
    std::fs::write(one.join("hello"), "hello").unwrap();
    let mut state = 1u64;
    let noise: Vec<u8> = (0..big)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect();
    std::fs::write(two.join("noise"), noise).unwrap();
    let layout = folder.join("layout");
    make_layout(&layout, "1", &[&one, &two], "amd64").unwrap();
    format!("{}:1", layout.display())
}

fn check_layers(image: &batten_fetch::RegistryImage) -> usize {
    let parts = image.describe().unwrap();
    assert_eq!(Digest::sha256_of(parts.manifest.as_ref().unwrap()), *image.digest());
    assert_eq!(Digest::sha256_of(&parts.config), parts.config_digest.unwrap());
    std::thread::scope(|scope| {
        for (index, layer) in parts.layers.iter().enumerate() {
            scope.spawn(move || {
                let LayerBytes::Stream(mut stream) = image.open(index).unwrap() else { panic!("no stream") };
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                assert_eq!(Some(bytes.len() as u64), layer.size);
                assert_eq!(Digest::sha256_of(&bytes), *layer.digest.as_ref().unwrap());
            });
        }
    });
    parts.layers.len()
}

fn reference(registry: &Registry, rest: &str) -> Reference {
    Reference::parse(&format!("{}/{rest}", registry.authority())).unwrap()
}

#[test]
fn layers_come_in_parallel_from_a_plain_registry() {
    if !available("layers_come_in_parallel_from_a_plain_registry") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(&folder.path().join("registry"), &RegistryOptions::default()).unwrap();
    let layout = layout(folder.path(), 3 << 20);
    registry.push(&layout, "team/app:oci", "oci").unwrap();
    registry.push(&layout, "team/app:docker", "v2s2").unwrap();
    let client = Client::new(options());
    for tag in ["oci", "docker"] {
        let image = client
            .image(&reference(&registry, &format!("team/app:{tag}")), &ImageOptions::default())
            .unwrap();
        assert_eq!(check_layers(&image), 2);
        let pinned = reference(&registry, &format!("team/app@{}", image.digest()));
        assert_eq!(client.image(&pinned, &ImageOptions::default()).unwrap().digest(), image.digest());
    }
    let missing = client.image(&reference(&registry, "team/app:none"), &ImageOptions::default());
    let missing = missing.map(|_| ()).unwrap_err();
    assert_eq!(missing.code(), "image-not-found");
    assert!(
        missing.to_string().contains("team/app:none") && missing.to_string().contains("404"),
        "{missing}"
    );
    assert!(missing.zh().contains("404"));
}

#[test]
fn a_damaged_blob_is_seen() {
    if !available("a_damaged_blob_is_seen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(&folder.path().join("registry"), &RegistryOptions::default()).unwrap();
    registry.push(&layout(folder.path(), 10), "app:1", "oci").unwrap();
    let client = Client::new(options());
    let image = client.image(&reference(&registry, "app:1"), &ImageOptions::default()).unwrap();
    let config = image.describe().unwrap().config_digest.unwrap();
    let file = registry.blob_file(config.hex());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let error =
        client.image(&reference(&registry, "app:1"), &ImageOptions::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, RegistryError::WrongDigest { .. }), "{error}");
}

#[test]
fn a_login_is_asked_for_and_found() {
    if !available("a_login_is_asked_for_and_found") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let with_login = RegistryOptions { login: true, ..RegistryOptions::default() };
    let registry = Registry::start(&folder.path().join("registry"), &with_login).unwrap();
    registry.push(&layout(folder.path(), 10), "app:1", "oci").unwrap();
    let reference = reference(&registry, "app:1");
    let ask = |options: ClientOptions| Client::new(options).image(&reference, &ImageOptions::default());

    let nobody = ask(options()).map(|_| ()).unwrap_err();
    assert_eq!(nobody.code(), "registry-login-needed");
    assert!(nobody.to_string().contains(&format!("docker login {}", registry.authority())), "{nobody}");

    let login = |password: &str| Some(Login { username: USER.to_owned(), password: Secret::new(password) });
    check_layers(&ask(ClientOptions { login: login(PASSWORD), ..options() }).unwrap());
    let wrong = ask(ClientOptions { login: login("hunter2"), ..options() }).map(|_| ()).unwrap_err();
    assert_eq!(wrong.code(), "registry-login-refused");
    assert!(!format!("{wrong} {wrong:?} {}", wrong.zh()).contains("hunter2"));

    let logins = folder.path().join("docker");
    std::fs::create_dir_all(&logins).unwrap();
    let auth =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{USER}:{PASSWORD}"));
    let text = format!(r#"{{"auths": {{"{}": {{"auth": "{auth}"}}}}}}"#, registry.authority());
    std::fs::write(logins.join("config.json"), text).unwrap();
    let environment = Environment::default().with("DOCKER_CONFIG", logins.to_str().unwrap());
    check_layers(&ask(ClientOptions { environment, ..options() }).unwrap());

    let environment = helper(folder.path(), &registry.authority());
    check_layers(&ask(ClientOptions { environment, ..options() }).unwrap());
}

/// A Docker configuration that names a helper, and the helper.
fn helper(folder: &Path, registry: &str) -> Environment {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder.join("helper");
    std::fs::create_dir_all(&folder).unwrap();
    let script = format!(
        "#!/bin/sh\nread server\n[ \"$server\" = {registry} ] || exit 1\n\
         echo '{{\"ServerURL\":\"x\",\"Username\":\"{USER}\",\"Secret\":\"{PASSWORD}\"}}'\n"
    );
    let program = folder.join("docker-credential-test");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(folder.join("config.json"), format!(r#"{{"credHelpers": {{"{registry}": "test"}}}}"#))
        .unwrap();
    let path = folder.to_str().unwrap();
    Environment::default().with("DOCKER_CONFIG", path).with("PATH", path)
}

struct Certificates {
    ca: PathBuf,
    server: (PathBuf, PathBuf),
    client: (PathBuf, PathBuf),
}

fn certificates(folder: &Path, host: &str) -> Certificates {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_file = write("ca.crt", ca.self_signed(&ca_key).unwrap().pem());
    let issuer = Issuer::new(ca, ca_key);
    let pair = |name: &str, host: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        (
            write(&format!("{name}.cert"), certificate.pem()),
            write(&format!("{name}.key"), key.serialize_pem()),
        )
    };
    Certificates { ca: ca_file, server: pair("server", host), client: pair("client", "client") }
}

#[test]
fn a_private_authority_is_trusted_when_named() {
    if !available("a_private_authority_is_trusted_when_named") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = certificates(folder.path(), "127.0.0.1");
    let with_tls = RegistryOptions { tls: Some(made.server.clone()), ..RegistryOptions::default() };
    let registry = Registry::start(&folder.path().join("registry"), &with_tls).unwrap();
    registry.push(&layout(folder.path(), 1 << 20), "app:1", "oci").unwrap();
    let reference = reference(&registry, "app:1");
    let ask = |options: ClientOptions| Client::new(options).image(&reference, &ImageOptions::default());

    let untrusted = ask(options()).map(|_| ()).unwrap_err();
    assert_eq!(untrusted.code(), "certificate-refused", "{untrusted}");
    assert!(untrusted.to_string().contains("--ca-file"));
    check_layers(&ask(ClientOptions { ca_files: vec![made.ca.clone()], ..options() }).unwrap());
    check_layers(&ask(ClientOptions { insecure: vec![registry.authority()], ..options() }).unwrap());
    let environment = Environment::default().with("SSL_CERT_FILE", made.ca.to_str().unwrap());
    check_layers(&ask(ClientOptions { environment, ..options() }).unwrap());
    let bad = folder.path().join("bad.crt");
    std::fs::write(&bad, "no certificate").unwrap();
    let unreadable = ask(ClientOptions { ca_files: vec![bad], ..options() }).map(|_| ()).unwrap_err();
    assert_eq!(unreadable.code(), "bad-certificate-file", "{unreadable}");
}

#[test]
fn a_client_certificate_is_shown_where_docker_keeps_it() {
    if !available("a_client_certificate_is_shown_where_docker_keeps_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = certificates(folder.path(), "127.0.0.1");
    let options_of_registry = RegistryOptions {
        tls: Some(made.server.clone()),
        client_authority: Some(made.ca.clone()),
        ..RegistryOptions::default()
    };
    let registry = Registry::start(&folder.path().join("registry"), &options_of_registry).unwrap();
    let reference = reference(&registry, "app:1");
    let certs = folder.path().join("certs.d");
    let host = certs.join(registry.authority());
    std::fs::create_dir_all(&host).unwrap();
    std::fs::copy(&made.ca, host.join("ca.crt")).unwrap();
    let ask = || {
        let options = ClientOptions { certificate_folders: vec![certs.clone()], ..options() };
        Client::new(options).image(&reference, &ImageOptions::default()).map(|_| ()).unwrap_err()
    };
    let without = ask();
    assert_ne!(without.code(), "image-not-found", "{without}");
    std::fs::copy(&made.client.0, host.join("client.cert")).unwrap();
    let no_key = ask();
    assert!(no_key.to_string().contains("client.key"), "{no_key}");
    std::fs::copy(&made.server.1, host.join("client.key")).unwrap();
    assert_eq!(ask().code(), "bad-certificate-file");
    std::fs::copy(&made.client.1, host.join("client.key")).unwrap();
    // The registry lets the client in, and has no such image.
    assert_eq!(ask().code(), "image-not-found", "{}", ask());
}

#[test]
fn a_proxy_leads_to_the_registry_and_no_proxy_around_it() {
    if !available("a_proxy_leads_to_the_registry_and_no_proxy_around_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = certificates(folder.path(), "registry.example");
    let with_tls = RegistryOptions { tls: Some(made.server.clone()), ..RegistryOptions::default() };
    let registry = Registry::start(&folder.path().join("registry"), &with_tls).unwrap();
    registry.push(&layout(folder.path(), 1 << 20), "app:1", "oci").unwrap();
    let proxy = ConnectProxy::start(&registry.authority()).unwrap();
    let address = proxy.url().replace("http://", "http://me:p%40ss@");
    let ask = |environment: Environment| {
        let options = ClientOptions { ca_files: vec![made.ca.clone()], environment, ..options() };
        let reference = Reference::parse("registry.example/app:1").unwrap();
        Client::new(options).image(&reference, &ImageOptions::default())
    };
    let environment = Environment::default().with("https_proxy", address);
    check_layers(&ask(environment.clone()).unwrap());
    let seen = proxy.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("CONNECT", "registry.example:443"));
    assert_eq!(seen[0].header("proxy-authorization"), Some("Basic bWU6cEBzcw=="));
    let around =
        ask(environment.with("no_proxy", "10.0.0.0/8,.other.example,example")).map(|_| ()).unwrap_err();
    assert!(matches!(around.code(), "unknown-host" | "cannot-connect"), "{around}");
    assert_eq!(proxy.seen().len(), seen.len());
}

/// The manifest of an image for `architecture`, and an index with `entries` (manifest bytes, platform as JSON).
fn index(entries: &[(&[u8], &str)], media_type: &str) -> Vec<u8> {
    let entries: Vec<String> = entries
        .iter()
        .map(|(bytes, rest)| {
            format!(r#"{{"digest":"{}","size":{}{rest}}}"#, Digest::sha256_of(bytes), bytes.len())
        })
        .collect();
    format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[{}]}}"#, entries.join(","))
        .into_bytes()
}

#[test]
fn indexes_lead_to_the_platform() {
    if !available("indexes_lead_to_the_platform") {
        return;
    }
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(&folder.path().join("registry"), &RegistryOptions::default()).unwrap();
    let image = |architecture: &str| {
        let config = format!(
            r#"{{"architecture":"{architecture}","os":"linux","rootfs":{{"type":"layers","diff_ids":[]}}}}"#
        );
        let digest = Digest::sha256_of(config.as_bytes());
        registry.put_blob("app", digest.as_str(), config.as_bytes()).unwrap();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",
            "digest":"{digest}","size":{}}},"layers":[]}}"#,
            config.len()
        );
        registry.put_manifest("app", architecture, MANIFEST, manifest.as_bytes()).unwrap();
        manifest.into_bytes()
    };
    let (amd64, arm64, s390x) = (image("amd64"), image("arm64"), image("s390x"));
    let platform =
        |architecture: &str| format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}"#);
    let inner = index(&[(&arm64, &platform("arm64")), (&amd64, &platform("amd64"))], INDEX);
    registry.put_manifest("app", "inner", INDEX, &inner).unwrap();
    let outer = index(&[(&inner, &format!(r#","mediaType":"{INDEX}""#))], INDEX);
    registry.put_manifest("app", "nested", INDEX, &outer).unwrap();
    let list = index(&[(&arm64, &platform("arm64")), (&s390x, &platform("s390x"))], LIST);
    registry.put_manifest("app", "list", LIST, &list).unwrap();
    let single = index(&[(&s390x, &platform("s390x"))], INDEX);
    registry.put_manifest("app", "single", INDEX, &single).unwrap();
    let client = Client::new(options());
    let ask = |tag: &str, platform: Option<&str>| {
        let platform = platform.map(|text| text.parse().unwrap());
        client.image(&reference(&registry, &format!("app:{tag}")), &ImageOptions { platform })
    };
    let digest = |bytes: &[u8]| Digest::sha256_of(bytes);
    assert_eq!(*ask("nested", Some("linux/arm64")).unwrap().digest(), digest(&arm64));
    assert_eq!(*ask("nested", Some("linux/amd64")).unwrap().digest(), digest(&amd64));
    assert_eq!(*ask("list", Some("linux/s390x")).unwrap().digest(), digest(&s390x));
    assert_eq!(*ask("single", None).unwrap().digest(), digest(&s390x));
    let missing = ask("list", Some("linux/ppc64le")).map(|_| ()).unwrap_err();
    assert!(missing.to_string().contains("linux/arm64, linux/s390x"), "{missing}");
    let missing = ask("single", Some("linux/arm64")).map(|_| ()).unwrap_err();
    assert_eq!(missing.code(), "bad-manifest", "{missing}");
}
