//! Feeds from a loopback server with versions and ranges: new, unchanged, interrupted, spoilt, and on a full disk.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use batten_fetch::feeds::FeedFormat;
use batten_fetch::{
    Client, ClientOptions, DownloadError, Environment, Feed, FeedOutcome, FeedSet, FeedStatus, Patience,
    update_feeds,
};
use batten_model::{Digest, Localized as _};
use batten_testkit::http::{HttpServer, Request, Response};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn client() -> Client {
    Client::new(ClientOptions {
        environment: Environment::default(),
        patience: Patience {
            stall: Duration::from_millis(800),
            attempts: 2,
            first_pause: Duration::from_millis(5),
            ..Patience::default()
        },
        ..ClientOptions::default()
    })
}

/// A server's files: path to version and content.
type Files = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

fn json(size: usize, word: &str) -> Vec<u8> {
    format!("{{\"{word}\": \"{}\"}}\n", "x".repeat(size)).into_bytes()
}

fn serve(files: &Files, request: &Request) -> Response {
    let files = files.lock().unwrap();
    let Some((_, etag, content)) = files.iter().find(|(path, ..)| *path == request.target) else {
        return Response::new(404, "");
    };
    if request.header("if-none-match") == Some(etag) {
        return Response::new(304, "").header("ETag", etag);
    }
    let response = match request.header("if-range") {
        Some(version) if version != etag => Response::new(200, content.clone()),
        _ => Response::ranged(request, content),
    };
    response.header("ETag", etag).header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
}

fn feed(server: &HttpServer, name: &str) -> Feed {
    Feed {
        name: name.to_owned(),
        url: format!("{}/{name}.json", server.url()),
        file: format!("{name}/{name}.json"),
        format: FeedFormat::Json,
        digest: None,
    }
}

fn update(set: &FeedSet, folder: &Path) -> FeedOutcome {
    update_feeds(&client(), set, folder, &|_| {}).unwrap()
}

fn put(files: &Files, name: &str, etag: &str, content: Vec<u8>) {
    let mut files = files.lock().unwrap();
    let path = format!("/{name}.json");
    files.retain(|(other, ..)| *other != path);
    files.push((path, etag.to_owned(), content));
}

#[test]
fn feeds_are_new_then_unchanged_then_new_and_failures_keep_the_old() {
    let files: Files = Arc::default();
    let here = files.clone();
    let server = HttpServer::start(move |request| serve(&here, request)).unwrap();
    let names = ["a", "b", "c", "d", "e", "f"];
    names.iter().for_each(|name| put(&files, name, "\"1\"", json(1000, name)));
    let set = FeedSet { feeds: names.iter().map(|name| feed(&server, name)).collect() };
    let folder = tempfile::tempdir().unwrap();

    let first = update(&set, folder.path());
    assert!(first.is_new() && first.feeds.iter().all(|feed| matches!(feed.status, FeedStatus::New)));
    assert_eq!(std::fs::read(first.folder.join("a/a.json")).unwrap(), json(1000, "a"));
    let second = update(&set, folder.path());
    assert!(second.feeds.iter().all(|feed| matches!(feed.status, FeedStatus::Unchanged)));
    assert!(second.feeds.iter().all(|feed| feed.checked.is_some() && feed.last_modified.is_some()));

    put(&files, "a", "\"2\"", json(2000, "a"));
    put(&files, "b", "\"2\"", b"<html>log in</html>".to_vec());
    files.lock().unwrap().retain(|(path, ..)| path != "/c.json");
    let third = update(&set, folder.path());
    assert!(matches!(third.feeds[0].status, FeedStatus::New));
    assert!(matches!(&third.feeds[1].status, FeedStatus::Failed(DownloadError::WrongFormat { .. })));
    let FeedStatus::Failed(missing) = &third.feeds[2].status else { panic!("not failed") };
    assert!(missing.to_string().contains("404") && missing.zh().contains("404"), "{missing}");
    assert!(matches!(third.feeds[3].status, FeedStatus::Unchanged));
    for (place, name) in [(1, "b"), (2, "c")] {
        let file = third.feeds[place].file.as_ref().unwrap();
        assert_eq!(std::fs::read(file).unwrap(), json(1000, name));
        assert!(third.feeds[place].checked.is_some());
    }
    // A file that was lost is fetched whole, whatever the records say.
    std::fs::remove_file(third.folder.join("d/d.json")).unwrap();
    assert!(matches!(update(&set, folder.path()).feeds[3].status, FeedStatus::New));
    // Damaged records cost a download, no more.
    std::fs::write(folder.path().join("state/feeds.json"), "{").unwrap();
    assert!(matches!(update(&set, folder.path()).feeds[4].status, FeedStatus::New));
}

