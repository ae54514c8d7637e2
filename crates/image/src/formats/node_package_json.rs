//! `package.json` of Node modules (npm documentation, "package.json"): name, version and licence of what is
//! installed.
//!
//! A file counts when it names itself and its version; the many that only set `type` for a folder do not. Outside a
//! `node_modules` folder a `private` one does not count either: it is an application, which no registry knows.

use crate::content::File;
use crate::facts::Facts;
use crate::formats::json_lenient::{Flag, OneOrMany, Text, TextOr, lenient, read};
use crate::formats::source_text::utf8;
use crate::formats::{Format, FormatError, Wants};
use crate::licence;
use batten_model::{Location, Package, PackageKind};

pub(crate) const FORMAT: Format = Format {
    name: "node_package_json",
    version: 1,
    wants: &[Wants::Name("package.json")],
    database: false,
    parse,
};

/// Some published ones carry their whole readme.
const MAX_BYTES: u64 = 16 << 20;
const WORDS: &str = "package.json";
/// Longest name that the registry takes is 214; longer ones are no packages.
const MAX_NAME: usize = 256;
const MAX_VERSION: usize = 256;

lenient! {
    struct Manifest<'a> {
        "name" => name: Text<'a>,
        "version" => version: Text<'a>,
        "private" => private: Flag,
        "license" => licence: OneOrMany<TextOr<'a, LicenceObject<'a>>>,
        "licenses" => licences: OneOrMany<TextOr<'a, LicenceObject<'a>>>,
    }
}

lenient! {
    /// The form that npm no longer writes: `{"type": "MIT", "url": …}`.
    pub(crate) struct LicenceObject<'a> {
        "type" => kind: Text<'a>,
        "name" => name: Text<'a>,
    }
}

pub(crate) fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    if file.content.len() > MAX_BYTES {
        return Err(FormatError::Limit { limit: MAX_BYTES, unit: "bytes" });
    }
    let bytes = file.bytes(MAX_BYTES)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Facts::default());
    }
    let text = utf8(&bytes, WORDS)?;
    let manifest: Manifest<'_> = read(text, WORDS)?;
    Ok(Facts { packages: package(&manifest, file.path).into_iter().collect(), ..Facts::default() })
}

fn package(manifest: &Manifest<'_>, path: &str) -> Option<Package> {
    let name = manifest.name.get().map(str::trim).filter(|name| is_name(name))?;
    let version = manifest.version.get().and_then(version_of)?;
    if manifest.private.0 && !in_node_modules(path) {
        return None;
    }
    let mut package = Package::new(PackageKind::Npm, name, version, Location::at(path));
    package.licence = licence_of(&manifest.licence).or_else(|| licence_of(&manifest.licences));
    Some(package)
}

fn in_node_modules(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

/// Whether a text can be a package's name: templates (`<%= name %>`, `{{name}}`) and sentences cannot.
fn is_name(name: &str) -> bool {
    let bare = name.strip_prefix('@').unwrap_or(name);
    let parts = bare.split('/').count();
    !name.is_empty()
        && name.len() <= MAX_NAME
        && parts <= 1 + usize::from(bare.len() < name.len())
        && bare.split('/').all(|part| !part.is_empty())
        && !bare.contains(|c: char| c.is_whitespace() || c.is_control() || "<>{}()'\"%$@:\\".contains(c))
}

/// The version without the `v` or `=` that npm takes off too; `None` for what is no version.
fn version_of(text: &str) -> Option<&str> {
    let version = text.trim().trim_start_matches(['v', 'V', '=', ' ']);
    let fits = version.starts_with(|c: char| c.is_ascii_digit())
        && version.len() <= MAX_VERSION
        && !version.contains(|c: char| c.is_whitespace() || c.is_control());
    fits.then_some(version)
}

/// The SPDX expression of a licence field in any of its historic forms; several are a choice (`OR`), as npm's own
/// documentation read `licenses`.
pub(crate) fn licence_of(field: &OneOrMany<TextOr<'_, LicenceObject<'_>>>) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for one in field.0.iter().take(20) {
        let text = match one {
            TextOr::Text(text) => Some(text.as_ref()),
            TextOr::Object(object) => object.kind.get().or(object.name.get()),
            TextOr::Other => None,
        };
        if let Some(expression) = text.and_then(spdx)
            && !found.contains(&expression)
        {
            found.push(expression);
        }
    }
    match found.as_slice() {
        [] => None,
        [_] => found.pop(),
        _ => {
            let choice: Vec<String> = found.iter().map(|one| format!("({one})")).collect();
            licence::spdx_expression(&choice.join(" OR "))
        }
    }
}

