//! Platforms of images, and the choice among those that an index offers.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// `os/architecture[/variant]` in the words of the OCI image index ("platform", after Go's GOOS and GOARCH).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
pub struct Platform {
    /// `linux`.
    #[serde(default)]
    pub os: String,
    /// `amd64`, `arm64`, `arm` …
    #[serde(default)]
    pub architecture: String,
    /// `v7` …; empty where there is none.
    #[serde(default)]
    pub variant: String,
}

/// Why a text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no platform of the form os/architecture or os/architecture/variant")]
pub struct PlatformError(pub String);

impl batten_model::Localized for PlatformError {
    fn zh(&self) -> String {
        format!("{:?} 不是平台；请使用 os/architecture[/variant]，例如 linux/arm64", self.0)
    }
}

impl Platform {
    /// Linux on this machine's architecture.
    pub fn host() -> Platform {
        let (architecture, variant) = canonical(std::env::consts::ARCH, "");
        Platform { os: "linux".to_owned(), architecture, variant }
    }

    /// The platform with other words for the same architecture made one (`x86_64` is `amd64`, `aarch64` and
    /// `arm64/v8` are `arm64`).
    fn canonical(&self) -> (String, String, String) {
        let (architecture, variant) = canonical(&self.architecture, &self.variant);
        (self.os.to_ascii_lowercase(), architecture, variant)
    }

    /// How well `offered` serves this platform: smaller is better, `None` is not at all. A platform asked for
    /// without variant takes any; one with a variant takes it, or one that states none, or (32-bit Arm) an older one.
    fn distance(&self, offered: &Platform) -> Option<u32> {
        let (os, architecture, variant) = self.canonical();
        let (offered_os, offered_architecture, offered_variant) = offered.canonical();
        if os != offered_os || architecture != offered_architecture {
            return None;
        }
        match (variant.as_str(), offered_variant.as_str()) {
            (a, b) if a == b => Some(0),
            ("", b) => Some(1 + 20u32.saturating_sub(level(b).unwrap_or(0))),
            (_, "") => Some(30),
            (a, b) => {
                let (wanted, offered) = (level(a)?, level(b)?);
                wanted.checked_sub(offered).map(|older| older + 1)
            }
        }
    }

    /// The place in `offered` of the platform that serves this one best; the first of equals.
    pub fn best<'a>(&self, offered: impl Iterator<Item = &'a Platform>) -> Option<usize> {
        offered
            .enumerate()
            .filter_map(|(place, platform)| Some((self.distance(platform)?, place)))
            .min()
            .map(|(_, place)| place)
    }
}

/// The number in `v7`.
fn level(variant: &str) -> Option<u32> {
    variant.strip_prefix('v')?.parse().ok().filter(|level| *level < 20)
}

fn canonical(architecture: &str, variant: &str) -> (String, String) {
    let architecture = architecture.to_ascii_lowercase();
    let variant = variant.to_ascii_lowercase();
    match (architecture.as_str(), variant.as_str()) {
        ("x86_64" | "x86-64", _) => ("amd64".to_owned(), variant),
        ("aarch64", "" | "v8") | ("arm64", "v8" | "8") => ("arm64".to_owned(), String::new()),
        ("aarch64", _) => ("arm64".to_owned(), variant),
        ("i386" | "x86", _) => ("386".to_owned(), variant),
        ("powerpc64le", _) => ("ppc64le".to_owned(), variant),
        ("riscv64gc", _) => ("riscv64".to_owned(), variant),
        ("armhf", _) => ("arm".to_owned(), "v7".to_owned()),
        ("armel", _) => ("arm".to_owned(), "v6".to_owned()),
        _ => (architecture, variant),
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Platform, PlatformError> {
        let mut parts = text.split('/').map(str::to_owned);
        let refused = || PlatformError(text.chars().take(80).collect());
        let (os, architecture) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(refused)?);
        let variant = parts.next().unwrap_or_default();
        if os.is_empty() || architecture.is_empty() || parts.next().is_some() {
            return Err(refused());
        }
        Ok(Platform { os, architecture, variant })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    fn choice(wanted: &str, offered: &[&str]) -> Option<usize> {
        let offered: Vec<Platform> = offered.iter().map(|text| platform(text)).collect();
        platform(wanted).best(offered.iter())
    }

    #[test]
    fn the_best_offer_wins() {
        assert_eq!(choice("linux/amd64", &["linux/arm64", "linux/amd64"]), Some(1));
        assert_eq!(choice("linux/x86_64", &["linux/arm64/v8", "linux/amd64"]), Some(1));
        assert_eq!(choice("linux/arm64", &["linux/arm/v7", "linux/arm64/v8"]), Some(1));
        assert_eq!(choice("linux/arm64/v8", &["linux/arm64"]), Some(0));
        assert_eq!(choice("linux/arm/v7", &["linux/arm/v5", "linux/arm/v6", "linux/arm64/v8"]), Some(1));
        assert_eq!(choice("linux/arm/v6", &["linux/arm/v7"]), None);
        assert_eq!(choice("linux/arm", &["linux/arm/v5", "linux/arm/v7"]), Some(1));
        assert_eq!(choice("linux/s390x", &["linux/amd64", "windows/amd64"]), None);
    }

    #[test]
    fn texts() {
        assert_eq!(platform("linux/arm/v7").to_string(), "linux/arm/v7");
        for text in ["", "linux", "/", "linux/", "a/b/c/d"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