#[test]
fn an_interrupted_feed_goes_on_in_the_next_run() {
    let files: Files = Arc::default();
    let content = json(600_000, "a");
    put(&files, "a", "\"1\"", content.clone());
    let (here, broken) = (files.clone(), Arc::new(AtomicBool::new(true)));
    let broken_here = broken.clone();
    let server = HttpServer::start(move |request| {
        if !broken_here.load(Ordering::SeqCst) {
            return serve(&here, request);
        }
        match request.range_start() {
            None => Response { cut_after: Some(400_000), ..serve(&here, request) },
            Some(_) => Response::new(503, ""),
        }
    })
    .unwrap();
    let set = FeedSet { feeds: vec![feed(&server, "a")] };
    let folder = tempfile::tempdir().unwrap();
    let first = update(&set, folder.path());
    assert!(matches!(first.feeds[0].status, FeedStatus::Failed(_)) && first.feeds[0].file.is_none());
    let before = server.seen().len();
    broken.store(false, Ordering::SeqCst);
    let most = AtomicU64::new(0);
    let second = update_feeds(&client(), &set, folder.path(), &|progress| {
        most.fetch_max(progress.received, Ordering::SeqCst);
    })
    .unwrap();
    assert!(matches!(second.feeds[0].status, FeedStatus::New), "{:?}", second.feeds[0].status);
    assert_eq!(std::fs::read(second.folder.join("a/a.json")).unwrap(), content);
    assert_eq!(most.load(Ordering::SeqCst), content.len() as u64);
    let seen = server.seen();
    assert_eq!(seen[before].header("range"), Some("bytes=400000-"));
    assert_eq!(seen[before].header("if-range"), Some("\"1\""));

    // And where the file was replaced in between, it begins anew.
    broken.store(true, Ordering::SeqCst);
    put(&files, "a", "\"2\"", json(600_000, "b"));
    update(&set, folder.path());
    broken.store(false, Ordering::SeqCst);
    put(&files, "a", "\"3\"", json(300_000, "c"));
    let last = update(&set, folder.path());
    assert!(matches!(last.feeds[0].status, FeedStatus::New), "{:?}", last.feeds[0].status);
    assert_eq!(std::fs::read(last.folder.join("a/a.json")).unwrap(), json(300_000, "c"));
}

#[test]
fn a_feed_that_is_replaced_in_the_middle_is_fetched_again() {
    let files: Files = Arc::default();
    put(&files, "a", "\"1\"", json(600_000, "a"));
    let here = files.clone();
    let server = HttpServer::start(move |request| {
        let response = serve(&here, request);
        let first = here.lock().unwrap()[0].1 == "\"1\"";
        if first {
            put(&here, "a", "\"2\"", json(600_000, "b"));
            return Response { cut_after: Some(400_000), ..response };
        }
        response
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outcome = update(&FeedSet { feeds: vec![feed(&server, "a")] }, folder.path());
    assert!(matches!(outcome.feeds[0].status, FeedStatus::New), "{:?}", outcome.feeds[0].status);
    assert_eq!(std::fs::read(outcome.folder.join("a/a.json")).unwrap(), json(600_000, "b"));
}

#[test]
fn a_known_digest_is_compared() {
    let files: Files = Arc::default();
    put(&files, "a", "\"1\"", json(10, "a"));
    let here = files.clone();
    let server = HttpServer::start(move |request| serve(&here, request)).unwrap();
    let mut feed = feed(&server, "a");
    let folder = tempfile::tempdir().unwrap();
    feed.digest = Some(Digest::sha256_of(b"other"));
    let outcome = update(&FeedSet { feeds: vec![feed.clone()] }, folder.path());
    assert!(matches!(&outcome.feeds[0].status, FeedStatus::Failed(DownloadError::WrongDigest { .. })));
    assert!(outcome.feeds[0].file.is_none());
    feed.digest = Some(Digest::sha256_of(&json(10, "a")));
    assert!(update(&FeedSet { feeds: vec![feed] }, folder.path()).is_new());
}

#[test]
fn two_updates_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("state")).unwrap();
    let lock = std::fs::File::create(folder.path().join("state/lock")).unwrap();
    lock.lock().unwrap();
    let error = update_feeds(&client(), &FeedSet { feeds: Vec::new() }, folder.path(), &|_| {}).unwrap_err();
    assert_eq!(error.code(), "update-running");
}

#[test]
fn offline_fails_each_feed_and_keeps_the_old() {
    let set = FeedSet::default();
    let client = Client::new(ClientOptions { offline: true, ..ClientOptions::default() });
    let folder = tempfile::tempdir().unwrap();
    let outcome = update_feeds(&client, &set, folder.path(), &|_| {}).unwrap();
    assert_eq!(outcome.failed().count(), set.feeds.len());
    assert!(outcome.failed().all(|(_, error)| error.code() == "offline"));
}

/// A file system of one MiB; it is gone with its value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(SmallDisk(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg(self.0.path()).status().unwrap();
    }
}

#[test]
fn a_full_disk_is_one_error_and_the_old_data_stays() {
    let Some(disk) = SmallDisk::mount() else {
        let words = "NOT RUN: a_full_disk_is_one_error_and_the_old_data_stays: no right to mount a tmpfs";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{words}");
        eprintln!("{words}");
        return;
    };
    let files: Files = Arc::default();
    put(&files, "a", "\"1\"", json(300_000, "a"));
    let here = files.clone();
    let server = HttpServer::start(move |request| serve(&here, request)).unwrap();
    let set = FeedSet { feeds: vec![feed(&server, "a")] };
    let folder = disk.0.path().join("batten");
    assert!(update(&set, &folder).is_new());
    put(&files, "a", "\"2\"", json(3_000_000, "a"));
    let outcome = update(&set, &folder);
    let error = outcome.disk_full().unwrap();
    assert!(error.to_string().contains("disk is full") && error.zh().contains("磁盘已满"), "{error}");
    assert_eq!(outcome.failed().count(), 1);
    assert_eq!(std::fs::read(outcome.feeds[0].file.as_ref().unwrap()).unwrap(), json(300_000, "a"));
    // The half that did not fit is gone, so that others have room again.
    std::fs::write(folder.join("probe"), vec![0; 400_000]).unwrap();
    std::fs::remove_file(folder.join("probe")).unwrap();
    put(&files, "a", "\"3\"", json(200_000, "a"));
    assert!(update(&set, &folder).is_new());
}
