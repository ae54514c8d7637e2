//! A stream in blocks that are read once, hashed by a second thread and looked at by the first, from the same memory.

use super::error::LayerError;
use super::hashing::{Algorithms, Digests, StreamHasher};
use crate::limits::Limits;
use crate::progress::Progress;
use std::io::{self, BufRead, Read};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Instant;

/// Bytes of a block: a few of them fit into a core's own cache.
pub(crate) const BLOCK_BYTES: usize = 256 << 10;
/// Blocks on their way between two threads.
const QUEUE: usize = 4;

/// Blocks that can be used again.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn take(&self) -> Vec<u8> {
        let pooled = self.0.lock().ok().and_then(|mut pool| pool.pop());
        pooled.unwrap_or_else(|| vec![0; BLOCK_BYTES])
    }
}

/// A block; its memory goes back to the pool with its last holder.
pub(crate) struct Block {
    bytes: Vec<u8>,
    filled: usize,
    pool: Arc<Pool>,
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Ok(mut pool) = self.pool.0.lock()
            && pool.len() < 2 * QUEUE
        {
            pool.push(std::mem::take(&mut self.bytes));
        }
    }
}

/// Fills a block from `source` as far as it goes; an empty one is the end. An error comes with what was read before.
pub(super) fn read_block(source: &mut dyn Read, pool: &Arc<Pool>) -> (Block, Option<io::Error>) {
    let mut block = Block { bytes: pool.take(), filled: 0, pool: Arc::clone(pool) };
    while let Some(rest) = block.bytes.get_mut(block.filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(length) => block.filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (block, Some(error)),
        }
    }
    (block, None)
}

/// What all layers of a scan share: bytes and time that were used.
pub(crate) struct Meter<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) progress: &'a dyn Progress,
    started: Instant,
    bytes: AtomicU64,
    entries: AtomicU64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limits: &'a Limits, progress: &'a dyn Progress) -> Meter<'a> {
        Meter {
            limits,
            progress,
            started: Instant::now(),
            bytes: AtomicU64::new(0),
            entries: AtomicU64::new(0),
        }
    }

    /// Counts uncompressed bytes.
    fn count_bytes(&self, bytes: u64) -> Result<(), LayerError> {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > self.limits.image_bytes {
            return Err(LayerError::Limit { name: "image-bytes", limit: self.limits.image_bytes });
        }
        self.check_time()
    }

    /// Fails when the time is over.
    pub(crate) fn check_time(&self) -> Result<(), LayerError> {
        if self.started.elapsed() > self.limits.time {
            return Err(LayerError::Limit { name: "seconds", limit: self.limits.time.as_secs() });
        }
        Ok(())
    }

    /// Counts one entry.
    pub(crate) fn count_entry(&self) -> Result<(), LayerError> {
        let all = self.entries.fetch_add(1, Ordering::Relaxed) + 1;
        if all > self.limits.entries {
            return Err(LayerError::Limit { name: "entries", limit: self.limits.entries });
        }
        Ok(())
    }
}

/// A block, or what stopped the stream.
pub(crate) type Supplied = Result<Block, LayerError>;

/// Blocks, from a thread that makes them or straight from a source.
pub(crate) enum Supply<'a> {
    Thread(Receiver<Supplied>),
    Direct(Direct<'a>),
}

/// A source that is read by the thread that looks at the blocks.
pub(crate) struct Direct<'a> {
    source: &'a mut (dyn Read + Send),
    pool: Arc<Pool>,
    /// An error that is due after the block that came with it.
    pending: Option<io::Error>,
}

impl<'a> Direct<'a> {
    pub(crate) fn new(source: &'a mut (dyn Read + Send)) -> Direct<'a> {
        Direct { source, pool: Arc::default(), pending: None }
    }

    fn next(&mut self) -> Result<Block, LayerError> {
        if let Some(error) = self.pending.take() {
            return Err(LayerError::Read(error));
        }
        match read_block(self.source, &self.pool) {
            (block, Some(error)) if block.is_empty() => Err(LayerError::Read(error)),
            (block, error) => {
                self.pending = error;
                Ok(block)
            }
        }
    }
}

impl Supply<'_> {
    /// The next block; `None` at the end.
    fn next(&mut self) -> Result<Option<Block>, LayerError> {
        let block = match self {
            Supply::Thread(receiver) => match receiver.recv() {
                Ok(block) => block?,
                Err(_) => return Ok(None),
            },
            Supply::Direct(direct) => direct.next()?,
        };
        Ok((!block.is_empty()).then_some(block))
    }
}

