//! The keys of packages ("dependency paths") and the references to them, in each version of the format.

/// The generations of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `/name/version_peers`, pnpm 3 to 7.
    V5,
    /// `/name@version(peer@version)`, pnpm 8.
    V6,
    /// `name@version(peer@version)`, pnpm 9 and later.
    V9,
}

/// The key without the peers behind it.
pub(super) fn without_peers(key: &str, version: Version) -> &str {
    match version {
        Version::V5 => key,
        Version::V6 | Version::V9 => key.find('(').and_then(|end| key.get(..end)).unwrap_or(key),
    }
}

/// Name and, for packages of a registry, version of a key; `None` where the key names no package.
pub(super) fn name_and_version(key: &str, version: Version) -> Option<(&str, Option<&str>)> {
    match version {
        Version::V5 => v5(key),
        Version::V6 | Version::V9 => {
            let key = without_peers(key, version);
            // A key that does not begin with a slash has the registry's host in front, in version 6.
            let key = match key.strip_prefix('/') {
                Some(key) => key,
                None if version == Version::V6 => key.split_once('/').map_or(key, |(_, key)| key),
                None => key,
            };
            let scope = usize::from(key.starts_with('@'));
            let place = key.get(scope..)?.find('@')? + scope;
            let (name, number) = (key.get(..place)?, key.get(place + 1..)?);
            (name.len() > scope).then_some((name, is_number(number).then_some(number)))
        }
    }
}

/// `/@scope/name/1.0.0_peers`, or with the registry's host in front of the slash.
fn v5(key: &str) -> Option<(&str, Option<&str>)> {
    let rest = match key.strip_prefix('/') {
        Some(rest) => rest,
        None => key.split_once('/')?.1,
    };
    let name_end = if rest.starts_with('@') {
        let slash = rest.find('/')?;
        rest.get(slash + 1..)?.find('/')? + slash + 1
    } else {
        rest.find('/')?
    };
    let (name, number) = (rest.get(..name_end)?, rest.get(name_end + 1..)?);
    // Peers stand behind `_`, and before pnpm 3.? behind a further slash.
    let number = number.split(['_', '/']).next().unwrap_or(number);
    (!name.is_empty()).then_some((name, is_number(number).then_some(number)))
}

/// A registry's version, and not an address, a folder or a commit.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.') && !text.contains([':', '/'])
}

/// The keys that `reference`, the value of a need called `name`, can mean, the likeliest first. An alias has the
/// whole key of the real package as its value.
pub(super) fn reference_keys(name: &str, reference: &str, version: Version) -> Vec<String> {
    if reference.starts_with("link:") {
        return Vec::new();
    }
    let whole = reference.to_owned();
    match version {
        Version::V5 => vec![format!("/{name}/{reference}"), whole],
        Version::V6 => vec![format!("/{name}@{reference}"), whole],
        Version::V9 => vec![format!("{name}@{reference}"), whole],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_version() {
        let some = |name, number| Some((name, Some(number)));
        assert_eq!(name_and_version("/@a/b/1.0.0_react@18.2.0", Version::V5), some("@a/b", "1.0.0"));
        assert_eq!(name_and_version("/b/1.0.0-rc.1/react@16", Version::V5), some("b", "1.0.0-rc.1"));
        assert_eq!(name_and_version("registry.npmjs.org/b/1.0.0", Version::V5), some("b", "1.0.0"));
        assert_eq!(name_and_version("github.com/u/r/0ab1", Version::V5), Some(("u", None)));
        assert_eq!(name_and_version("file:../x", Version::V5), some("x", "").and(None));
        assert_eq!(
            name_and_version("/@a/b@1.0.0(c@2.0.0)(d@3.0.0(e@4.0.0))", Version::V6),
            some("@a/b", "1.0.0")
        );
        assert_eq!(name_and_version("a@1.0.0(b@2.0.0)", Version::V9), some("a", "1.0.0"));
        assert_eq!(
            name_and_version("a@https://codeload.github.com/u/a/tar.gz/0ab1", Version::V9),
            Some(("a", None))
        );
        assert_eq!(name_and_version("@a/b@file:x.tgz", Version::V9), Some(("@a/b", None)));
        for broken in ["", "/", "@", "/@a", "@a@", "a"] {
            for version in [Version::V5, Version::V6, Version::V9] {
                assert!(
                    name_and_version(broken, version).is_none_or(|(_, number)| number.is_none()),
                    "{broken}"
                );
            }
        }
    }
}
