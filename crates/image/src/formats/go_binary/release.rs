//! Which release a program is, where its main module has no version; and which release of Go's library it has.

use super::build_info::BuildInfo;

/// The version that the build itself stamped into the program by `-ldflags "-X main.version=…"`.
///
/// Evidence is a variable of the main package or of the main module that is called a version, and whose value is
/// one. Where several of them differ, the best named decides; where those differ, nothing is known.
pub(in crate::formats) fn from_settings(info: &BuildInfo) -> Option<String> {
    let module = &info.main.as_ref()?.path;
    let mut found: Vec<(u8, String)> = assignments(info.setting("-ldflags")?)
        .filter_map(|(variable, value)| {
            let (package, name) = variable.rsplit_once('.')?;
            let rank = rank(name).filter(|_| belongs(package, module))?;
            Some((rank, release(value)?))
        })
        .collect();
    found.sort();
    found.dedup();
    match found.as_slice() {
        [] => None,
        [(_, only)] => Some(only.clone()),
        [(first, version), (second, other), ..] => {
            (first != second || version == other).then(|| version.clone())
        }
    }
}

fn rank(variable: &str) -> Option<u8> {
    match variable.to_ascii_lowercase().as_str() {
        "version" => Some(0),
        "gitversion" | "appversion" | "buildversion" | "releaseversion" | "semver" => Some(1),
        "ver" | "tag" | "gittag" | "release" => Some(2),
        _ => None,
    }
}

/// True where a variable of this package speaks for the main module.
fn belongs(package: &str, module: &str) -> bool {
    // Kubernetes keeps its own version in a module that is built from the same repository.
    let kubernetes = module == "k8s.io/kubernetes"
        && matches!(package, "k8s.io/component-base/version" | "k8s.io/client-go/pkg/version");
    let inside = package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    package == "main" || inside || kubernetes
}

/// The variables that linker flags set: `-X name=value`, `-X=name=value`, with the quotes that Go allows.
fn assignments(flags: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut words = words(flags);
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            let word = word.strip_prefix("--").or(word.strip_prefix('-')).unwrap_or_default();
            let assignment = match word {
                "X" => words.next()?,
                word => match word.strip_prefix("X=") {
                    Some(assignment) => assignment,
                    None => continue,
                },
            };
            let assignment = assignment.trim_matches(['\'', '"']);
            if let Some((name, value)) = assignment.split_once('=') {
                return Some((name, value.trim_matches(['\'', '"'])));
            }
        }
    })
}

/// Words separated by white space; a word that begins with a quote ends with the same.
fn words(flags: &str) -> impl Iterator<Item = &str> {
    let mut rest = flags;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let (word, behind) = match first {
            '\'' | '"' => {
                let inner = rest.strip_prefix(first)?;
                inner.split_once(first).unwrap_or((inner, ""))
            }
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        rest = behind;
        Some(word)
    })
}

/// `v1.2.3` for a value that is a release version; what follows a release by `git describe` becomes build metadata,
/// because as a pre-release it would be judged as older than the release that it comes after.
pub(in crate::formats) fn release(value: &str) -> Option<String> {
    let plain = value.strip_prefix('v').unwrap_or(value);
    let end = plain.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(plain.len());
    let (numbers, rest) = plain.split_at_checked(end)?;
    let numeric = numbers.split('.').all(|part| !part.is_empty() && part.len() < 10);
    let count = numbers.split('.').count();
    let clean = rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '~' | '_'));
    if !numeric
        || !(2..=3).contains(&count)
        || !clean
        || !matches!(rest.chars().next(), None | Some('-' | '+'))
    {
        return None;
    }
    match rest.strip_prefix('-') {
        Some(after) if after == "dirty" || is_describe(after) => Some(format!("v{numbers}+{after}")),
        _ => Some(format!("v{plain}")),
    }
}

