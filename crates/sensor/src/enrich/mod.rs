//! What events do not carry, read from this machine: processes that were there before, and containers' names.
//!
//! Only files are read, never a daemon asked, so that a runtime that hangs does not stop the sensor.

mod container;
mod oci;
mod process;

pub use container::Containers;
pub use process::{all_pids, seed};

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// At most `most` bytes of a file; `None` where it cannot be read.
pub(crate) fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
