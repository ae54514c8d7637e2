//! An image in a registry (OCI distribution specification 1.1, "Pull"; Docker Registry HTTP API V2).

use crate::fetch_error::FetchError;
use crate::manifest_kind;
use crate::options::ClientOptions;
use crate::outlet::{Outlet, Reply};
use crate::reference::{Reference, api_host};
use crate::registry_error::RegistryError;
use crate::resume::ResumingReader;
use crate::session::{Endpoint, Session};
use batten_image::manifest::{Descriptor, ImageManifest, MEDIA_TYPES, Manifest, choose};
use batten_image::platform::Platform;
use batten_image::source::{ImageParts, ImageSource, LayerBytes, LayerSource, SourceError};
use batten_model::{Digest, Localized as _};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use ureq::http::{HeaderName, header};

/// Indexes within indexes.
const MAX_DEPTH: usize = 4;
/// Old manifests are asked for too, so that they can be named in the error instead of "not found".
const SCHEMA_ONE: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// What asks registries and feeds. Cheap to clone; connections and tokens are shared.
#[derive(Clone)]
pub struct Client {
    pub(crate) outlet: Arc<Outlet>,
    sessions: Arc<Mutex<HashMap<Endpoint, Arc<Session>>>>,
}

/// What is asked of an image.
#[derive(Debug, Clone, Default)]
pub struct ImageOptions {
    /// The platform wanted of an index; `None` for this machine's, or the only one that there is.
    pub platform: Option<Platform>,
}

/// An image whose manifest and configuration are at hand, and whose layers can be opened in parallel.
pub struct RegistryImage {
    name: String,
    manifest: Vec<u8>,
    digest: Digest,
    config: Vec<u8>,
    config_digest: Digest,
    layers: Vec<LayerSource>,
    /// The endpoint that had the manifest, then the others.
    sessions: Vec<Arc<Session>>,
}

impl Client {
    /// A client. Nothing is opened or read before it is needed.
    pub fn new(options: ClientOptions) -> Client {
        Client { outlet: Arc::new(Outlet::new(options)), sessions: Arc::default() }
    }

    /// The options it was made with.
    pub fn options(&self) -> &ClientOptions {
        self.outlet.options()
    }

    /// Finds an image: manifest (through indexes, for the platform) and configuration are fetched, and checked against
    /// their digests.
    pub fn image(
        &self,
        reference: &Reference,
        options: &ImageOptions,
    ) -> Result<RegistryImage, RegistryError> {
        let mut last = None;
        let endpoints = self.endpoints(reference);
        for (place, endpoint) in endpoints.iter().enumerate() {
            let found = self.session(endpoint).and_then(|session| {
                let resolved = resolve(&session, reference, options)?;
                self.image_of(&session, reference, resolved)
            });
            match found {
                Ok(mut image) => {
                    let others = endpoints.iter().enumerate().filter(|(other, _)| *other > place);
                    image.sessions.extend(others.filter_map(|(_, endpoint)| self.session(endpoint).ok()));
                    return Ok(image);
                }
                Err(error) => last = Some(error),
            }
        }
        // There always is an endpoint, the registry's own, and its error is the last.
        Err(last.unwrap_or_else(|| RegistryError::NotFound {
            registry: reference.registry().to_owned(),
            what: reference.to_string(),
            message: String::new(),
        }))
    }

    fn image_of(
        &self,
        session: &Arc<Session>,
        reference: &Reference,
        resolved: Resolved,
    ) -> Result<RegistryImage, RegistryError> {
        let Resolved { bytes, digest, manifest } = resolved;
        let what = format!("configuration of {reference}");
        let limit = self.options().limits.config;
        let config = read_blob(session, &manifest.config, limit, &what)?;
        let mut layers: Vec<LayerSource> = manifest.layers.into_iter().map(LayerSource::from).collect();
        for layer in layers.iter_mut().filter(|layer| layer.foreign) {
            // Many registries hold such layers all the same.
            layer.foreign = layer.digest.as_ref().is_none_or(|d| !session.has(&format!("blobs/{d}")));
        }
        Ok(RegistryImage {
            name: reference.to_string(),
            manifest: bytes,
            digest,
            config,
            config_digest: manifest.config.digest,
            layers,
            sessions: vec![session.clone()],
        })
    }

