//! A real registry on the loopback: Debian's `docker-registry`.

use crate::run::{shell, testkit};
use anyhow::{Context as _, Result, bail};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running registry; it ends with the value.
pub(crate) struct Registry {
    child: Child,
    port: u16,
}

impl Registry {
    /// Starts it on a free port, and waits until it answers.
    pub(crate) fn start() -> Result<Registry> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let folder = testkit()?.join("registry");
        std::fs::create_dir_all(&folder)?;
        let config = folder.join(format!("{port}.yml"));
        std::fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}/data}}}}\n\
                 http: {{addr: '127.0.0.1:{port}'}}\n",
                folder.display()
            ),
        )?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("docker-registry cannot be started; `make test-tools` installs it")?;
        let mut registry = Registry { child, port };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(registry);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        registry.child.kill()?;
        bail!("the registry did not answer within five seconds")
    }

    /// Pushes an OCI layout; gives the reference.
    pub(crate) fn push(&self, layout: &Path, name: &str) -> Result<String> {
        let reference = format!("localhost:{}/{name}", self.port);
        let parent = layout.parent().context("a layout lies in a folder")?;
        shell(
            parent,
            &format!(
                "skopeo --insecure-policy copy -q --dest-tls-verify=false oci:{}:1 docker://{reference}",
                layout.display()
            ),
        )?;
        Ok(reference)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // The process is ours; that it is gone already is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
