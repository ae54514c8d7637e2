//! Go programs: the modules and the toolchain that the linker wrote into them.
//!
//! Follows Go's own reader (`debug/buildinfo`) and `runtime/debug.BuildInfo`'s text form: a 32-byte header, 16-byte
//! aligned, in section `.go.buildinfo` or at the start of the writable data; since Go 1.18 with both texts behind
//! it, before with pointers to Go strings. Only headers and these texts are read, whatever the file's size.
//! A packed program (UPX) shows none of it and gives nothing.

mod build_info;
pub(super) mod release;
pub(super) mod stamped;

use crate::content::{File, ReadAt};
use crate::elf::{Elf, ElfError, ElfKind};
use crate::facts::Facts;
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Package, PackageKind};
use build_info::BuildInfo;

pub(crate) const FORMAT: Format =
    Format { name: "go_binary", version: 2, wants: &[Wants::Elf], database: false, parse };

/// The version that Go itself writes where it knows none.
const UNKNOWN_VERSION: &str = "(devel)";
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// Go aligns the header to this.
const ALIGNMENT: usize = 16;
/// How far the writable data of a program with section headers is searched; Go's linker gives the header a section.
const SEARCH_WITH_SECTIONS: u64 = 64 << 10;
/// How far it is searched where section headers were removed.
const SEARCH_WITHOUT_SECTIONS: u64 = 64 << 20;
const SEARCH_STEP: u64 = 1 << 20;
/// Longest toolchain version and longest module list that is read.
const MAX_VERSION: u64 = 4 << 10;
const MAX_MODULES: u64 = 8 << 20;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let elf = Elf::parse(file.content).map_err(damaged)?;
    let mut facts = Facts::default();
    if let Some(program) = read(&elf, file.content)? {
        facts.packages = packages(&program, &elf, file.path);
    }
    Ok(facts)
}

/// What the linker wrote into a Go program.
pub(super) struct Program {
    /// Modules and build settings; empty where the program was built without modules.
    pub(super) info: BuildInfo,
    /// Release of the toolchain, as Go writes it.
    go_version: String,
}

impl Program {
    /// True where the build may have stamped values that its own settings do not show: it was built with `-trimpath`,
    /// which leaves the linker's flags out, or by a Go release before 1.18, which wrote no settings.
    fn hides_flags(&self) -> bool {
        let trimmed = self.info.setting("-trimpath") == Some("true");
        self.info.settings.is_empty() || (trimmed && self.info.setting("-ldflags").is_none())
    }
}

/// The build information of a program; `None` for files that are no Go programs.
pub(super) fn read(elf: &Elf<'_>, content: &dyn ReadAt) -> Result<Option<Program>, FormatError> {
    if elf.kind == ElfKind::Other {
        return Ok(None);
    }
    let Some(header) = find_header(elf, content).map_err(damaged)? else { return Ok(None) };
    let texts = read_texts(elf, &header)?;
    Ok(Some(Program { info: build_info::read(&texts.modules), go_version: texts.go_version }))
}

/// The values that the build stamped into the program; none where its variables cannot be read.
pub(super) fn stamped_values(elf: &Elf<'_>) -> Vec<stamped::Stamped> {
    stamped::values(elf).unwrap_or_default()
}

/// The version of the main module, where Go itself wrote none.
fn main_version(program: &Program, elf: &Elf<'_>) -> String {
    let hidden = || program.hides_flags().then(|| stamped::only_release(&stamped_values(elf))).flatten();
    release::from_settings(&program.info).or_else(hidden).unwrap_or(UNKNOWN_VERSION.to_owned())
}

/// The packages that one program's build information names: its main module, the modules behind it with
/// replacements applied, and the standard library.
fn packages(program: &Program, elf: &Elf<'_>, path: &str) -> Vec<Package> {
    let info = &program.info;
    let package =
        |name: &str, version: &str| Package::new(PackageKind::Golang, name, version, Location::at(path));
    let mut out = Vec::with_capacity(info.dependencies.len() + 2);
    if let Some(main) = &info.main {
        let version = match main.version.as_str() {
            "" | UNKNOWN_VERSION => main_version(program, elf),
            version => version.to_owned(),
        };
        out.push(package(&main.path, &version));
    }
    for module in &info.dependencies {
        out.push(match &module.replacement {
            // A local folder: what is in it is no published version.
            Some(with) if with.version.is_empty() || with.version == UNKNOWN_VERSION => {
                package(&module.path, UNKNOWN_VERSION)
            }
            Some(with) => package(&with.path, &with.version),
            None if module.version.is_empty() => package(&module.path, UNKNOWN_VERSION),
            None => package(&module.path, &module.version),
        });
    }
    if !program.go_version.is_empty() {
        out.push(package("stdlib", &release::standard_library(&program.go_version)));
    }
    out.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    out.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    out
}

struct Texts {
    go_version: String,
    modules: String,
}

/// The header, and where it lies in the file.
struct Found {
    offset: u64,
    /// Bytes from the header to the end of its section or segment.
    room: u64,
    header: [u8; 32],
}

fn find_header(elf: &Elf<'_>, content: &dyn ReadAt) -> Result<Option<Found>, ElfError> {
    if let Some(section) = elf.section(".go.buildinfo") {
        return search(elf, section.offset, section.size, section.size.min(SEARCH_WITHOUT_SECTIONS));
    }
    let Some(segment) = elf.segments().iter().find(|segment| segment.is_writable_data()) else {
        return Ok(None);
    };
    // Separate debug files keep the program headers of the program that they belong to, without its bytes.
    let size = segment.file_size.min(content.len().saturating_sub(segment.offset));
    let limit = if elf.has_sections() { SEARCH_WITH_SECTIONS } else { SEARCH_WITHOUT_SECTIONS };
    search(elf, segment.offset, size, size.min(limit))
}

