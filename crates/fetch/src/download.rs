//! One file from a server: conditional (RFC 9110, section 13), resumable over runs (section 14.2, If-Range), checked,
//! and never in place of the old one before it is whole.

use crate::address::Address;
use crate::download_error::DownloadError;
use crate::fetch_error::FetchError;
use crate::outlet::{Call, Outlet, Reply};
use crate::registry::into_fetch_error;
use crate::resume::ResumingReader;
use batten_model::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use ureq::http::header;

/// What tells one version of a file from another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    fn of(reply: &Reply) -> Validators {
        let text = |name| reply.header(name).filter(|text| text.len() <= 1024).map(str::to_owned);
        Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// What `If-Range` takes: a strong tag, or a date.
    fn strong(&self) -> Option<&str> {
        match &self.etag {
            Some(tag) if !tag.starts_with("W/") => Some(tag),
            Some(_) => None,
            None => self.last_modified.as_deref(),
        }
    }

    fn add_conditions(&self, call: &mut Call) {
        let conditions =
            [(header::IF_NONE_MATCH, &self.etag), (header::IF_MODIFIED_SINCE, &self.last_modified)];
        for (name, value) in conditions {
            call.headers.extend(value.iter().map(|value| (name.clone(), value.clone())));
        }
    }
}

/// A file to fetch.
pub(crate) struct Download<'a> {
    pub(crate) outlet: &'a Arc<Outlet>,
    pub(crate) address: Address,
    /// Where the bytes are gathered.
    pub(crate) part: &'a Path,
    /// The version that `part` holds the beginning of.
    pub(crate) begun: Option<Validators>,
    /// The version that is at hand already.
    pub(crate) at_hand: Option<Validators>,
    pub(crate) limit: u64,
    /// Told the bytes so far, and all that are expected.
    pub(crate) progress: &'a dyn Fn(u64, Option<u64>),
}

/// What came of it.
pub(crate) enum Downloaded {
    /// The version at hand is the current one.
    Unchanged,
    /// `part` is whole.
    New { validators: Validators, digest: Digest, bytes: u64 },
}

impl Download<'_> {
    /// Fetches. `starting` is told the version before its first byte is written, so that a later run can go on with it.
    pub(crate) fn run(
        &self,
        starting: &dyn Fn(&Validators) -> Result<(), DownloadError>,
    ) -> Result<Downloaded, DownloadError> {
        let held = std::fs::metadata(self.part).map_or(0, |data| data.len());
        let range = self.begun.as_ref().and_then(Validators::strong).filter(|_| held > 0);
        let mut call = Call::get(self.address.clone());
        match range {
            Some(version) => call.headers.extend(range_headers(held, version)),
            None => self.at_hand.iter().for_each(|at_hand| at_hand.add_conditions(&mut call)),
        }
        let mut reply = self.outlet.ask(&call)?;
        if range.is_some() && matches!(reply.status, 412 | 416) {
            // What is held is longer than what is there: begin anew.
            reply = self.outlet.ask(&Call::get(self.address.clone()))?;
        }
        match reply.status {
            304 if range.is_none() && self.at_hand.is_some() => Ok(Downloaded::Unchanged),
            206 if range.is_some() => self.receive(reply, held, starting),
            200 => self.receive(reply, 0, starting),
            status => {
                let (url, attempts) = (reply.address.shown(), reply.attempts);
                Err(FetchError::Status { url, status, attempts, wait: None }.into())
            }
        }
    }

    fn receive(
        &self,
        reply: Reply,
        from: u64,
        starting: &dyn Fn(&Validators) -> Result<(), DownloadError>,
    ) -> Result<Downloaded, DownloadError> {
        let validators = match (&self.begun, from) {
            (Some(begun), 1..) => begun.clone(),
            _ => Validators::of(&reply),
        };
        starting(&validators)?;
        let (file, mut hasher) = self.open_part(from)?;
        let total = reply.length().map(|length| length.saturating_add(from));
        let again = self.continuation(&validators);
        let mut reader = ResumingReader::new(self.outlet.clone(), reply, from, total, self.limit, again)
            .map_err(|e| self.read_fault(e))?;
        let report = |bytes| (self.progress)(bytes, total);
        let bytes = copy(&mut reader, &file, self.part, from, &mut hasher, &report).map_err(|e| match e {
            CopyFault::Read(e) => self.read_fault(e),
            CopyFault::Write(e) => e,
        })?;
        Ok(Downloaded::New { validators, digest: Digest::from_sha256(&hasher.finalize()), bytes })
    }

    /// The gathering file, cut to `from`, and the hash of what is in it.
    fn open_part(&self, from: u64) -> Result<(File, Sha256), DownloadError> {
        let fault = |e| DownloadError::write(self.part, e);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(self.part).map_err(fault)?;
        file.set_len(from).map_err(fault)?;
        let mut hasher = Sha256::new();
        let mut chunk = vec![0; 256 << 10];
        loop {
            match file.read(&mut chunk).map_err(fault)? {
                0 => break,
                count => hasher.update(chunk.get(..count).unwrap_or_default()),
            }
        }
        file.seek(SeekFrom::Start(from)).map_err(fault)?;
        Ok((file, hasher))
    }

    fn continuation(&self, validators: &Validators) -> crate::resume::Open {
        let (outlet, address, validators) = (self.outlet.clone(), self.address.clone(), validators.clone());
        Box::new(move |offset| {
            let mut call = Call::get(address.clone());
            let Some(version) = validators.strong() else {
                // Nothing tells whether it is still the same file: only the whole can be trusted.
                return Err(io::Error::other(Replaced));
            };
            call.headers.extend(range_headers(offset, version));
            let reply = outlet.ask(&call).map_err(io::Error::other)?;
            if reply.status == 200 && Validators::of(&reply) != validators {
                return Err(io::Error::other(Replaced));
            }
            Ok(reply)
        })
    }

    fn read_fault(&self, error: io::Error) -> DownloadError {
        if error.get_ref().is_some_and(|inner| inner.is::<Replaced>()) {
            return DownloadError::Changed { url: self.address.shown() };
        }
        into_fetch_error(error).into()
    }
}

