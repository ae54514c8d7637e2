//! Which artifact an archive is, where no `pom.properties` of its own tells: by its manifest and file name.

use super::manifest::Manifest;
use super::{file_name, groups};

/// What an archive is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Empty where nothing tells it.
    pub(super) group: String,
    pub(super) artifact: String,
    /// Empty where nothing tells it.
    pub(super) version: String,
}

/// Names an archive. `classes` finds the folder that all its classes share (`org/apache/x`), and is only asked where
/// nothing else tells the group.
pub(super) fn identify(
    stem: &str,
    manifest: &Manifest,
    classes: impl FnOnce() -> Option<String>,
) -> Identity {
    let versions = manifest.versions();
    let (named, version) = file_name::split(stem, &versions);
    let artifact = match (version, manifest.coordinates()) {
        (Some(_), _) => named.to_owned(),
        (None, Some((_, artifact))) => artifact.to_owned(),
        (None, None) => own_name(named, manifest),
    };
    let version = version.or(versions.first().copied()).unwrap_or_default().to_owned();
    let group = groups::known(&artifact, &version)
        .map(str::to_owned)
        .or_else(|| stated_group(&artifact, manifest))
        .or_else(|| classes().and_then(|folder| group_of_classes(&folder, &artifact)))
        .unwrap_or_default();
    Identity { group, artifact, version }
}

/// The artifact where the file name has no version and so may be anything: `app.jar`, `catalina.jar`.
fn own_name(stem: &str, manifest: &Manifest) -> String {
    let title = manifest.get("Implementation-Title").unwrap_or_default();
    // The archives of Tomcat's own distribution bear shorter names than those in the repository.
    if title == "Apache Tomcat" && !stem.starts_with("tomcat") {
        return format!("tomcat-{stem}");
    }
    let plain = |text: &&str| {
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && !text.contains("..")
            && text.len() > 1
    };
    let candidates = [manifest.get("Short-Name"), Some(title).filter(|title| !title.is_empty())];
    let found = candidates.into_iter().flatten().find(plain).unwrap_or(stem);
    // `org.apache.velocity` as a title is the group as well; the artifact is its last part.
    match found.rsplit_once('.') {
        Some((_, last)) if found.split('.').count() > 2 && last == stem => last.to_owned(),
        _ => found.to_owned(),
    }
}

/// The group as the manifest tells it.
fn stated_group(artifact: &str, manifest: &Manifest) -> Option<String> {
    if let Some((group, named)) = manifest.coordinates()
        && named == artifact
    {
        return Some(group.to_owned());
    }
    let from_symbolic = manifest.symbolic_name().and_then(|name| front_of(name, artifact));
    let vendor = manifest.get("Implementation-Vendor-Id").filter(|id| is_group(id) && *id != "org.apache");
    let direct = ["Group-Id", "GroupId", "Maven-GroupId"].into_iter().find_map(|name| manifest.get(name));
    let module = manifest.get("Automatic-Module-Name").and_then(|name| front_of(name, artifact));
    let title = manifest.get("Implementation-Title").filter(|title| is_group(title));
    let extension = manifest.get("Extension-Name").filter(|name| is_group(name));
    let whole = manifest.symbolic_name().filter(|name| is_group(name));
    direct
        .or(from_symbolic)
        .or(vendor)
        .or(whole.map(|name| shortened(name, artifact)))
        .or(module)
        .or(title.map(|name| shortened(name, artifact)))
        .or(extension.map(|name| shortened(name, artifact)))
        .map(str::to_owned)
}

/// The group in `group.artifact`, where the text ends with the artifact (hyphens may have become dots).
fn front_of<'a>(text: &'a str, artifact: &str) -> Option<&'a str> {
    let cut = text.len().checked_sub(artifact.len())?;
    let (front, back) = text.split_at_checked(cut)?;
    let same = back.bytes().zip(artifact.bytes()).all(|(a, b)| a == b || (a == b'.' && b == b'-'));
    front.strip_suffix('.').filter(|front| same && is_group(front))
}

