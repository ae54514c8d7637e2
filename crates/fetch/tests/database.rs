//! A compiled database from a real registry and from a web server.

use batten_fetch::database::{MEDIA_TYPE, SIGNATURE};
use batten_fetch::{
    Client, ClientOptions, DatabaseSource, DownloadError, Environment, Patience, PulledDatabase,
    pull_database,
};
use batten_model::{Digest, Localized as _};
use batten_testkit::http::{HttpServer, Response};
use batten_testkit::registry::{Registry, RegistryOptions, available};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn pull(source: &str, to: &Path) -> Result<PulledDatabase, DownloadError> {
    let client = Client::new(ClientOptions {
        environment: Environment::default(),
        patience: Patience { attempts: 2, first_pause: Duration::from_millis(5), ..Patience::default() },
        ..ClientOptions::default()
    });
    pull_database(&client, &DatabaseSource::parse(source)?, to, &|_, _| {})
}

const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn manifest(layer_type: &str, content: &[u8]) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"{MEDIA_TYPE}",
        "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{EMPTY}","size":2}},
        "layers":[{{"mediaType":"{layer_type}","digest":"{}","size":{},
        "annotations":{{"org.opencontainers.image.title":"batten.db"}}}}],
        "annotations":{{"{SIGNATURE}":"untrusted comment: x\nRW\ntrusted comment: y\nZ\n"}}}}"#,
        Digest::sha256_of(content),
        content.len()
    )
}

#[test]
fn a_registry_holds_a_database() {
    if !available("a_registry_holds_a_database") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(&folder.path().join("registry"), &RegistryOptions::default()).unwrap();
    let content = vec![7; 2_000_000];
    registry.put_blob("team/db", EMPTY, b"{}").unwrap();
    registry.put_blob("team/db", Digest::sha256_of(&content).as_str(), &content).unwrap();
    let put = |tag: &str, text: String| {
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        registry.put_manifest("team/db", tag, media_type, text.as_bytes()).unwrap();
    };
    put("1", manifest(MEDIA_TYPE, &content));
    put("other", manifest("application/vnd.other", &content));
    let to = folder.path().join("pulled");
    let source = |tag: &str| format!("oci://{}/team/db:{tag}", registry.authority());
    let pulled = pull(&source("1"), &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content);
    assert_eq!((pulled.digest, pulled.checked, pulled.bytes), (Digest::sha256_of(&content), true, 2_000_000));
    assert!(pulled.signature.unwrap().starts_with("untrusted comment"));

    let other = pull(&source("other"), &to).unwrap_err();
    assert_eq!(other.code(), "not-a-database");
    assert!(
        other.to_string().contains("application/vnd.other") && other.zh().contains(MEDIA_TYPE),
        "{other}"
    );
    assert_eq!(pull(&source("none"), &to).unwrap_err().code(), "image-not-found");
    assert!(!to.exists());

    let file = registry.blob_file(Digest::sha256_of(&content).hex());
    std::fs::write(file, vec![8; 2_000_000]).unwrap();
    assert_eq!(pull(&source("1"), &to).unwrap_err().code(), "wrong-digest");
    assert!(!to.exists());
}

#[test]
fn a_web_server_holds_a_database() {
    let content: Arc<Vec<u8>> = Arc::new(vec![9; 500_000]);
    let here = content.clone();
    let server = HttpServer::start(move |request| match request.target.as_str() {
        "/good/db" | "/bad/db" | "/bare/db" => Response::ranged(request, &here).header("ETag", "\"1\""),
        "/good/db.sha256" => Response::new(200, format!("{}  db\n", Digest::sha256_of(&here).hex())),
        "/good/db.minisig" => Response::new(200, "untrusted comment: s\n"),
        "/bad/db.sha256" => Response::new(200, format!("{}  db\n", Digest::sha256_of(b"x").hex())),
        "/page/db.sha256" => Response::new(200, "<html>"),
        _ => Response::new(404, ""),
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("pulled");
    let good = pull(&format!("{}/good/db", server.url()), &to).unwrap();
    assert!(good.checked && good.signature.is_some());
    assert_eq!(std::fs::read(&to).unwrap(), *content);
    let bare = pull(&format!("{}/bare/db", server.url()), &to).unwrap();
    assert!(!bare.checked && bare.signature.is_none());
    let bad = pull(&format!("{}/bad/db", server.url()), &to).unwrap_err();
    assert_eq!(bad.code(), "wrong-digest");
    assert!(!to.exists());
    let page = pull(&format!("{}/page/db", server.url()), &to).unwrap_err();
    assert_eq!(page.code(), "bad-checksum-file");
    let none = pull(&format!("{}/none/db", server.url()), &to).unwrap_err();
    assert!(none.to_string().contains("404"), "{none}");
    assert_eq!(pull("http://m.example/db", &to).unwrap_err().code(), "bad-address");
}
