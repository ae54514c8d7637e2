//! The main section of `META-INF/MANIFEST.MF` (JAR File Specification, "JAR Manifest").

/// Attributes of the main section, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    attributes: Vec<(String, String)>,
}

impl Manifest {
    /// Reads the main section: up to the first empty line. A line that begins with a space continues the one
    /// before. Lines without a colon are passed over.
    pub(super) fn parse(bytes: &[u8]) -> Manifest {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for line in lines_of(bytes) {
            match (line.first(), lines.last_mut()) {
                (None, None) => {}
                (None, Some(_)) => break,
                (Some(b' '), Some(last)) => last.extend_from_slice(line.get(1..).unwrap_or_default()),
                _ => lines.push(line.to_vec()),
            }
        }
        // Continuation lines may cut a character in two; only whole lines are text.
        let attribute = |line: &Vec<u8>| {
            let line = String::from_utf8_lossy(line);
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        Manifest { attributes: lines.iter().filter_map(attribute).collect() }
    }

    /// The value of an attribute, unless it is empty or a build left a variable in it. Case does not matter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = attribute.map(|(_, value)| value.as_str()).unwrap_or_default();
        let variable = value.contains("${") || (value.starts_with('@') && value.ends_with('@'));
        (!value.is_empty() && !variable).then_some(value)
    }

    /// Versions that the manifest states, the best evidence first. What follows a space is no version.
    pub(super) fn versions(&self) -> Vec<&str> {
        ["Implementation-Version", "Plugin-Version", "Bundle-Version", "Specification-Version"]
            .into_iter()
            .filter_map(|name| self.get(name)?.split_whitespace().next())
            .filter(|version| version.bytes().any(|b| b.is_ascii_digit()))
            .collect()
    }

    /// `Bundle-SymbolicName` without its directives.
    pub(super) fn symbolic_name(&self) -> Option<&str> {
        self.get("Bundle-SymbolicName")?.split(';').next().map(str::trim).filter(|name| !name.is_empty())
    }

    /// `Implementation-Title` as Gradle builds write it: `group#artifact;version`.
    pub(super) fn coordinates(&self) -> Option<(&str, &str)> {
        let (group, rest) = self.get("Implementation-Title")?.split_once('#')?;
        Some((group, rest.split_once(';').map_or(rest, |(artifact, _)| artifact)))
    }
}

/// Lines that end in CR LF, LF or CR.
fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest.filter(|bytes| !bytes.is_empty())?;
        let Some(end) = memchr::memchr2(b'\r', b'\n', bytes) else {
            rest = None;
            return Some(bytes);
        };
        let width = if bytes.get(end..end + 2) == Some(b"\r\n") { 2 } else { 1 };
        rest = bytes.get(end + width..);
        bytes.get(..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuation_lines_and_line_ends() {
        let text = "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.a\r\n pache.x;singleton:=true\r\n\
                    Implementation-Version: 1.2 (build 7)\rImplementation-Title:io.a#b-c;1.2\n\
                    Specification-Version: ${version}\n\nName: a\nBundle-Version: 9\n";
        let manifest = Manifest::parse(text.as_bytes());
        assert_eq!(manifest.symbolic_name(), Some("org.apache.x"));
        assert_eq!(manifest.versions(), ["1.2"]);
        assert_eq!(manifest.coordinates(), Some(("io.a", "b-c")));
        assert_eq!(manifest.get("bundle-version"), None);
    }

    #[test]
    fn characters_cut_by_continuation() {
        let mut bytes = b"Implementation-Vendor: J\xc3".to_vec();
        bytes.extend(b"\r\n \xb6rg\r\n");
        assert_eq!(Manifest::parse(&bytes).get("Implementation-Vendor"), Some("Jörg"));
    }
}
