//! How much a subject may ask of the machine. Each limit has a name, by which it can be set.

use batten_model::Localized;
use std::time::Duration;

/// Limits of one scan. What exceeds one is reported with the limit's name; the rest of the scan goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `layer-bytes`: uncompressed bytes of one layer.
    pub layer_bytes: u64,
    /// `image-bytes`: uncompressed bytes of all layers.
    pub image_bytes: u64,
    /// `ratio`: how many times larger a layer may become by decompression, once it is larger than
    /// [`Limits::ratio_from`].
    pub ratio: u64,
    /// `ratio-from`: uncompressed bytes from which on [`Limits::ratio`] counts; a file of zeros is no attack.
    pub ratio_from: u64,
    /// `entries`: entries of all layers, or of a folder. Eight bytes of memory are held for each.
    pub entries: u64,
    /// `path-bytes`: bytes of one path.
    pub path_bytes: u64,
    /// `path-depth`: parts of one path.
    pub path_depth: u64,
    /// `file-bytes`: bytes of one file that a format reads.
    pub file_bytes: u64,
    /// `memory-bytes`: bytes of files that are held in memory while formats read them, over all threads.
    pub memory_bytes: u64,
    /// `temp-bytes`: bytes of files that are held in unlinked temporary files, over all threads.
    pub temp_bytes: u64,
    /// `zstd-window-log`: window that a zstd layer may ask for, as a power of two; memory of that size is needed.
    pub zstd_window_log: u32,
    /// `seconds`: time for the whole scan.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            layer_bytes: 64 << 30,
            image_bytes: 128 << 30,
            ratio: 200,
            ratio_from: 6 << 30,
            entries: 5_000_000,
            path_bytes: 4096,
            path_depth: 256,
            file_bytes: 2 << 30,
            memory_bytes: 32 << 20,
            temp_bytes: 4 << 30,
            zstd_window_log: 27,
            time: Duration::from_secs(60 * 60),
        }
    }
}

/// A limit that does not exist, or a value that it cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No such name.
    #[error("there is no limit {name:?}; there are {}", Limits::NAMES.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// Out of range.
    #[error("limit {name} cannot be {value}: it must be between 1 and {most}")]
    Value {
        /// The limit.
        name: &'static str,
        /// What was asked for.
        value: u64,
        /// The largest possible.
        most: u64,
    },
}

impl Localized for LimitError {
    fn zh(&self) -> String {
        match self {
            LimitError::Unknown { name } => {
                format!("没有名为 {name:?} 的限制；可用的有 {}", Limits::NAMES.join("、"))
            }
            LimitError::Value { name, value, most } => {
                format!("限制 {name} 不能为 {value}：必须在 1 到 {most} 之间")
            }
        }
    }
}

impl Limits {
    /// All names.
    pub const NAMES: &[&'static str] = &[
        "entries",
        "file-bytes",
        "image-bytes",
        "layer-bytes",
        "memory-bytes",
        "path-bytes",
        "path-depth",
        "ratio",
        "ratio-from",
        "seconds",
        "temp-bytes",
        "zstd-window-log",
    ];

    /// Sets the limit `name`.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), LimitError> {
        let Some(name) = Limits::NAMES.iter().find(|known| **known == name) else {
            return Err(LimitError::Unknown { name: name.chars().take(80).collect() });
        };
        let most = match *name {
            "zstd-window-log" => 31,
            "entries" => u64::from(u32::MAX),
            _ => i64::MAX as u64,
        };
        if value == 0 || value > most {
            return Err(LimitError::Value { name, value, most });
        }
        match *name {
            "entries" => self.entries = value,
            "file-bytes" => self.file_bytes = value,
            "image-bytes" => self.image_bytes = value,
            "layer-bytes" => self.layer_bytes = value,
            "memory-bytes" => self.memory_bytes = value,
            "path-bytes" => self.path_bytes = value,
            "path-depth" => self.path_depth = value,
            "ratio" => self.ratio = value,
            "ratio-from" => self.ratio_from = value,
            "seconds" => self.time = Duration::from_secs(value),
            "temp-bytes" => self.temp_bytes = value,
            _ => self.zstd_window_log = value as u32,
        }
        Ok(())
    }

    /// What of the limits decides over the facts of one layer, for the key of the layer cache.
    pub(crate) fn fingerprint(&self) -> [u64; 3] {
        [self.file_bytes, self.path_bytes, self.path_depth]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set() {
        for name in Limits::NAMES {
            let mut limits = Limits::default();
            limits.set(name, 7).unwrap();
            assert_ne!(limits, Limits::default(), "{name}");
            assert!(limits.set(name, 0).is_err());
        }
        assert!(Limits::default().set("speed", 1).is_err());
    }
}
