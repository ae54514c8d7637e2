//! Numbers out of bytes, none of which may be missing.

use super::WireError;

/// A place in bytes; `part` names what is being read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    part: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], part: &'static str) -> Cursor<'a> {
        Cursor { bytes, part }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(WireError::Short(self.part))?;
        self.bytes = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        Ok(u8::from_ne_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_ne_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_ne_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32, WireError> {
        Ok(i32::from_ne_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_ne_bytes(self.array()?))
    }

    pub(super) fn i64(&mut self) -> Result<i64, WireError> {
        Ok(i64::from_ne_bytes(self.array()?))
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.bytes
    }
}
