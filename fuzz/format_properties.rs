//! What holds for every package format, whatever the bytes.

use batten_image::content::File;
use batten_image::formats::FORMATS;
use batten_model::PackageKind;

/// Reads `bytes` as a file of this format: packages lie in the file, problems name it, and the same
/// bytes give the same facts.
pub fn check(format: &str, path: &str, bytes: &[u8]) {
    let format = FORMATS.iter().find(|one| one.name == format).expect("a format of this name");
    let content = bytes.to_vec();
    let read = || (format.parse)(&File { path, mode: 0o755, content: &content });
    let Ok(facts) = read() else { return };
    for package in &facts.packages {
        assert!(package.locations.iter().all(|place| place.path.starts_with(path)), "{package:?}");
        assert!(package.purl(None).as_str().starts_with("pkg:"));
        assert!(
            package
                .locations
                .iter()
                .all(|place| place.line.is_none_or(|line| line as usize <= bytes.len() + 1))
        );
        let own = format!("{}@{}", package.name, package.version);
        assert!(package.dependency_path.last().is_none_or(|last| last == own), "{package:?}");
        if matches!(package.kind, PackageKind::Npm | PackageKind::Pypi) {
            assert!(!package.name.is_empty() && !package.version.is_empty(), "{package:?}");
        }
    }
    assert!(facts.problems.iter().all(|problem| problem.target.starts_with(path) && !problem.zh.is_empty()));
    assert_eq!(Some(facts), read().ok());
}
