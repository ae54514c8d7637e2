//! A loopback HTTP/1.1 server whose answers a test writes by hand: faults included.
//!
//! It listens on 127.0.0.1 only, serves a bounded number of connections, and ends with its value.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const MAX_REQUESTS: usize = 10_000;
const MAX_BODY: u64 = 64 << 20;
/// Longest that one read or write of the server waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request as the server saw it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET` …
    pub method: String,
    /// Path with query.
    pub target: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The start of a `Range: bytes=N-` header.
    pub fn range_start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.split('-').next()?.parse().ok()
    }
}

/// An answer, with the faults to build into it.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers; `Content-Length` is added unless one is given here.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Close the connection after so many bytes of the body.
    pub cut_after: Option<usize>,
    /// Wait before the first byte.
    pub delay: Duration,
    /// Wait after so many bytes of the body.
    pub stall: Option<(usize, Duration)>,
}

impl Response {
    /// An answer with a status and a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// `content` from the place that the request's Range asks for: 206, or 200 for the whole.
    pub fn ranged(request: &Request, content: &[u8]) -> Response {
        match request.range_start() {
            Some(start) if start < content.len() => {
                let rest = content.get(start..).unwrap_or_default();
                let range = format!("bytes {start}-{}/{}", content.len() - 1, content.len());
                Response::new(206, rest).header("Content-Range", range)
            }
            Some(_) => Response::new(416, "").header("Content-Range", format!("bytes */{}", content.len())),
            None => Response::new(200, content),
        }
    }
}

type Handler = dyn Fn(&Request) -> Response + Send + Sync;

/// A server that runs until it is dropped.
pub struct HttpServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Starts a server on a free port of 127.0.0.1 that answers with `handler`.
    pub fn start(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> io::Result<HttpServer> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let handler: Arc<Handler> = Arc::new(handler);
        let (seen_here, stop_here) = (seen.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().take(MAX_REQUESTS) {
                if stop_here.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, seen) = (handler.clone(), seen_here.clone());
                let Ok(stream) = stream else { continue };
                // A client that goes away in the middle is part of many tests.
                std::thread::spawn(move || drop(serve(stream, &*handler, &seen)));
            }
        });
        Ok(HttpServer { address, seen, stop, thread: Some(thread) })
    }

    /// `127.0.0.1:port`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(stream: TcpStream, handler: &Handler, seen: &Mutex<Vec<Request>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader)? {
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let response = handler(&request);
        if !write_response(&mut writer, &response, request.method == "HEAD")? {
            return Ok(());
        }
    }
    Ok(())
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.by_ref().take(64 << 10).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        reader.by_ref().take(64 << 10).read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    reader.by_ref().take(MAX_BODY.min(length)).read_to_end(&mut request.body)?;
    Ok(Some(request))
}

/// Writes an answer; false where the connection is to be closed.
fn write_response(writer: &mut TcpStream, response: &Response, head_only: bool) -> io::Result<bool> {
    std::thread::sleep(response.delay);
    let mut head = format!("HTTP/1.1 {} -\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let has = |wanted: &str| response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !has("content-length") && !has("transfer-encoding") {
        head.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    head.push_str("\r\n");
    writer.write_all(head.as_bytes())?;
    if head_only {
        return Ok(true);
    }
    let end = response.cut_after.unwrap_or(response.body.len()).min(response.body.len());
    let (pause_at, pause) = response.stall.unwrap_or((end, Duration::ZERO));
    let (front, rest) = response.body.split_at(end).0.split_at(pause_at.min(end));
    writer.write_all(front)?;
    writer.flush()?;
    std::thread::sleep(pause);
    writer.write_all(rest)?;
    writer.flush()?;
    Ok(response.cut_after.is_none())
}

/// A proxy that takes every CONNECT to one address, whatever host was asked for.
pub struct ConnectProxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl ConnectProxy {
    /// Starts a proxy on a free port of 127.0.0.1 in front of `target`. It serves at most 100 connections.
    pub fn start(target: &str) -> io::Result<ConnectProxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (here, target) = (seen.clone(), target.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().take(100).flatten() {
                let (seen, target) = (here.clone(), target.clone());
                std::thread::spawn(move || drop(tunnel(stream, &target, &seen)));
            }
        });
        Ok(ConnectProxy { address, seen })
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The CONNECT requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn tunnel(client: TcpStream, target: &str, seen: &Mutex<Vec<Request>>) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    // One byte at a time, so that nothing of what follows the head is taken.
    let mut reader = BufReader::with_capacity(1, client.try_clone()?);
    let Some(request) = read_request(&mut reader)? else { return Ok(()) };
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    let mut server = TcpStream::connect(target)?;
    server.set_read_timeout(Some(PATIENCE))?;
    let mut writer = client.try_clone()?;
    writer.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let mut onward = server.try_clone()?;
    let upstream = std::thread::spawn(move || io::copy(&mut reader, &mut onward));
    io::copy(&mut server, &mut writer)?;
    client.shutdown(std::net::Shutdown::Both)?;
    drop(upstream.join());
    Ok(())
}
