//! Installed Python distributions: `<name>-<version>.dist-info/METADATA` (packaging.python.org, "Recording installed
//! projects").

use crate::content::File;
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants, python_metadata};

pub(crate) const FORMAT: Format = Format {
    name: "python_dist_info",
    version: 1,
    wants: &[Wants::FolderSuffix(".dist-info", "METADATA")],
    database: false,
    parse,
};

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let folder = file.folder();
    let name = folder.rsplit_once('/').map_or(folder, |(_, name)| name);
    let fallback = name.strip_suffix(".dist-info").and_then(|stem| stem.split_once('-'));
    python_metadata::facts(file, FORMAT.name, fallback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::Origin;

    fn one(folder: &str) -> (String, Option<String>) {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/python_dist_info/");
        let content = std::fs::read(format!("{root}{folder}/METADATA")).unwrap();
        let path = format!("usr/lib/python3/dist-packages/{folder}/METADATA");
        let facts = parse(&File { path: &path, mode: 0o644, content: &content }).unwrap();
        let package = &facts.packages[0];
        assert_eq!(package.origin, Origin::Installed);
        assert_eq!(package.locations[0].path, path);
        (format!("{}@{}", package.name, package.version), package.licence.clone())
    }

    #[test]
    fn real_distributions() {
        let is = |folder: &str, name: &str, licence: &str| {
            assert_eq!(one(folder), (name.to_owned(), Some(licence.to_owned())), "{folder}");
        };
        is("Jinja2-2.10.dist-info", "jinja2@2.10", "LicenseRef-BSD");
        is("MarkupSafe-2.1.5.dist-info", "markupsafe@2.1.5", "BSD-3-Clause");
        is("attrs-25.3.0.dist-info", "attrs@25.3.0", "MIT");
        is("typing_extensions-4.15.0.dist-info", "typing-extensions@4.15.0", "PSF-2.0");
    }

    #[test]
    fn the_folder_tells_what_the_file_does_not() {
        let content = b"Metadata-Version: 2.1\n".to_vec();
        let path = "lib/foo_bar-1.2.dist-info/METADATA";
        let facts = parse(&File { path, mode: 0o644, content: &content }).unwrap();
        assert_eq!((facts.packages[0].name.as_str(), facts.packages[0].version.as_str()), ("foo-bar", "1.2"));
        let facts = parse(&File { path: "lib/.dist-info/METADATA", mode: 0o644, content: &content }).unwrap();
        assert!(facts.packages.is_empty() && facts.problems.len() == 1);
    }
}
