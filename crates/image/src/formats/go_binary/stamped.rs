//! Values that a build stamped into a Go program by `-ldflags "-X package.variable=value"`, read back from the program
//! itself: builds with `-trimpath` leave the flags out of the build information.
//!
//! Go's linker (`cmd/link`, `addstrdata`) writes such a value as text with a zero byte behind it and lets the
//! variable, an address and a length in section `.data`, point to it. Other texts of a program have no zero byte
//! behind them. Variables of one package stay together, in the order of their declaration. Names are not kept.

use super::release;
use crate::elf::{Elf, ElfError, ElfKind, Section};

/// Most bytes of variables that are looked through; the largest real programs have about 2 MiB.
const MAX_DATA: u64 = 16 << 20;
/// Most bytes of relocations that are read; the largest real programs have about 10 MiB.
const MAX_RELOCATIONS: u64 = 64 << 20;
/// Longest value; a commit has 40 characters, a `git describe` behind a long tag about 60.
const MAX_LENGTH: u64 = 96;
/// Most values that are kept.
const MAX_VALUES: usize = 10_000;
/// `R_X86_64_RELATIVE`, `R_AARCH64_RELATIVE`, `R_RISCV_RELATIVE` and `R_LARCH_RELATIVE`, `R_PPC64_RELATIVE`,
/// `R_390_RELATIVE`: "the load address plus the addend", each in its machine's own numbers.
const RELATIVE: &[u64] = &[8, 1027, 3, 22, 12];

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) struct Stamped {
    /// Where its variable lies, counted in variables: those of one package have neighbouring numbers.
    pub(in crate::formats) slot: u64,
    /// The value: printable ASCII.
    pub(in crate::formats) value: String,
}

/// All values of a program in the order of their variables.
pub(super) fn values(elf: &Elf<'_>) -> Result<Vec<Stamped>, ElfError> {
    let Some((offset, size)) = place(elf) else { return Ok(Vec::new()) };
    let Some(segment) = elf.segments().iter().find(|segment| {
        segment.is_loaded() && segment.offset <= offset && offset - segment.offset < segment.file_size
    }) else {
        return Ok(Vec::new());
    };
    let size = size.min(segment.file_size - (offset - segment.offset)).min(MAX_DATA);
    let variables = Variables {
        elf,
        bytes: elf.read(offset, size)?,
        address: segment.address.saturating_add(offset - segment.offset),
        word: if elf.is_64 { 8 } else { 4 },
    };
    variables.values()
}

fn place(elf: &Elf<'_>) -> Option<(u64, u64)> {
    if let Some(Section { offset, size, .. }) = elf.section(".data") {
        return Some((offset, size));
    }
    let segment = elf.segments().iter().find(|segment| segment.is_writable_data());
    segment.filter(|_| !elf.has_sections()).map(|segment| (segment.offset, segment.file_size))
}

struct Variables<'a> {
    elf: &'a Elf<'a>,
    bytes: Vec<u8>,
    /// Of the first byte.
    address: u64,
    /// Bytes of an address.
    word: usize,
}

impl Variables<'_> {
    fn values(&self) -> Result<Vec<Stamped>, ElfError> {
        let relocations = self.relocations()?;
        let mut values = Vec::new();
        for (index, at) in (0..self.bytes.len()).step_by(self.word).enumerate() {
            let Some(length) = self.number(at + self.word) else { break };
            if length == 0 || length > MAX_LENGTH {
                continue;
            }
            let pointer = match self.number(at) {
                Some(0) | None => relocated(&relocations, self.address.saturating_add(at as u64)),
                pointer => pointer,
            };
            let Some(value) = pointer.map(|pointer| self.value(pointer, length)).transpose()?.flatten()
            else {
                continue;
            };
            values.push(Stamped { slot: index as u64 / 2, value });
            if values.len() == MAX_VALUES {
                break;
            }
        }
        Ok(values)
    }

    fn number(&self, at: usize) -> Option<u64> {
        let order = self.elf.order;
        if self.word == 8 { order.u64(&self.bytes, at) } else { order.u32(&self.bytes, at).map(u64::from) }
    }

    /// The text at an address, if a zero byte ends it.
    fn value(&self, pointer: u64, length: u64) -> Result<Option<String>, ElfError> {
        let Some(mut bytes) = self.elf.read_address(pointer, length + 1)? else { return Ok(None) };
        let ends = bytes.len() as u64 == length + 1 && bytes.pop() == Some(0);
        let plain = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        Ok((ends && plain).then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Addresses that a position-independent program's loader writes into these variables, by the place that they are
    /// written to, sorted. Empty for other programs, and for 32-bit ones, whose addresses stand in the variables.
    fn relocations(&self) -> Result<Vec<(u64, u64)>, ElfError> {
        let Some(section) = self.elf.section(".rela.dyn") else { return Ok(Vec::new()) };
        if self.elf.kind != ElfKind::Dynamic || self.word != 8 {
            return Ok(Vec::new());
        }
        let bytes = self.elf.read(section.offset, section.size.min(MAX_RELOCATIONS))?;
        let end = self.address.saturating_add(self.bytes.len() as u64);
        let order = self.elf.order;
        let mut relocations: Vec<(u64, u64)> = bytes
            .chunks_exact(24)
            .filter_map(|entry| {
                let (at, info) = (order.u64(entry, 0)?, order.u64(entry, 8)?);
                let wanted = (self.address..end).contains(&at) && RELATIVE.contains(&(info & 0xffff_ffff));
                wanted.then_some((at, order.u64(entry, 16)?))
            })
            .collect();
        relocations.sort_unstable();
        Ok(relocations)
    }
}

fn relocated(relocations: &[(u64, u64)], at: u64) -> Option<u64> {
    let found = relocations.binary_search_by_key(&at, |(place, _)| *place).ok()?;
    relocations.get(found).map(|(_, address)| *address)
}

/// The one release that the values speak of. A longer value that begins with the shortest (a tag with a commit behind
/// it, a distribution's revision) agrees with it; two releases are no answer.
pub(in crate::formats) fn only_release(values: &[Stamped]) -> Option<String> {
    let mut releases: Vec<&str> = values
        .iter()
        .map(|stamped| stamped.value.as_str())
        .filter(|value| value.split('.').count() >= 3 && release::release(value).is_some())
        .map(|value| value.strip_prefix('v').unwrap_or(value))
        .collect();
    releases.sort_unstable_by_key(|value| (value.len(), *value));
    let first = *releases.first()?;
    let agrees = |other: &&str| {
        other
            .strip_prefix(first)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+', '.', '~']))
    };
    let value = releases.iter().all(agrees).then_some(first)?;
    release::release(value)
}
