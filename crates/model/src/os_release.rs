//! `/etc/os-release` (freedesktop.org, os-release(5)) and what it says of a distribution's family.

use serde::{Deserialize, Serialize};

/// The distribution, as its os-release file or its family's older release file names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OsRelease {
    /// `ID`, lower case; empty where the file has none.
    pub id: String,
    /// `ID_LIKE`, split at spaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_like: Vec<String>,
    /// `VERSION_ID`.
    #[serde(default)]
    pub version_id: String,
    /// `VERSION_CODENAME`, or `UBUNTU_CODENAME` where it is missing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub codename: String,
    /// `PRETTY_NAME`, or `NAME` where it is missing.
    #[serde(default)]
    pub name: String,
}

/// Distributions that share package formats and version order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DistroFamily {
    /// Debian and all that is made from it.
    Debian,
    /// Alpine, Wolfi, Chainguard.
    Alpine,
    /// Red Hat, Fedora and all that is made from them.
    RedHat,
    /// SUSE and openSUSE.
    Suse,
    /// Not known.
    Other,
}

/// `ID` values of RPM distributions that may come without an `ID_LIKE`.
const RED_HAT_IDS: &[&str] = &[
    "alinux",
    "almalinux",
    "amzn",
    "anolis",
    "asianux",
    "azurelinux",
    "centos",
    "circle",
    "euleros",
    "eurolinux",
    "fedora",
    "hce",
    "kylin",
    "mariner",
    "miraclelinux",
    "navylinux",
    "ol",
    "openEuler",
    "openeuler",
    "opencloudos",
    "oraclelinux",
    "photon",
    "redhat",
    "rhcos",
    "rhel",
    "rocky",
    "scientific",
    "tencentos",
    "uos",
    "uosserver",
    "virtuozzo",
];

impl OsRelease {
    /// Reads os-release. Lines that are no assignment are skipped, as os-release(5) demands of readers; an empty
    /// [`OsRelease::id`] says that the text was none.
    pub fn parse(text: &str) -> OsRelease {
        let mut os = OsRelease::default();
        let (mut name, mut ubuntu_codename) = (String::new(), String::new());
        for line in text.lines() {
            let Some((key, value)) = line.trim().split_once('=') else { continue };
            let value = unquote(value.trim());
            match key.trim() {
                "ID" => os.id = value.to_ascii_lowercase(),
                "ID_LIKE" => os.id_like = value.split_whitespace().map(str::to_ascii_lowercase).collect(),
                "VERSION_ID" => os.version_id = value,
                "VERSION_CODENAME" => os.codename = value,
                "UBUNTU_CODENAME" => ubuntu_codename = value,
                "PRETTY_NAME" => os.name = value,
                "NAME" => name = value,
                _ => {}
            }
        }
        if os.name.is_empty() {
            os.name = name;
        }
        if os.codename.is_empty() {
            os.codename = ubuntu_codename;
        }
        os
    }

    /// The family, by `ID` first and `ID_LIKE` then. Kylin and UOS have desktops made from Debian and servers made
    /// from RPM packages under the same `ID`; there `ID_LIKE` goes first.
    pub fn family(&self) -> DistroFamily {
        if matches!(self.id.as_str(), "kylin" | "uos")
            && self.id_like.iter().any(|like| family_of_id(like) == DistroFamily::Debian)
        {
            return DistroFamily::Debian;
        }
        std::iter::once(self.id.as_str())
            .chain(self.id_like.iter().map(String::as_str))
            .map(family_of_id)
            .find(|family| *family != DistroFamily::Other)
            .unwrap_or(DistroFamily::Other)
    }

    /// `id-version`, the `distro` qualifier of package URLs; the id alone for rolling releases.
    pub fn distro_qualifier(&self) -> String {
        match (self.id.is_empty(), self.version_id.is_empty(), self.codename.is_empty()) {
            (true, ..) => String::new(),
            (_, false, _) => format!("{}-{}", self.id, self.version_id),
            (_, true, false) => format!("{}-{}", self.id, self.codename),
            _ => self.id.clone(),
        }
    }

    /// `VERSION_ID` up to the first dot.
    pub fn major(&self) -> &str {
        self.version_id.split('.').next().unwrap_or_default()
    }
}

fn family_of_id(id: &str) -> DistroFamily {
    match id {
        "debian" | "ubuntu" | "raspbian" | "linuxmint" | "kali" | "pop" | "devuan" | "deepin"
        | "openkylin" => DistroFamily::Debian,
        "alpine" | "wolfi" | "chainguard" | "postmarketos" => DistroFamily::Alpine,
        "suse"
        | "sles"
        | "sled"
        | "sle_hpc"
        | "sl-micro"
        | "sle-micro"
        | "suse-microos"
        | "opensuse"
        | "opensuse-leap"
        | "opensuse-tumbleweed"
        | "opensuse-microos" => DistroFamily::Suse,
        id if RED_HAT_IDS.contains(&id) => DistroFamily::RedHat,
        _ => DistroFamily::Other,
    }
}

/// Takes quotes and backslash escapes away as a shell would.
fn unquote(value: &str) -> String {
    let inner = match value.as_bytes() {
        [b'"', .., b'"'] | [b'\'', .., b'\''] => value.get(1..value.len() - 1).unwrap_or_default(),
        _ => value,
    };
    if !value.starts_with('"') || !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotes_and_escapes() {
        let os = OsRelease::parse(
            "# c\nID='Alpine'\nVERSION_ID=3.18.4\nPRETTY_NAME=\"A \\\"b\\\" \\$c\"\nnoise\n",
        );
        assert_eq!(
            (os.id.as_str(), os.version_id.as_str(), os.name.as_str()),
            ("alpine", "3.18.4", "A \"b\" $c")
        );
        assert_eq!(os.distro_qualifier(), "alpine-3.18.4");
        assert_eq!(OsRelease::parse("\"\n=\nID").id, "");
    }

    #[test]
    fn families() {
        let family = |text: &str| OsRelease::parse(text).family();
        assert_eq!(family("ID=ubuntu\nID_LIKE=debian"), DistroFamily::Debian);
        assert_eq!(family("ID=openEuler"), DistroFamily::RedHat);
        assert_eq!(family("ID=\"kylin\""), DistroFamily::RedHat);
        assert_eq!(family("ID=sles"), DistroFamily::Suse);
        assert_eq!(family("ID=mydistro\nID_LIKE=\"rhel fedora\""), DistroFamily::RedHat);
        assert_eq!(family("ID=mydistro"), DistroFamily::Other);
        assert_eq!(family("ID=kylin\nID_LIKE=debian"), DistroFamily::Debian);
        assert_eq!(family("ID=uos\nID_LIKE=\"rhel fedora\""), DistroFamily::RedHat);
    }
}