/// The file was replaced on the server, or may have been.
#[derive(Debug, thiserror::Error)]
#[error("the file was replaced")]
struct Replaced;

fn range_headers(offset: u64, version: &str) -> [(ureq::http::HeaderName, String); 2] {
    [(header::RANGE, format!("bytes={offset}-")), (header::IF_RANGE, version.to_owned())]
}

/// Which side of a copy failed.
pub(crate) enum CopyFault {
    Read(io::Error),
    Write(DownloadError),
}

/// Copies into `file` behind `from` bytes, hashing; the file is on disk when this returns. Returns the file's length.
pub(crate) fn copy(
    reader: &mut dyn Read,
    mut file: &File,
    path: &Path,
    from: u64,
    hasher: &mut Sha256,
    progress: &dyn Fn(u64),
) -> Result<u64, CopyFault> {
    let write = |e| CopyFault::Write(DownloadError::write(path, e));
    let mut chunk = vec![0; 256 << 10];
    let mut total = from;
    loop {
        let count = reader.read(&mut chunk).map_err(CopyFault::Read)?;
        if count == 0 {
            break;
        }
        let part = chunk.get(..count).unwrap_or_default();
        hasher.update(part);
        file.write_all(part).map_err(write)?;
        total += count as u64;
        progress(total);
    }
    file.sync_all().map_err(write)?;
    Ok(total)
}

/// Puts `content` at `path` in one step: a reader sees the old or the new file, whatever happens.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), DownloadError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let write = || -> io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(content)?;
        file.sync_all()
    };
    let result = write().map_err(|e| DownloadError::write(&new, e));
    let result = result.and_then(|()| place(&new, path));
    if result.is_err() {
        // It holds nothing that is not elsewhere; where it was never made there is nothing to remove.
        let _ = std::fs::remove_file(&new);
    }
    result
}

/// Moves a whole file to its place, and makes the move last.
pub(crate) fn place(from: &Path, to: &Path) -> Result<(), DownloadError> {
    let fault = |e| DownloadError::write(to, e);
    std::fs::rename(from, to).map_err(fault)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)
}