fn spdx(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        // npm's word for what is not licensed at all is no licence of SPDX's list.
        "UNLICENSED" => Some("LicenseRef-UNLICENSED".to_owned()),
        _ if text.get(..11).is_some_and(|front| front.eq_ignore_ascii_case("SEE LICENSE")) => None,
        _ => licence::spdx_expression(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str, text: &str) -> Option<Package> {
        let file = File { path, mode: 0o644, content: &text.as_bytes().to_vec() };
        parse(&file).unwrap().packages.pop()
    }

    #[test]
    fn names_versions_and_licences() {
        let package = one(
            "app/node_modules/@a/b/package.json",
            r#"{"name": "@a/b", "version": "v1.2.3", "license": "MIT", "private": true}"#,
        )
        .unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("@a/b", "1.2.3"));
        assert_eq!(package.licence.as_deref(), Some("MIT"));
        assert_eq!(package.locations[0].path, "app/node_modules/@a/b/package.json");
    }

    #[test]
    fn real_modules() {
        let read = |name: &str| {
            let file = format!("{}/tests/fixtures/node_package_json/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let package =
                one("node_modules/x/package.json", &std::fs::read_to_string(file).unwrap()).unwrap();
            format!("{}@{} {}", package.name, package.version, package.licence.unwrap_or_default())
        };
        assert_eq!(read("lodash"), "lodash@4.17.11 MIT");
        assert_eq!(read("minimist"), "minimist@0.0.8 MIT");
        assert_eq!(read("code-frame"), "@babel/code-frame@7.0.0 MIT");
    }

    #[test]
    fn old_forms_of_licences() {
        let licence = |field: &str| {
            one("node_modules/a/package.json", &format!(r#"{{"name":"a","version":"1.0.0",{field}}}"#))
                .unwrap()
                .licence
        };
        assert_eq!(licence(r#""license": {"type": "MIT", "url": "x"}"#).as_deref(), Some("MIT"));
        let two = r#""licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]"#;
        assert_eq!(licence(two).as_deref(), Some("MIT OR Apache-2.0"));
        let nested = r#""license": ["(MIT AND Zlib)", "ISC"]"#;
        assert!(licence(nested).is_some_and(|l| l.contains("MIT AND Zlib") && l.contains("ISC")));
        assert_eq!(licence(r#""license": "UNLICENSED""#).as_deref(), Some("LicenseRef-UNLICENSED"));
        assert_eq!(licence(r#""license": "SEE LICENSE IN LICENSE.md""#), None);
        assert_eq!(licence(r#""license": 3"#), None);
    }

    #[test]
    fn what_is_no_module_is_not_listed() {
        for text in [
            r#"{"type": "module"}"#,
            r#"{"name": "a"}"#,
            r#"{"name": "<%= name %>", "version": "1.0.0"}"#,
            r#"{"name": "a b", "version": "1.0.0"}"#,
            r#"{"name": "a", "version": "{{version}}"}"#,
            r#"{"name": ["a"], "version": "1.0.0"}"#,
            "{}",
            " \n",
        ] {
            assert!(one("node_modules/a/package.json", text).is_none(), "{text}");
        }
        let app = r#"{"name": "app", "version": "1.0.0", "private": true}"#;
        assert!(one("srv/app/package.json", app).is_none());
        let tool = r#"{"name": "yarn", "version": "1.22.22"}"#;
        assert!(one("opt/yarn-v1.22.22/package.json", tool).is_some());
    }

    #[test]
    fn damaged_files_are_errors_with_their_place() {
        let file =
            |text: &str| parse(&File { path: "package.json", mode: 0, content: &text.as_bytes().to_vec() });
        let error = file("{\n \"name\": ,}").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(file("[]").is_err());
        assert!(
            file("\u{feff}{\"name\": \"a\", \"version\": \"1.0.0\"}").is_ok_and(|f| f.packages.len() == 1)
        );
    }
}
