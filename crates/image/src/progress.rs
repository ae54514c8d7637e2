//! What a scan is doing, for a person who waits.

use batten_model::Text;

/// Hears of a scan's progress, from several threads. All methods do nothing unless written.
pub trait Progress: Sync {
    /// The whole is known to be `bytes`.
    fn total(&self, bytes: u64) {
        let _ = bytes;
    }

    /// That many bytes more are done.
    fn advance(&self, bytes: u64) {
        let _ = bytes;
    }

    /// Work on one item (a layer, a folder) begins.
    fn item(&self, name: &str) {
        let _ = name;
    }

    /// Something that a person should know and that is no error, such as what was left out on purpose.
    fn note(&self, note: &Text) {
        let _ = note;
    }
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
