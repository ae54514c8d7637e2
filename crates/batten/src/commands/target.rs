//! What a person means by a target: a file, a folder, or a reference in a registry.

use super::World;
use crate::failure::Failure;
use batten_fetch::Reference;
use std::path::{Path, PathBuf};

/// An image, by where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ImageTarget {
    /// An archive or layout, and the name of the image in it.
    Local {
        /// File or folder.
        path: PathBuf,
        /// Name, tag or digest in the archive.
        name: Option<String>,
    },
    /// In a registry.
    Registry(Reference),
}

/// Transports that name a file or folder.
const LOCAL: &[&str] = &["docker-archive:", "oci-archive:", "oci:"];
/// Transports that name a registry.
const REMOTE: &[&str] = &["registry:", "docker://"];

/// Parses a target of `scan image`.
pub(crate) fn image(world: &World, text: &str) -> Result<ImageTarget, Failure> {
    if let Some(rest) = LOCAL.iter().find_map(|transport| text.strip_prefix(transport)) {
        return Ok(local(rest).unwrap_or_else(|| ImageTarget::Local { path: rest.into(), name: None }));
    }
    if let Some(rest) = REMOTE.iter().find_map(|transport| text.strip_prefix(transport)) {
        return reference(world, rest);
    }
    if let Some(found) = local(text) {
        return Ok(found);
    }
    if text.starts_with(['/', '.', '~']) || text.ends_with(".tar") || text.contains(".tar.") {
        return Ok(ImageTarget::Local { path: text.into(), name: None });
    }
    reference(world, text)
}

/// A path that is there, or `PATH:NAME` whose path is an archive or a layout.
fn local(text: &str) -> Option<ImageTarget> {
    let whole = Path::new(text);
    if whole.exists() {
        return Some(ImageTarget::Local { path: whole.to_owned(), name: None });
    }
    text.match_indices(':').find_map(|(place, _)| {
        let path = Path::new(text.get(..place)?);
        let name = text.get(place + 1..).filter(|name| !name.is_empty())?;
        // A folder that merely bears the name of a repository is no layout.
        let is_image = path.is_file() || path.join("index.json").is_file();
        is_image.then(|| ImageTarget::Local { path: path.to_owned(), name: Some(name.to_owned()) })
    })
}

fn reference(world: &World, text: &str) -> Result<ImageTarget, Failure> {
    Reference::parse(text).map(ImageTarget::Registry).map_err(|error| Failure::of(world.lang, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use batten_model::Lang;

    fn parse(text: &str) -> ImageTarget {
        image(&World { settings: Settings::default(), lang: Lang::En, talkative: false }, text).unwrap()
    }

    #[test]
    fn what_is_there_is_a_path_and_the_rest_a_reference() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar");
        std::fs::write(&archive, b"").unwrap();
        let text = archive.to_str().unwrap();
        assert_eq!(parse(text), ImageTarget::Local { path: archive.clone(), name: None });
        let named = ImageTarget::Local { path: archive.clone(), name: Some("x/y:1".to_owned()) };
        assert_eq!(parse(&format!("{text}:x/y:1")), named);
        assert_eq!(parse(&format!("docker-archive:{text}:x/y:1")), named);
        assert!(matches!(parse("./missing.tar"), ImageTarget::Local { .. }));
        assert!(matches!(parse("nginx:1.25"), ImageTarget::Registry(_)));
        assert!(matches!(parse("registry:localhost:5000/a:b"), ImageTarget::Registry(_)));
    }
}
