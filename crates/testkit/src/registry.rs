//! A real registry on the loopback: Debian's `docker-registry`, with images made by `umoci` and pushed by `skopeo`.

use crate::http::{Request, Response};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The user of a registry with a login.
pub const USER: &str = "batten";
/// That user's password.
pub const PASSWORD: &str = "correct horse";
/// `batten` with that password, by bcrypt.
const HTPASSWD: &str = "batten:$2b$04$IjVkB8MY2skJcX5zqdu/I.054wFnbrhJnnYhdWUt6T7mYEZVSKWrm\n";

/// What a registry asks of its clients.
#[derive(Debug, Clone, Default)]
pub struct RegistryOptions {
    /// Basic login as [`USER`] with [`PASSWORD`].
    pub login: bool,
    /// Certificate and key of the server: TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Client certificates must be signed by this authority.
    pub client_authority: Option<PathBuf>,
}

/// A running registry; it ends with its value.
pub struct Registry {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

/// True where the programs are installed. Where they are not, it says so loudly, and fails when CI=true.
pub fn available(test: &str) -> bool {
    let missing: Vec<&str> =
        ["docker-registry", "skopeo", "umoci"].into_iter().filter(|name| find(name).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    let words = format!("NOT RUN: {test}: {} not installed", missing.join(", "));
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{words}");
    let _ = writeln!(io::stderr(), "{words}");
    false
}

fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(program)).find(|path| path.is_file())
}

impl Registry {
    /// Starts a registry that keeps its data under `folder`.
    pub fn start(folder: &Path, options: &RegistryOptions) -> io::Result<Registry> {
        fs::create_dir_all(folder)?;
        let mut last = None;
        // The free port may be taken by another test before the registry has it.
        for _ in 0..5 {
            match Registry::try_start(folder, options) {
                Ok(registry) => return Ok(registry),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("not started")))
    }

    fn try_start(folder: &Path, options: &RegistryOptions) -> io::Result<Registry> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let path = folder.join("config.yml");
        fs::write(&path, configuration(folder, address, options)?)?;
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut registry = Registry { child, address, folder: folder.to_owned() };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            if let Some(status) = registry.child.try_wait()? {
                return Err(io::Error::other(format!("docker-registry ended: {status}")));
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "docker-registry does not listen"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(registry)
    }

    /// `127.0.0.1:port`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Pushes an image of an OCI layout (`layout:tag`) as `name` (`repository:tag`), in skopeo's `format` (`oci` or
    /// `v2s2`).
    pub fn push(&self, layout: &str, name: &str, format: &str) -> io::Result<()> {
        let target = format!("docker://{}/{name}", self.authority());
        run(Command::new("skopeo")
            .args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", "--format", format])
            .args(["--dest-creds", &format!("{USER}:{PASSWORD}")])
            .arg(format!("oci:{layout}"))
            .arg(target))
    }

    /// Pushes every image of an index in an OCI layout.
    pub fn push_all(&self, layout: &str, name: &str) -> io::Result<()> {
        let target = format!("docker://{}/{name}", self.authority());
        run(Command::new("skopeo")
            .args(["--insecure-policy", "copy", "--quiet", "--all", "--dest-tls-verify=false"])
            .args(["--dest-creds", &format!("{USER}:{PASSWORD}")])
            .arg(format!("oci:{layout}"))
            .arg(target))
    }

    /// Uploads a blob without TLS and login.
    pub fn put_blob(&self, repository: &str, digest: &str, content: &[u8]) -> io::Result<()> {
        let begun = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), &[], b"")?;
        let location = begun.headers.iter().find(|(name, _)| name == "location");
        let location =
            location.map(|(_, value)| value.clone()).ok_or_else(|| io::Error::other("no Location"))?;
        let path = location.split_once(&self.authority()).map_or(location.as_str(), |(_, path)| path);
        let joint = if path.contains('?') { '&' } else { '?' };
        let headers = [("Content-Type", "application/octet-stream")];
        self.expect_created(self.send("PUT", &format!("{path}{joint}digest={digest}"), &headers, content)?)
    }

    /// Uploads a manifest without TLS and login.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: &str,
        media_type: &str,
        content: &[u8],
    ) -> io::Result<()> {
        let headers = [("Content-Type", media_type)];
        self.expect_created(self.send(
            "PUT",
            &format!("/v2/{repository}/manifests/{tag}"),
            &headers,
            content,
        )?)
    }

    /// Where the registry keeps a blob on disk.
    pub fn blob_file(&self, hex: &str) -> PathBuf {
        let front: String = hex.chars().take(2).collect();
        self.folder.join("data/docker/registry/v2/blobs/sha256").join(front).join(hex).join("data")
    }

    fn expect_created(&self, response: Response) -> io::Result<()> {
        if response.status == 201 {
            return Ok(());
        }
        let body = String::from_utf8_lossy(&response.body).into_owned();
        Err(io::Error::other(format!("registry answers {}: {body}", response.status)))
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut text = Vec::new();
        stream.take(16 << 20).read_to_end(&mut text)?;
        parse_response(&text).ok_or_else(|| io::Error::other("no HTTP answer"))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Both fail only where it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path, address: SocketAddr, options: &RegistryOptions) -> io::Result<String> {
    let mut text = format!(
        "version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    \
         enabled: true\nhttp:\n  addr: {address}\n",
        folder.join("data").display()
    );
    if let Some((certificate, key)) = &options.tls {
        text.push_str(&format!(
            "  tls:\n    certificate: {}\n    key: {}\n",
            certificate.display(),
            key.display()
        ));
        if let Some(authority) = &options.client_authority {
            text.push_str(&format!("    clientcas:\n      - {}\n", authority.display()));
        }
    }
    if options.login {
        let path = folder.join("htpasswd");
        fs::write(&path, HTPASSWD)?;
        text.push_str(&format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", path.display()));
    }
    Ok(text)
}

fn parse_response(text: &[u8]) -> Option<Response> {
    let end = text.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(text.get(..end)?).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = lines.filter_map(pair).collect();
    Some(Response { status, headers, body: text.get(end + 4..)?.to_vec(), ..Response::default() })
}

/// Makes an OCI layout at `layout` with the image `tag`, one layer for each folder in `layers`, by umoci.
pub fn make_layout(layout: &Path, tag: &str, layers: &[&Path], architecture: &str) -> io::Result<()> {
    let image = format!("{}:{tag}", layout.display());
    if !layout.join("index.json").exists() {
        run(Command::new("umoci").arg("init").arg("--layout").arg(layout))?;
    }
    run(Command::new("umoci").args(["new", "--image", &image]))?;
    run(Command::new("umoci").args([
        "config",
        "--image",
        &image,
        "--architecture",
        architecture,
        "--os",
        "linux",
    ]))?;
    for layer in layers {
        run(Command::new("umoci").args(["insert", "--rootless", "--image", &image]).arg(layer).arg("/opt"))?;
    }
    Ok(())
}

/// Runs a program; what it printed is in the error where it fails.
fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{command:?}: {}: {words}", output.status)))
}

/// A handler's answer in front of a registry's API: 404 in its words.
pub fn not_found(request: &Request) -> Response {
    let body =
        format!(r#"{{"errors":[{{"code":"NAME_UNKNOWN","message":"{} is unknown"}}]}}"#, request.target);
    Response::new(404, body).header("Content-Type", "application/json")
}
