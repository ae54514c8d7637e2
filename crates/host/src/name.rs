//! What the machine is called.

use crate::read;
use std::path::Path;

/// Longest name that Linux takes (`HOST_NAME_MAX`).
const MAX_LENGTH: usize = 64;
/// Where nothing tells.
const UNNAMED: &str = "localhost";

pub(crate) fn name(root: &Path) -> String {
    let running = read::line(&root.join("proc/sys/kernel/hostname")).ok().flatten();
    running.filter(|name| is_name(name)).or_else(|| configured(root)).unwrap_or_else(|| UNNAMED.to_owned())
}

/// hostname(5): the first line that is neither empty nor a comment.
fn configured(root: &Path) -> Option<String> {
    let text = read::text(&root.join("etc/hostname")).ok()?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().filter(|name| is_name(name)).map(str::to_owned)
}

/// The kernel's word for a machine that was given no name is no name.
fn is_name(name: &str) -> bool {
    name != "(none)"
        && name.len() <= MAX_LENGTH
        && name.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_root::MadeRoot;

    #[test]
    fn the_running_name_comes_first() {
        let root = MadeRoot::new(&[("proc/sys/kernel/hostname", "node-1\n"), ("etc/hostname", "other\n")]);
        assert_eq!(name(root.path()), "node-1");
    }

    #[test]
    fn the_configured_name_stands_in() {
        let root =
            MadeRoot::new(&[("proc/sys/kernel/hostname", "(none)\n"), ("etc/hostname", "# x\n\n node-2 \n")]);
        assert_eq!(name(root.path()), "node-2");
        assert_eq!(name(MadeRoot::new(&[("etc/hostname", "a\u{1b}[31m\n")]).path()), "localhost");
        assert_eq!(name(MadeRoot::new(&[]).path()), "localhost");
    }
}
