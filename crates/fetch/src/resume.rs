//! A long transfer that survives a broken line: what is missing is asked for with a Range request (RFC 9110, section 14).

use crate::address::Address;
use crate::fetch_error::FetchError;
use crate::outlet::{Outlet, Reply, body_fault};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;
use ureq::http::header;

/// So many bytes count as progress: attempts start anew.
const PROGRESS: u64 = 64 << 10;

/// Asks for the content from an offset on.
pub(crate) type Open = Box<dyn Fn(u64) -> io::Result<Reply> + Send>;

/// Content as a stream. A read error carries the room's error ([`FetchError`] or the one of `open`) as its inner error,
/// and is final: what could be mended has been.
pub(crate) struct ResumingReader {
    outlet: Arc<Outlet>,
    open: Open,
    current: Option<Reply>,
    address: Address,
    offset: u64,
    expected: Option<u64>,
    limit: u64,
    deadline: Instant,
    failures: u32,
    last_failure: u64,
}

impl ResumingReader {
    /// Begins with an answer to a request for everything from `offset` on; `expected` is the whole content's length,
    /// where it is known.
    pub(crate) fn new(
        outlet: Arc<Outlet>,
        first: Reply,
        offset: u64,
        expected: Option<u64>,
        limit: u64,
        open: Open,
    ) -> io::Result<ResumingReader> {
        let deadline = Instant::now() + outlet.options().patience.transfer;
        let address = first.address.clone();
        let expected = expected.or_else(|| Some(first.length()?.saturating_add(offset)));
        let mut reader = ResumingReader {
            outlet,
            open,
            current: None,
            address,
            offset,
            expected,
            limit,
            deadline,
            failures: 0,
            last_failure: offset,
        };
        reader.accept(first)?;
        Ok(reader)
    }

    /// Takes an answer that continues at the offset, or skips to it in one that begins at the start.
    fn accept(&mut self, mut reply: Reply) -> io::Result<()> {
        let url = || reply.address.shown();
        if self.expected.is_some_and(|length| length > self.limit) {
            return Err(io::Error::other(FetchError::TooLarge { url: url(), limit: self.limit }));
        }
        let announced = match reply.status {
            200 => reply.length(),
            206 => {
                let range = reply.header(header::CONTENT_RANGE).and_then(content_range);
                let Some((start, total)) = range.filter(|(start, _)| *start == self.offset) else {
                    let reason = format!("asked for bytes from {} on, got another range", self.offset);
                    return Err(io::Error::other(FetchError::Protocol { url: url(), reason }));
                };
                total.or_else(|| Some(reply.length()?.saturating_add(start)))
            }
            status => {
                let attempts = reply.attempts;
                return Err(io::Error::other(FetchError::Status {
                    url: url(),
                    status,
                    attempts,
                    wait: None,
                }));
            }
        };
        if let (Some(expected), Some(actual)) = (self.expected, announced)
            && expected != actual
        {
            return Err(io::Error::other(FetchError::Length { url: url(), expected, actual }));
        }
        if reply.status == 200 {
            let skipped = io::copy(&mut (&mut reply.body).take(self.offset), &mut io::sink());
            let seconds = self.outlet.stall_seconds();
            let skipped = skipped.map_err(|e| io::Error::other(body_fault(&reply.address, 0, seconds, e)))?;
            if skipped < self.offset {
                let reason = "ended before the place where the last one broke off".to_owned();
                let fault = FetchError::Interrupted { url: url(), received: skipped, reason };
                return Err(io::Error::other(fault));
            }
        }
        self.address = reply.address.clone();
        self.current = Some(reply);
        Ok(())
    }

    /// Notes a failure, and opens again unless there have been too many.
    fn recover(&mut self, mut fault: io::Error) -> io::Result<()> {
        self.current = None;
        loop {
            if self.offset.saturating_sub(self.last_failure) >= PROGRESS {
                self.failures = 0;
            }
            self.last_failure = self.offset;
            self.failures += 1;
            let passing = inner(&fault).is_none_or(FetchError::is_passing);
            if !passing || self.failures >= self.outlet.options().patience.attempts {
                return Err(fault);
            }
            self.check_deadline()?;
            self.outlet.pause_before(self.failures + 1);
            match (self.open)(self.offset).and_then(|reply| self.accept(reply)) {
                Ok(()) => return Ok(()),
                // `open` has its own patience with a server that does not answer: only a broken body is tried again.
                Err(e) if inner(&e).is_some_and(|e| matches!(e, FetchError::Interrupted { .. })) => fault = e,
                Err(e) => return Err(e),
            }
        }
    }

    fn check_deadline(&self) -> io::Result<()> {
        if Instant::now() <= self.deadline {
            return Ok(());
        }
        let seconds = self.outlet.options().patience.transfer.as_secs();
        Err(io::Error::other(FetchError::TimedOut { url: self.address.shown(), seconds }))
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(reply) = self.current.as_mut() else { return Ok(0) };
        let seconds = self.outlet.stall_seconds();
        let count = reply
            .body
            .read(buffer)
            .map_err(|e| io::Error::other(body_fault(&reply.address, self.offset, seconds, e)))?;
        if count == 0 && self.expected.is_some_and(|expected| self.offset < expected) {
            return Err(io::Error::other(FetchError::Interrupted {
                url: reply.address.shown(),
                received: self.offset,
                reason: "the content ended early".to_owned(),
            }));
        }
        Ok(count)
    }
}

impl Read for ResumingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.check_deadline()?;
            match self.receive(buffer) {
                Ok(count) => {
                    self.offset = self.offset.saturating_add(count as u64);
                    let url = || self.address.shown();
                    if let Some(expected) = self.expected.filter(|expected| self.offset > *expected) {
                        let actual = self.offset;
                        return Err(io::Error::other(FetchError::Length { url: url(), expected, actual }));
                    }
                    if self.offset > self.limit {
                        return Err(io::Error::other(FetchError::TooLarge { url: url(), limit: self.limit }));
                    }
                    return Ok(count);
                }
                Err(fault) => self.recover(fault)?,
            }
        }
    }
}

fn inner(error: &io::Error) -> Option<&FetchError> {
    error.get_ref()?.downcast_ref::<FetchError>()
}

/// Start and total of `bytes start-end/total` (RFC 9110, section 14.4).
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    let total = match total.trim() {
        "*" => None,
        number => Some(number.parse().ok()?),
    };
    Some((start, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for text in ["", "bytes */10", "items 1-2/3", "bytes 5-9", "bytes x-9/10", "bytes 1-2/x"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