/// `5-gdeadbee[-dirty]`
fn is_describe(text: &str) -> bool {
    text.split_once("-g").is_some_and(|(count, hash)| {
        let hash = hash.strip_suffix("-dirty").unwrap_or(hash);
        !count.is_empty()
            && count.bytes().all(|b| b.is_ascii_digit())
            && hash.len() >= 4
            && hash.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The version of Go's standard library: `1.21.3` for `go1.21.3 X:boringcrypto`, `1.27-devel` for a toolchain built
/// on the way to Go 1.27, `(devel)` where the toolchain names no release.
pub(super) fn standard_library(go_version: &str) -> String {
    let mut words = go_version.split_whitespace();
    let first = words.next().unwrap_or_default();
    if first == "devel" {
        let next = words.next().and_then(|word| word.strip_prefix("go"));
        let release = next.map(|word| word.split_once('-').map_or(word, |(release, _)| release));
        return release.map_or(super::UNKNOWN_VERSION.to_owned(), |release| format!("{release}-devel"));
    }
    let version = first.strip_prefix("go").unwrap_or(first);
    without_boring(version).to_owned()
}

/// `1.19.4b7` is Go 1.19.4 with another cryptography library.
fn without_boring(version: &str) -> &str {
    match version.rsplit_once('b') {
        Some((front, digits))
            if front.split('.').count() == 3
                && front.bytes().all(|b| b.is_ascii_digit() || b == b'.')
                && !digits.is_empty()
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            front
        }
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::go_binary::build_info::Module;

    fn version(module: &str, flags: &str) -> Option<String> {
        let main = Module { path: module.to_owned(), version: String::new(), replacement: None };
        let settings = vec![("-ldflags".to_owned(), flags.to_owned())];
        from_settings(&BuildInfo { main: Some(main), settings, ..BuildInfo::default() })
    }

    #[test]
    fn linker_flags_tell_the_release() {
        let runc = "github.com/opencontainers/runc";
        let flags = "-w -s -X main.gitCommit=v1.1.11-0-g4bccb38 -X main.version=1.1.11";
        assert_eq!(version(runc, flags).unwrap(), "v1.1.11");
        assert_eq!(version(runc, "-X 'main.version=1.1.11+dev'").unwrap(), "v1.1.11+dev");
        assert_eq!(version(runc, "-X=github.com/opencontainers/runc/v.Version=v2.0").unwrap(), "v2.0");
        assert_eq!(version(runc, "-X github.com/other/x.Version=v2.0"), None);
        assert_eq!(version(runc, "-X main.version=dev"), None);
        assert_eq!(version(runc, "-X main.ver=1.0.0 -X main.tag=2.0.0"), None);
        assert_eq!(version(runc, "-X main.ver=1.0.0 -X main.Version=2.0.0").unwrap(), "v2.0.0");
        let kubelet = "-X k8s.io/component-base/version.gitVersion=v1.29.1";
        assert_eq!(version("k8s.io/kubernetes", kubelet).unwrap(), "v1.29.1");
        assert_eq!(version("example.com/x", kubelet), None);
    }

    #[test]
    fn what_comes_after_a_release_is_not_older() {
        assert_eq!(release("v1.2.3-5-gdeadbee-dirty").unwrap(), "v1.2.3+5-gdeadbee-dirty");
        assert_eq!(release("1.2.3-dirty").unwrap(), "v1.2.3+dirty");
        assert_eq!(release("1.2.3-rc.1").unwrap(), "v1.2.3-rc.1");
        assert_eq!(release("2024"), None);
        assert_eq!(release("1.2.3.4"), None);
        assert_eq!(release("1.2.3 beta"), None);
    }

    #[test]
    fn toolchains_name_the_library() {
        assert_eq!(standard_library("go1.21.3"), "1.21.3");
        assert_eq!(standard_library("go1.22.3 X:boringcrypto"), "1.22.3");
        assert_eq!(standard_library("go1.20.12 (Red Hat 1.20.12-1.el9_3)"), "1.20.12");
        assert_eq!(standard_library("go1.19.4b7"), "1.19.4");
        assert_eq!(standard_library("go1.21rc2"), "1.21rc2");
        assert_eq!(standard_library("devel go1.27-abcdef Thu"), "1.27-devel");
        assert_eq!(standard_library("devel +abcdef Thu"), "(devel)");
    }
}