    /// Mirrors in their order, then the registry itself.
    fn endpoints(&self, reference: &Reference) -> Vec<Endpoint> {
        let mirrors = self.options().mirrors.iter().filter(|mirror| mirror.registry == reference.registry());
        let mirrors = mirrors.map(|mirror| {
            let (host, path) = mirror.location.split_once('/').unwrap_or((&mirror.location, ""));
            let joint = if path.is_empty() { "" } else { "/" };
            Endpoint {
                registry: host.to_owned(),
                host: api_host(host).to_owned(),
                repository: format!("{path}{joint}{}", reference.repository()),
                own: false,
            }
        });
        mirrors.chain([own_endpoint(reference)]).collect()
    }

    pub(crate) fn session(&self, endpoint: &Endpoint) -> Result<Arc<Session>, RegistryError> {
        if let Some(session) = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(endpoint) {
            return Ok(session.clone());
        }
        let session = Arc::new(Session::new(self.outlet.clone(), endpoint.clone())?);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sessions.entry(endpoint.clone()).or_insert(session).clone())
    }

    /// The session with the registry of `reference` itself.
    pub(crate) fn own_session(&self, reference: &Reference) -> Result<Arc<Session>, RegistryError> {
        self.session(&own_endpoint(reference))
    }
}

impl RegistryImage {
    /// The digest of the image's manifest, checked.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    fn open_blob(&self, layer: &LayerSource) -> Result<ResumingReader, RegistryError> {
        let mut last = None;
        for session in &self.sessions {
            match layer.digest.as_ref().map(|digest| open_blob(session, digest, layer.size)) {
                Some(Ok(reader)) => return Ok(reader),
                Some(Err(error)) if error.is_absent() => last = last.or(Some(error)),
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        Err(last.unwrap_or_else(|| RegistryError::NotFound {
            registry: String::new(),
            what: format!("layer of {}", self.name),
            message: String::new(),
        }))
    }
}

impl ImageSource for RegistryImage {
    fn describe(&self) -> Result<ImageParts, SourceError> {
        Ok(ImageParts {
            name: self.name.clone(),
            manifest: Some(self.manifest.clone()),
            manifest_digest: Some(self.digest.clone()),
            config: self.config.clone(),
            config_digest: Some(self.config_digest.clone()),
            layers: self.layers.clone(),
        })
    }

    fn open(&self, index: usize) -> Result<LayerBytes<'_>, SourceError> {
        let target = self.layers.get(index).and_then(|layer| layer.digest.as_ref());
        let target = target.map_or_else(|| self.name.clone(), Digest::to_string);
        let layer = self.layers.get(index).ok_or_else(|| {
            let text = batten_model::Text::new("the image has no such layer", "镜像没有这一层");
            SourceError::new("no-such-layer", &target, text)
        })?;
        let reader = self.open_blob(layer).map_err(|error| error.into_source_error(&target))?;
        Ok(LayerBytes::Stream(Box::new(reader)))
    }

    fn content_addressed(&self) -> bool {
        true
    }
}

fn own_endpoint(reference: &Reference) -> Endpoint {
    Endpoint {
        registry: reference.registry().to_owned(),
        host: api_host(reference.registry()).to_owned(),
        repository: reference.repository().to_owned(),
        own: true,
    }
}

/// A manifest that has been found and checked.
struct Resolved {
    bytes: Vec<u8>,
    digest: Digest,
    manifest: ImageManifest,
}