/// A channel by which a thread supplies blocks.
pub(crate) fn supply_channel() -> (SyncSender<Supplied>, Receiver<Supplied>) {
    sync_channel(QUEUE)
}

/// The uncompressed stream: each block goes to the hashing thread and is then read here.
pub(crate) struct Tee<'scope, 'a> {
    supply: Supply<'a>,
    meter: &'a Meter<'a>,
    current: Option<Arc<Block>>,
    place: usize,
    produced: u64,
    /// What stopped the stream; the `io::Error` that readers see only says that there is something here.
    failure: Option<LayerError>,
    ended: bool,
    to_hasher: Option<SyncSender<Arc<Block>>>,
    hasher: Option<ScopedJoinHandle<'scope, Digests>>,
}

impl<'scope, 'a> Tee<'scope, 'a> {
    /// A stream from `supply`, hashed by a thread in `scope`.
    pub(super) fn new<'env>(
        scope: &'scope Scope<'scope, 'env>,
        supply: Supply<'a>,
        algorithms: Algorithms,
        meter: &'a Meter<'a>,
    ) -> Tee<'scope, 'a> {
        let (sender, receiver) = sync_channel::<Arc<Block>>(QUEUE);
        let hasher = scope.spawn(move || {
            let mut hasher = StreamHasher::new(algorithms);
            for block in receiver {
                hasher.update(&block);
            }
            hasher.finish()
        });
        Tee {
            supply,
            meter,
            current: None,
            place: 0,
            produced: 0,
            failure: None,
            ended: false,
            to_hasher: Some(sender),
            hasher: Some(hasher),
        }
    }

    /// A stream that nobody asks for digests, and that does not count: what is inside of it does.
    pub(crate) fn unhashed(supply: Supply<'a>, meter: &'a Meter<'a>) -> Tee<'scope, 'a> {
        Tee {
            supply,
            meter,
            current: None,
            place: 0,
            produced: 0,
            failure: None,
            ended: false,
            to_hasher: None,
            hasher: None,
        }
    }

    /// What stopped the stream.
    pub(crate) fn into_failure(self) -> Option<LayerError> {
        self.failure
    }

    /// The digests, where the stream was read to its end, or what stopped it.
    pub(super) fn finish(mut self) -> Result<Digests, LayerError> {
        drop(self.to_hasher.take());
        let digests = self.hasher.take().and_then(|hasher| hasher.join().ok());
        match (self.failure.take(), digests) {
            (Some(failure), _) => Err(failure),
            (None, Some(digests)) if self.ended => Ok(digests),
            _ => Err(LayerError::Read(io::Error::other("the layer was not read to its end"))),
        }
    }

    fn advance(&mut self) -> Result<(), LayerError> {
        self.current = None;
        self.place = 0;
        if self.ended || self.failure.is_some() {
            return Ok(());
        }
        let Some(block) = self.supply.next()? else {
            self.ended = true;
            return Ok(());
        };
        let block = Arc::new(block);
        if let Some(hasher) = &self.to_hasher {
            self.produced += block.len() as u64;
            if self.produced > self.meter.limits.layer_bytes {
                return Err(LayerError::Limit { name: "layer-bytes", limit: self.meter.limits.layer_bytes });
            }
            self.meter.count_bytes(block.len() as u64)?;
            // The thread lives until the sender is dropped.
            let _ = hasher.send(Arc::clone(&block));
        }
        self.current = Some(block);
        Ok(())
    }
}

impl BufRead for Tee<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let used_up = self.current.as_ref().is_none_or(|block| self.place >= block.len());
        if used_up && let Err(failure) = self.advance() {
            self.failure = Some(failure);
        }
        if self.failure.is_some() {
            return Err(io::Error::other("the stream stopped"));
        }
        Ok(self.current.as_ref().and_then(|block| block.get(self.place..)).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.place += amount;
    }
}

impl Read for Tee<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let source = self.fill_buf()?;
        let length = source.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..length), source.get(..length)) {
            target.copy_from_slice(source);
        }
        self.consume(length);
        Ok(length)
    }
}
