//! Docker's credential helpers: `docker-credential-<name> get`, the registry on stdin, a JSON object on stdout.

use crate::docker_config::Credentials;
use crate::environment::Environment;
use crate::secret::Secret;
use serde::Deserialize;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const MAX_OUTPUT: u64 = 256 << 10;
const POLL: Duration = Duration::from_millis(5);

/// Why a helper gave no answer. What the helper printed is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum HelperError {
    /// The name would leave the folder of programs.
    #[error("{0:?} is no name of a credential helper")]
    Name(String),
    /// No such program.
    #[error("docker-credential-{0} is not in PATH")]
    Missing(String),
    /// It could not be started or spoken to.
    #[error("docker-credential-{name} could not be run")]
    Run {
        /// The helper's suffix.
        name: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It did not answer in time, and was ended.
    #[error("docker-credential-{name} gave no answer within {seconds} s")]
    TimedOut {
        /// The helper's suffix.
        name: String,
        /// The limit.
        seconds: u64,
    },
    /// It failed.
    #[error(
        "docker-credential-{name} failed ({status}); what it printed is not shown, as it may hold secrets"
    )]
    Failed {
        /// The helper's suffix.
        name: String,
        /// Its exit status.
        status: String,
    },
    /// It printed something else than an answer.
    #[error("docker-credential-{0} printed no JSON object with Username and Secret")]
    Answer(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    secret: String,
}

/// Asks helper `name` for the login of `server`; `None` where it knows none.
pub fn ask(
    name: &str,
    server: &str,
    environment: &Environment,
    limit: Duration,
) -> Result<Option<Credentials>, HelperError> {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(safe) {
        return Err(HelperError::Name(name.chars().take(80).collect()));
    }
    let program = find(name, environment).ok_or_else(|| HelperError::Missing(name.to_owned()))?;
    let fault = |source| HelperError::Run { name: name.to_owned(), source };
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fault)?;
    let answer = converse(&mut child, server, limit);
    let succeeded = match answer {
        Ok(Some((output, true))) => return read_answer(name, &output).map(Some),
        Ok(Some((output, false))) => output,
        Ok(None) => {
            end(&mut child);
            return Err(HelperError::TimedOut { name: name.to_owned(), seconds: limit.as_secs() });
        }
        Err(source) => {
            end(&mut child);
            return Err(fault(source));
        }
    };
    // The protocol's only word for "nothing stored"; helpers print it to stdout and exit 1.
    if String::from_utf8_lossy(&succeeded).to_ascii_lowercase().contains("credentials not found") {
        return Ok(None);
    }
    let status = child.wait().map_or_else(|_| "unknown status".to_owned(), |status| status.to_string());
    Err(HelperError::Failed { name: name.to_owned(), status })
}

fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    let file = format!("docker-credential-{name}");
    let path = environment.first(&["PATH"])?;
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(&file))
        .find(|p| p.is_file())
}

/// Output and whether the helper succeeded; `None` when the time was up.
fn converse(child: &mut Child, server: &str, limit: Duration) -> std::io::Result<Option<(Vec<u8>, bool)>> {
    let deadline = Instant::now() + limit;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that ends without reading closes the pipe; its exit status tells more than the broken pipe.
        let _ = stdin.write_all(server.as_bytes());
    }
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // A thread of its own, because a grandchild may keep the pipe open after the helper is gone.
        std::thread::spawn(move || {
            let mut output = Vec::new();
            let read = stdout.take(MAX_OUTPUT).read_to_end(&mut output);
            let _ = sender.send(read.map(|_| output));
        });
    }
    let left = || deadline.saturating_duration_since(Instant::now());
    let output = match receiver.recv_timeout(left()) {
        Ok(output) => output?,
        Err(_) => return Ok(None),
    };
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some((output, status.success())));
        }
        if left().is_zero() {
            return Ok(None);
        }
        std::thread::sleep(POLL.min(left()));
    }
}

fn end(child: &mut Child) {
    // Both fail only for a process that is already gone.
    let _ = child.kill();
    let _ = child.wait();
}

fn read_answer(name: &str, output: &[u8]) -> Result<Credentials, HelperError> {
    let answer: Answer = serde_json::from_slice(output).map_err(|_| HelperError::Answer(name.to_owned()))?;
    let secret = Secret::new(answer.secret);
    Ok(match answer.username.as_str() {
        // Docker's mark for an identity token in place of a password.
        "<token>" => Credentials::Identity(secret),
        _ => Credentials::Basic { username: answer.username, password: secret },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const LIMIT: Duration = Duration::from_secs(10);

    fn with_helper(test: &str, script: &str) -> (PathBuf, Environment) {
        let folder = std::env::temp_dir().join(format!("batten-helper-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("docker-credential-fake");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let environment = Environment::default().with("PATH", folder.to_str().unwrap());
        (folder, environment)
    }

    fn run(test: &str, script: &str, limit: Duration) -> Result<Option<Credentials>, HelperError> {
        let (folder, environment) = with_helper(test, script);
        let answer = ask("fake", "q.io", &environment, limit);
        std::fs::remove_dir_all(folder).unwrap();
        answer
    }

    #[test]
    fn a_helper_answers_for_the_registry_that_it_is_asked_for() {
        let script =
            r#"read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"u-$server\",\"Secret\":\"p\"}""#;
        let expected = Credentials::Basic { username: "u-q.io".to_owned(), password: Secret::new("p") };
        assert_eq!(run("ok", script, LIMIT).unwrap(), Some(expected));
        let token = run("token", r#"echo '{"Username":"<token>","Secret":"t"}'"#, LIMIT).unwrap();
        assert_eq!(token, Some(Credentials::Identity(Secret::new("t"))));
    }

    #[test]
    fn no_login_is_no_error() {
        let script = "echo 'credentials not found in native keychain'; exit 1";
        assert_eq!(run("none", script, LIMIT).unwrap(), None);
    }

    #[test]
    fn failures_say_what_and_leak_nothing() {
        let failed = run("fail", "echo hunter2; echo hunter2 >&2; exit 3", LIMIT).unwrap_err();
        let shown = format!("{failed} {failed:?}");
        assert!(shown.contains("docker-credential-fake") && shown.contains('3'), "{shown}");
        assert!(!shown.contains("hunter2"));
        let odd = run("odd", "echo '{\"Secret\": [\"hunter2\"]}'", LIMIT).unwrap_err();
        assert!(matches!(odd, HelperError::Answer(_)) && !format!("{odd:?}").contains("hunter2"));
        let slow = run("slow", "/bin/sleep 30", Duration::from_millis(200)).unwrap_err();
        assert!(matches!(slow, HelperError::TimedOut { .. }));
        let (folder, environment) = with_helper("names", "exit 0");
        assert!(matches!(ask("none", "q", &environment, LIMIT), Err(HelperError::Missing(_))));
        assert!(matches!(ask("../x", "q", &environment, LIMIT), Err(HelperError::Name(_))));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