/// A name without its last part, where that is the artifact or a word of it: `org.acme.api` of `acme-api`.
fn shortened<'a>(name: &'a str, artifact: &str) -> &'a str {
    let by_word = || {
        let (front, last) = name.rsplit_once('.')?;
        (is_group(front) && artifact.split(['-', '_', '.']).any(|word| word == last)).then_some(front)
    };
    front_of(name, artifact).or_else(by_word).unwrap_or(name)
}

/// Two or more parts that are Java package names.
fn is_group(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
            && part.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
    };
    text.contains('.') && text.split('.').all(part)
}

/// The group that the classes' common folder suggests: `org/acme/tool` for `tool` is `org.acme`.
fn group_of_classes(folder: &str, artifact: &str) -> Option<String> {
    let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let last = parts.last()?;
    // Standard interfaces and the platform's own classes are packed by many projects.
    if matches!(parts.as_slice(), ["java" | "javax" | "jakarta" | "jdk" | "sun", ..] | ["com", "sun", ..]) {
        return None;
    }
    let named =
        artifact.split(['-', '_', '.']).any(|word| word == *last) || artifact.replace('-', "") == **last;
    let keep = if named && parts.len() > 2 { parts.len() - 1 } else { parts.len() };
    let group = parts.get(..keep)?.join(".");
    is_group(&group).then_some(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(stem: &str, manifest: &str, folder: &str) -> String {
        let manifest = Manifest::parse(manifest.as_bytes());
        let classes = || (!folder.is_empty()).then(|| folder.to_owned());
        let Identity { group, artifact, version } = identify(stem, &manifest, classes);
        format!("{group}:{artifact}:{version}")
    }

    #[test]
    fn manifests_of_real_archives() {
        for (stem, manifest, expected) in [
            (
                "asm-9.2",
                "Bundle-SymbolicName: org.objectweb.asm\nImplementation-Version: 9.2",
                "org.ow2.asm:asm:9.2",
            ),
            (
                "reactor-core-3.4.15",
                "Bundle-Version: 3.4.15.RELEASE",
                "io.projectreactor:reactor-core:3.4.15",
            ),
            (
                "x-core",
                "Implementation-Title: io.x#x-core;1.8.3\nImplementation-Version: 1.8.3",
                "io.x:x-core:1.8.3",
            ),
            (
                "catalina",
                "Implementation-Title: Apache Tomcat\nImplementation-Version: 9.0.58",
                "org.apache.tomcat:tomcat-catalina:9.0.58",
            ),
            (
                "scala-xml-1.0",
                "Bundle-SymbolicName: org.scala-lang.modules.scala-xml",
                "org.scala-lang.modules:scala-xml:1.0",
            ),
            ("a-b-1.0", "Bundle-SymbolicName: com.acme.a.b", "com.acme:a-b:1.0"),
            ("a-b-1.0", "Automatic-Module-Name: com.acme.a.b", "com.acme:a-b:1.0"),
            ("a-b-1.0", "Implementation-Vendor-Id: com.acme", "com.acme:a-b:1.0"),
            ("a-b-1.0", "Implementation-Vendor-Id: Acme Inc.", ":a-b:1.0"),
            ("app", "Implementation-Title: Big App\nImplementation-Version: 2", ":app:2"),
            ("app", "Implementation-Title: big-app\nImplementation-Version: 2", ":big-app:2"),
            ("app", "", ":app:"),
        ] {
            assert_eq!(name(stem, manifest, ""), expected, "{stem}");
        }
    }

    #[test]
    fn classes_tell_the_group_last() {
        assert_eq!(name("tool-1.0", "", "org/acme/tool"), "org.acme:tool:1.0");
        assert_eq!(name("tool-1.0", "", "org/acme/other"), "org.acme.other:tool:1.0");
        assert_eq!(name("tool-1.0", "", "okhttp3"), ":tool:1.0");
        assert_eq!(name("tool-1.0", "", "javax/inject"), ":tool:1.0");
    }
}
