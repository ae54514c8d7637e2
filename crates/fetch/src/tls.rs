//! Whom to trust, and who we are: certificate authorities and client certificates for one host.
//!
//! The system's authorities are used, not a list in the binary: such a list ages with the binary, and an administrator
//! who distrusts an authority must be heeded. A container without them gets an error that says what to do.

use crate::fetch_error::FetchError;
use crate::options::ClientOptions;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Largest certificate or key file, in bytes.
const MAX_BYTES: u64 = 8 << 20;
/// Most files of one host's folder.
const MAX_FILES: usize = 256;

/// The authorities of this machine, read when first needed.
#[derive(Debug, Default)]
pub(crate) struct Authorities {
    system: OnceLock<Arc<Vec<Certificate<'static>>>>,
}

impl Authorities {
    /// The TLS settings for `authority` (`host[:port]`).
    pub(crate) fn for_host(
        &self,
        options: &ClientOptions,
        authority: &str,
        url: &str,
    ) -> Result<TlsConfig, FetchError> {
        let mut extra = Vec::new();
        for path in &options.ca_files {
            extra.extend(read_certificates(path)?);
        }
        let own = HostFiles::find(&options.certificate_folders, authority)?;
        for path in &own.authorities {
            extra.extend(read_certificates(path)?);
        }
        let client = own.client.as_ref().map(|(chain, key)| read_client(chain, key)).transpose()?;
        let unchecked = options.is_insecure(authority);
        let system = self.system.get_or_init(|| Arc::new(system_authorities(options)));
        let roots = if extra.is_empty() { system.clone() } else { Arc::new(join(system, &extra)) };
        if roots.is_empty() && !unchecked {
            return Err(FetchError::NoAuthorities { url: url.to_owned() });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Ok(TlsConfig::builder()
            .root_certs(RootCerts::Specific(roots))
            .client_cert(client)
            .disable_verification(unchecked)
            .unversioned_rustls_crypto_provider(provider)
            .build())
    }
}

fn join(system: &[Certificate<'static>], extra: &[CertificateDer<'static>]) -> Vec<Certificate<'static>> {
    system.iter().cloned().chain(extra.iter().map(|c| Certificate::from_der(c).to_owned())).collect()
}

/// SSL_CERT_FILE and SSL_CERT_DIR, else where the distribution keeps them. An unreadable one among many is not fatal:
/// what is left may do, and nothing left is an error of its own.
fn system_authorities(options: &ClientOptions) -> Vec<Certificate<'static>> {
    let file = options.environment.path("SSL_CERT_FILE");
    let folder = options.environment.path("SSL_CERT_DIR");
    let found = if file.is_some() || folder.is_some() {
        rustls_native_certs::load_certs_from_paths(file.as_deref(), folder.as_deref())
    } else {
        rustls_native_certs::load_native_certs()
    };
    found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
}

/// The files of one host in Docker's layout.
#[derive(Debug, Default)]
struct HostFiles {
    authorities: Vec<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
}

impl HostFiles {
    fn find(folders: &[PathBuf], authority: &str) -> Result<HostFiles, FetchError> {
        let mut found = HostFiles::default();
        // The name comes from a reference or a redirect; it must stay one component.
        if authority.contains(['/', '\\']) || authority.starts_with('.') {
            return Ok(found);
        }
        for folder in folders {
            let folder = folder.join(authority);
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                    return Err(FetchError::CertificateFile { path: folder, reason: e.to_string() });
                }
                Err(_) => continue,
            };
            let mut paths: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).take(MAX_FILES).collect();
            paths.sort();
            for path in paths {
                match path.extension().and_then(|e| e.to_str()) {
                    Some("crt") => found.authorities.push(path),
                    Some("cert") if found.client.is_none() => {
                        let key = path.with_extension("key");
                        if !key.is_file() {
                            let reason = format!("its key {} is missing", key.display());
                            return Err(FetchError::CertificateFile { path, reason });
                        }
                        found.client = Some((path, key));
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, FetchError> {
    use std::io::Read as _;
    let fault = |reason: String| FetchError::CertificateFile { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(|e| fault(e.to_string()))?;
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(|e| fault(e.to_string()))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(fault(format!("larger than {MAX_BYTES} bytes")));
    }
    Ok(text)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FetchError> {
    let fault = |reason: String| FetchError::CertificateFile { path: path.to_owned(), reason };
    let text = read_file(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|e| fault(format!("no PEM certificates ({e})")))?;
    if certificates.is_empty() {
        return Err(fault("no PEM certificate in it".to_owned()));
    }
    Ok(certificates)
}

fn read_client(chain: &Path, key: &Path) -> Result<ClientCert, FetchError> {
    let key_fault =
        |reason: &str| FetchError::CertificateFile { path: key.to_owned(), reason: reason.to_owned() };
    let certificates = read_certificates(chain)?;
    // The reader's own words could quote the file: a key's never are passed on.
    let text = read_file(key)?;
    let der = PrivateKeyDer::from_pem_slice(&text).map_err(|_| key_fault("no PEM private key in it"))?;
    let provider = rustls::crypto::ring::default_provider();
    // Checked here, because the client takes a pair that does not fit together for a fault in the program.
    rustls::sign::CertifiedKey::from_der(certificates.clone(), der.clone_key(), &provider).map_err(|_| {
        key_fault("not the key of the certificate beside it, or of a kind that is not supported")
    })?;
    let certificates: Vec<_> = certificates.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
    let key = PrivateKey::from_pem(&text).map_err(|_| key_fault("no PEM private key in it"))?;
    Ok(ClientCert::new_with_certs(&certificates, key))
}
