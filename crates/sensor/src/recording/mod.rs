//! Recordings: events in compressed blocks, each of which stands for itself.
//!
//! ```text
//! magic "BATREC\x00\x01"  u32 length  header (JSON: host, kernel, names of events)
//! block: "BLK" kind  u32 raw length  u32 length  u32 crc of what follows  zstd
//! ```
//! A block of kind `E` holds events one behind the other, one of kind `S` the counters so far as JSON; the last
//! block is an `S` that says so. A recorder that was killed leaves whole blocks and perhaps a torn one, which readers
//! report and leave out. Numbers are little-endian; events are as the machine wrote them, so that a recording is read
//! on a machine of the same byte order.

mod reader;
mod writer;

pub use reader::{Reader, RecordingError};
pub use writer::Recorder;

use crate::live::Counters;
use serde::{Deserialize, Serialize};

/// First bytes of a recording; the last is the version.
pub const MAGIC: [u8; 8] = *b"BATREC\x00\x01";
/// Longest header in bytes.
const MAX_HEADER: usize = 1 << 20;
/// Longest block, compressed or not, in bytes.
const MAX_BLOCK: usize = 4 << 20;
/// Length of a block's head.
const BLOCK_HEAD: usize = 16;

/// What a recording begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Program and version that recorded.
    pub tool: String,
    /// Name of the machine.
    pub host: String,
    /// Its kernel.
    pub kernel: String,
    /// Its architecture.
    pub architecture: String,
    /// Nanoseconds to add to an event's time to get nanoseconds since 1970.
    pub boot_offset: u64,
    /// Names of events by their numbers in this recording.
    pub events: Vec<String>,
    /// Events that were chosen.
    pub chosen: Vec<String>,
    /// Whether something was left out within the kernel.
    pub filtered: bool,
    /// `/etc/passwd` of the machine: names of users.
    #[serde(default)]
    pub passwd: String,
    /// `/etc/group` of the machine: names of groups.
    #[serde(default)]
    pub group: String,
}

/// What is known at the end, or on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// Counters of the kernel side.
    pub counters: Counters,
    /// Whether the recording ended as it should.
    pub complete: bool,
    /// Events in the recording.
    pub events: u64,
}