fn search(elf: &Elf<'_>, offset: u64, size: u64, length: u64) -> Result<Option<Found>, ElfError> {
    let mut done = 0;
    while done < length {
        let step = SEARCH_STEP.min(length - done);
        let bytes = elf.read(offset + done, step)?;
        for place in memchr::memmem::find_iter(&bytes, MAGIC).filter(|place| place % ALIGNMENT == 0) {
            let inside = done + place as u64;
            if size - inside >= 32 {
                let mut header = [0; 32];
                header.copy_from_slice(&elf.read(offset + inside, 32)?);
                return Ok(Some(Found { offset: offset + inside, room: size - inside, header }));
            }
        }
        done += step;
    }
    Ok(None)
}

fn read_texts(elf: &Elf<'_>, found: &Found) -> Result<Texts, FormatError> {
    let [.., pointer_size, flags] = *found.header.first_chunk::<16>().ok_or_else(|| broken(found.offset))?;
    let (version, modules) = if flags & 2 != 0 {
        let mut at = 32;
        (inline(elf, found, &mut at, MAX_VERSION)?, inline(elf, found, &mut at, MAX_MODULES)?)
    } else {
        let pointers = Pointers { elf, size: pointer_size, big_endian: flags & 1 != 0, place: found.offset };
        let (first, second) = match pointer_size {
            4 => (pointers.number(&found.header, 16), pointers.number(&found.header, 20)),
            8 => (pointers.number(&found.header, 16), pointers.number(&found.header, 24)),
            _ => return Err(broken(found.offset)),
        };
        (pointers.string(first, MAX_VERSION)?, pointers.string(second, MAX_MODULES)?)
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Texts { go_version: text(&version), modules: text(without_sentinels(&modules)) })
}

/// The linker puts 16 bytes before and behind the module list, by which other tools find it.
fn without_sentinels(modules: &[u8]) -> &[u8] {
    let end = modules.len().saturating_sub(16);
    match modules.get(16..end) {
        Some(inner) if inner.last() == Some(&b'\n') => inner,
        _ => &[],
    }
}

/// One text behind the header: its length as a varint, then its bytes. Moves `at` behind it.
fn inline(elf: &Elf<'_>, found: &Found, at: &mut u64, limit: u64) -> Result<Vec<u8>, FormatError> {
    let prefix = elf.read(found.offset + *at, 10.min(found.room.saturating_sub(*at))).map_err(damaged)?;
    let (length, used) = varint(&prefix).ok_or_else(|| broken(found.offset + *at))?;
    let start = *at + used;
    if length > limit {
        return Err(FormatError::Limit { limit, unit: "bytes" });
    }
    if length > found.room.saturating_sub(start) {
        return Err(broken(found.offset + *at));
    }
    *at = start + length;
    elf.read(found.offset + start, length).map_err(damaged)
}

/// An unsigned LEB128 number and how many bytes it took.
fn varint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(index).ok()?;
        if part.checked_shl(shift)? >> shift != part {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some((value, index as u64 + 1));
        }
    }
    None
}

/// Go strings of programs before Go 1.18: pointers to a pair of pointer and length.
struct Pointers<'a> {
    elf: &'a Elf<'a>,
    size: u8,
    big_endian: bool,
    place: u64,
}

impl Pointers<'_> {
    fn number(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let order = crate::elf::ByteOrder { big_endian: self.big_endian };
        if self.size == 4 { order.u32(bytes, at).map(u64::from) } else { order.u64(bytes, at) }
    }

    /// An empty text where the pointer is null: a program built without modules.
    fn string(&self, pointer: Option<u64>, limit: u64) -> Result<Vec<u8>, FormatError> {
        let pointer = pointer.ok_or_else(|| broken(self.place))?;
        if pointer == 0 {
            return Ok(Vec::new());
        }
        let size = u64::from(self.size);
        let pair = self.bytes(pointer, 2 * size)?;
        let (Some(data), Some(length)) = (self.number(&pair, 0), self.number(&pair, usize::from(self.size)))
        else {
            return Err(broken(self.place));
        };
        match length {
            0 => Ok(Vec::new()),
            length if length > limit => Err(FormatError::Limit { limit, unit: "bytes" }),
            length => self.bytes(data, length),
        }
    }

    fn bytes(&self, address: u64, length: u64) -> Result<Vec<u8>, FormatError> {
        let bytes = self.elf.read_address(address, length).map_err(damaged)?;
        bytes.filter(|bytes| bytes.len() as u64 == length).ok_or_else(|| broken(self.place))
    }
}

pub(super) fn damaged(error: ElfError) -> FormatError {
    match error {
        ElfError::Io(error) => FormatError::Io(error),
        ElfError::Malformed { reason, offset } => FormatError::Malformed {
            format: "ELF file",
            reason: reason.to_owned(),
            place: format!("byte {offset}"),
        },
    }
}

fn broken(offset: u64) -> FormatError {
    FormatError::Malformed {
        format: "Go program",
        reason: "the build information is cut off or points outside the file".to_owned(),
        place: format!("byte {offset}"),
    }
}

#[cfg(test)]
mod tests;
