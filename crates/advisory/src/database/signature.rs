//! Detached signatures of databases in minisign's format (jedisct1.github.io/minisign, "Signature format"): Ed25519 over
//! BLAKE2b of the file. Published databases are signed; the program knows the key.

use super::error::DatabaseError;
use std::io::Read as _;
use std::path::Path;

/// A key that signatures are verified by.
#[derive(Debug, Clone)]
pub struct PublicKey(minisign_verify::PublicKey);

impl PublicKey {
    /// Reads a key: the base64 line of a minisign public key file, or the whole file.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<PublicKey, String> {
        let text = text.trim();
        let key = if text.contains('\n') {
            minisign_verify::PublicKey::decode(text)
        } else {
            minisign_verify::PublicKey::from_base64(text)
        };
        key.map(PublicKey).map_err(|e| format!("no minisign public key: {e}"))
    }
}

/// Verifies a file against the text of its `.minisig`.
///
/// # Errors
/// When the file cannot be read, or the signature is not this key's over this file.
pub fn verify_signature(path: &Path, signature: &str, key: &PublicKey) -> Result<(), DatabaseError> {
    let place = path.display().to_string();
    let bad = |e: minisign_verify::Error| DatabaseError::BadSignature {
        place: place.clone(),
        reason: e.to_string(),
    };
    let read = |source| DatabaseError::Read { path: path.to_owned(), source };
    let signature = minisign_verify::Signature::decode(signature).map_err(bad)?;
    let mut verifier = key.0.verify_stream(&signature).map_err(bad)?;
    let mut file = std::fs::File::open(path).map_err(read)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let got = file.read(&mut buffer).map_err(read)?;
        if got == 0 {
            return verifier.finalize().map_err(bad);
        }
        verifier.update(buffer.get(..got).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of minisign's own documentation: the content `test`, signed.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==";

    #[test]
    fn signatures_fit_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test");
        std::fs::write(&path, b"test").unwrap();
        let key = PublicKey::parse(KEY).unwrap();
        verify_signature(&path, SIGNATURE, &key).unwrap();
        let whole = format!("untrusted comment: minisign public key\n{KEY}\n");
        verify_signature(&path, SIGNATURE, &PublicKey::parse(&whole).unwrap()).unwrap();
        assert!(verify_signature(&path, &SIGNATURE.replace("RUQf6LRC", "RUQf6LRD"), &key).is_err());
        assert!(verify_signature(&path, "", &key).is_err());
        std::fs::write(&path, b"tesT").unwrap();
        let error = verify_signature(&path, SIGNATURE, &key).unwrap_err();
        assert!(matches!(error, DatabaseError::BadSignature { .. }), "{error}");
        assert!(PublicKey::parse("nonsense").is_err());
    }
}