/// Follows indexes to the image of the platform.
fn resolve(
    session: &Session,
    reference: &Reference,
    options: &ImageOptions,
) -> Result<Resolved, RegistryError> {
    let mut target = reference.target().to_owned();
    let mut expected = reference.digest().cloned();
    let mut size = None;
    for _ in 0..=MAX_DEPTH {
        let what = if expected.is_some() && size.is_some() {
            format!("{reference} ({target})")
        } else {
            reference.to_string()
        };
        let (bytes, digest) = read_manifest(session, &target, expected.as_ref(), size, &what)?;
        manifest_kind::check(&bytes, &what)?;
        let manifest = Manifest::parse(&bytes)
            .map_err(|source| RegistryError::Manifest { what: what.clone(), source })?;
        match manifest {
            Manifest::Image(manifest) => return Ok(Resolved { bytes, digest, manifest }),
            Manifest::Index(entries) => {
                let next = choose_entry(&entries, options.platform.as_ref())
                    .map_err(|source| RegistryError::Manifest { what, source })?;
                target = next.digest.to_string();
                expected = Some(next.digest.clone());
                size = Some(next.size);
            }
        }
    }
    let reason = "more indexes within indexes than any image needs";
    Err(RegistryError::Ambiguous { what: reference.to_string(), reason })
}

/// The entry for the platform asked for. Where none was, this machine's, else the only one that is an image: reading an
/// image does not need a machine that could run it.
fn choose_entry<'a>(
    entries: &'a [Descriptor],
    wanted: Option<&Platform>,
) -> Result<&'a Descriptor, batten_image::manifest::ManifestError> {
    if let Some(wanted) = wanted {
        return choose(entries, wanted);
    }
    choose(entries, &Platform::host()).or_else(|fault| {
        let is_image = |entry: &&Descriptor| {
            !entry.annotations.contains_key("vnd.docker.reference.type")
                && entry.platform.as_ref().is_none_or(|p| p.os != "unknown")
        };
        let mut images = entries.iter().filter(is_image);
        match (images.next(), images.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(fault),
        }
    })
}

/// A manifest's bytes and digest, checked against `expected` and against what the registry says that it sends.
pub(crate) fn read_manifest(
    session: &Session,
    target: &str,
    expected: Option<&Digest>,
    size: Option<u64>,
    what: &str,
) -> Result<(Vec<u8>, Digest), RegistryError> {
    let accept: Vec<&str> = MEDIA_TYPES.iter().copied().chain([SCHEMA_ONE]).collect();
    let headers = [(header::ACCEPT, accept.join(", "))];
    let path = format!("manifests/{target}");
    let outlet = &session.outlet;
    let limit = outlet.options().limits.manifest;
    let (bytes, stated) = read_whole(session, &path, &headers, limit, what)?;
    // A tag may be served with any digest, but not with one that its own content does not have.
    let stated = stated.and_then(|text| Digest::parse(&text).ok());
    let wanted = expected.or(stated.as_ref());
    let actual = wanted.map_or_else(|| Digest::sha256_of(&bytes), |digest| digest.same_algorithm_of(&bytes));
    if let Some(expected) = wanted.filter(|digest| **digest != actual) {
        return Err(RegistryError::WrongDigest {
            registry: session.endpoint.registry.clone(),
            what: format!("the manifest of {what}"),
            expected: expected.clone(),
            actual,
        });
    }
    check_size(session, what, size, bytes.len() as u64)?;
    Ok((bytes, actual))
}

/// A small blob, whole, checked against its descriptor.
pub(crate) fn read_blob(
    session: &Session,
    descriptor: &Descriptor,
    limit: u64,
    what: &str,
) -> Result<Vec<u8>, RegistryError> {
    let path = format!("blobs/{}", descriptor.digest);
    let (bytes, _) = read_whole(session, &path, &[], limit, what)?;
    let actual = descriptor.digest.same_algorithm_of(&bytes);
    if actual != descriptor.digest {
        return Err(RegistryError::WrongDigest {
            registry: session.endpoint.registry.clone(),
            what: what.to_owned(),
            expected: descriptor.digest.clone(),
            actual,
        });
    }
    Ok(bytes)
}

