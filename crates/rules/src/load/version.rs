//! Versions as `required_engine_version` and `required_plugin_versions` give them.

use std::fmt;

/// `major.minor.patch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

/// The version of Falco's engine whose language this is.
pub const ENGINE_VERSION: Version = Version { major: 0, minor: 62, patch: 0 };

impl Version {
    /// Reads `1.2.3`, with whatever label behind it.
    pub(crate) fn parse(text: &str) -> Option<Version> {
        let numbers = text.split(['-', '+']).next()?;
        let mut parts = numbers.split('.').map(|part| part.parse::<u64>().ok());
        let version = Version { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
        parts.next().is_none().then_some(version)
    }

    /// Reads an engine's version: the same, or a number alone, which is the minor version.
    pub(crate) fn parse_engine(text: &str) -> Option<Version> {
        match text.parse::<u32>() {
            Ok(minor) => Some(Version { major: 0, minor: minor.into(), patch: 0 }),
            Err(_) => Version::parse(text),
        }
    }

    /// Whether what asks for `required` is served.
    pub(crate) fn serves(self, required: Version) -> bool {
        self.major == required.major && self >= required
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        let version = |text| Version::parse_engine(text).unwrap();
        assert!(ENGINE_VERSION.serves(version("15")) && ENGINE_VERSION.serves(version("0.57.0")));
        assert!(!ENGINE_VERSION.serves(version("0.63.0")) && !ENGINE_VERSION.serves(version("1.0.0")));
        assert_eq!(version("0.4.0-rc1"), version("4"));
        for bad in ["", "1.2", "a.b.c", "1.2.3.4"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }
}
