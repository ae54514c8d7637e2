//! What the kernel side counts: events sent, filtered, and lost by cause.

use aya::maps::{MapData, PerCpuArray};
use serde::{Deserialize, Serialize};

/// Events that were seen and are not in the stream, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lost {
    /// The ring was full.
    pub buffer_full: u64,
    /// A program interrupted another one on the same processor.
    pub interrupted: u64,
    /// The program that handles the event was missing.
    pub no_handler: u64,
    /// The event was too large.
    pub too_large: u64,
    /// Too many operations of io_uring were under way.
    pub pending: u64,
    /// User space could not read the event.
    pub unreadable: u64,
}

impl Lost {
    /// All causes with their names.
    pub fn causes(&self) -> [(&'static str, u64); 6] {
        [
            ("buffer_full", self.buffer_full),
            ("interrupted", self.interrupted),
            ("no_handler", self.no_handler),
            ("too_large", self.too_large),
            ("pending", self.pending),
            ("unreadable", self.unreadable),
        ]
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.causes().iter().map(|(_, count)| count).sum()
    }
}

/// What was counted since the sensor began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Events in the stream.
    pub sent: u64,
    /// Events that a filter took away.
    pub filtered: u64,
    /// Bytes in the stream.
    pub bytes: u64,
    /// Events that are missing.
    pub lost: Lost,
}

/// Number of counters in the map, as `bpf/wire.h` numbers them.
const COUNTERS: u32 = 8;

/// Reads the counters of all processors.
pub(super) fn read(map: &PerCpuArray<MapData, u64>) -> Counters {
    let sum = |index: u32| map.get(&index, 0).map_or(0, |values| values.iter().sum::<u64>());
    let mut all = [0u64; COUNTERS as usize];
    for (slot, index) in all.iter_mut().zip(0..COUNTERS) {
        *slot = sum(index);
    }
    let [buffer_full, interrupted, no_handler, too_large, pending, sent, filtered, bytes] = all;
    Counters {
        sent,
        filtered,
        bytes,
        lost: Lost { buffer_full, interrupted, no_handler, too_large, pending, unreadable: 0 },
    }
}