/// A small answer, asked for again where its body breaks off; and the digest that the registry states for it.
fn read_whole(
    session: &Session,
    path: &str,
    headers: &[(HeaderName, String)],
    limit: u64,
    what: &str,
) -> Result<(Vec<u8>, Option<String>), RegistryError> {
    let outlet = &session.outlet;
    let patience = &outlet.options().patience;
    let mut attempt = 1;
    loop {
        let mut reply = session.get(path, headers, what)?;
        let stated = reply.header(CONTENT_DIGEST).map(str::to_owned);
        match reply.bytes(limit, Instant::now() + patience.answer, outlet.stall_seconds()) {
            Ok(bytes) => return Ok((bytes, stated)),
            Err(fault) if fault.is_passing() && attempt < patience.attempts => {
                attempt += 1;
                outlet.pause_before(attempt);
            }
            Err(fault) => return Err(session.fault(fault)),
        }
    }
}

fn check_size(session: &Session, what: &str, size: Option<u64>, actual: u64) -> Result<(), RegistryError> {
    match size {
        // 0 stands for a writer that left the size out.
        Some(expected) if expected != 0 && expected != actual => Err(RegistryError::WrongSize {
            registry: session.endpoint.registry.clone(),
            what: what.to_owned(),
            expected,
            actual,
        }),
        _ => Ok(()),
    }
}

/// A blob as a stream that resumes by itself. Its digest is the reader's to check.
pub(crate) fn open_blob(
    session: &Arc<Session>,
    digest: &Digest,
    size: Option<u64>,
) -> Result<ResumingReader, RegistryError> {
    let path = format!("blobs/{digest}");
    let what = format!("blob {digest} of {}", session.endpoint.repository);
    let first = session.get(&path, &[], &what)?;
    let again = {
        let session = session.clone();
        move |offset: u64| -> io::Result<Reply> {
            let range = [(header::RANGE, format!("bytes={offset}-"))];
            session.get(&path, &range, &what).map_err(|error| match error {
                RegistryError::Fetch { source, .. } => io::Error::other(source),
                other => io::Error::other(other),
            })
        }
    };
    let limit = session.outlet.options().limits.blob;
    let size = size.filter(|size| *size > 0);
    ResumingReader::new(session.outlet.clone(), first, 0, size, limit, Box::new(again))
        .map_err(|error| session.fault(into_fetch_error(error)))
}

/// The error inside a stream's error.
pub(crate) fn into_fetch_error(error: io::Error) -> FetchError {
    let text = error.to_string();
    match error.into_inner().map(|inner| inner.downcast::<FetchError>()) {
        Some(Ok(inner)) => *inner,
        _ => FetchError::Interrupted { url: String::new(), received: 0, reason: text },
    }
}

/// What a read error of a layer means, in both languages; `None` for errors that are not of this room.
pub fn describe_read_error(error: &io::Error) -> Option<batten_model::Text> {
    let inner = error.get_ref()?;
    let fetch = inner.downcast_ref::<FetchError>().map(|e| e.text());
    fetch.or_else(|| inner.downcast_ref::<RegistryError>().map(|e| e.text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_come_first_with_their_path() {
        let mut options = ClientOptions::default();
        options.mirrors = vec![crate::options::Mirror::parse("https://m.example/hub")];
        let client = Client::new(options);
        let endpoints = client.endpoints(&Reference::parse("nginx").unwrap());
        let shown: Vec<String> = endpoints.iter().map(|e| format!("{}/{}", e.host, e.repository)).collect();
        assert_eq!(shown, ["m.example/hub/library/nginx", "registry-1.docker.io/library/nginx"]);
        assert_eq!(client.endpoints(&Reference::parse("q.io/a").unwrap()).len(), 1);
    }
}
