//! Berkeley DB's hash access method, as far as rpm's `Packages` uses it.
//!
//! Follows Berkeley DB's `dbinc/db_page.h`: pages of one size, of which the first is the metadata; hash pages hold
//! pairs of key and value, of which long ones lie on chains of overflow pages. Numbers are in the byte order of the
//! machine that wrote the file; the magic number tells which. All hash pages are read in the order of the file: the
//! table's own order does not matter here, and freed pages have another type.

use super::Collector;
use crate::content::ReadAt;
use crate::elf::ByteOrder;
use crate::formats::FormatError;
use std::borrow::Cow;

const HASH_MAGIC: u32 = 0x0006_1561;
const BTREE_MAGIC: u32 = 0x0005_3162;
/// Bytes of the metadata page that are read.
const META: usize = 72;
const PAGE_HEADER: usize = 26;
const TYPE_HASH_UNSORTED: u8 = 2;
const TYPE_OVERFLOW: u8 = 7;
const TYPE_HASH_META: u8 = 8;
const TYPE_HASH: u8 = 13;
const ITEM_KEY_DATA: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

/// Gives all headers of the database to `out`.
pub(super) fn read(content: &dyn ReadAt, out: &mut Collector<'_>) -> Result<(), FormatError> {
    if content.is_empty() {
        return Ok(());
    }
    let database = Database::open(content)?;
    let mut page = vec![0; database.page_size as usize];
    // An overflow page belongs to one chain: the bound on all chains together, whatever they point to.
    let mut budget = database.pages;
    if database.pages < database.stated {
        let place = format!("page {}", database.pages);
        out.problem(true, &place, "the file ends before its last page", "文件在最后一页之前结束");
    }
    for number in 1..database.pages {
        database.page(number, &mut page)?;
        if matches!(page.get(25), Some(&(TYPE_HASH | TYPE_HASH_UNSORTED))) {
            database.pairs(number, &page, &mut budget, out)?;
        }
    }
    Ok(())
}

struct Database<'a> {
    content: &'a dyn ReadAt,
    order: ByteOrder,
    page_size: u32,
    /// Pages that the file says it has.
    stated: u32,
    /// Pages of these that are there.
    pages: u32,
}

impl<'a> Database<'a> {
    fn open(content: &'a dyn ReadAt) -> Result<Database<'a>, FormatError> {
        let malformed = |reason: String, byte: u32| FormatError::Malformed {
            format: "Berkeley DB hash",
            reason,
            place: format!("byte {byte}"),
        };
        let mut meta = [0; META];
        if content.len() < META as u64 {
            return Err(malformed(format!("it ends after {} bytes", content.len()), 0));
        }
        content.read_exact_at(0, &mut meta)?;
        let little = ByteOrder { big_endian: false };
        let big = ByteOrder { big_endian: true };
        let order = match (little.u32(&meta, 12), big.u32(&meta, 12)) {
            (Some(HASH_MAGIC), _) => little,
            (_, Some(HASH_MAGIC)) => big,
            (Some(BTREE_MAGIC), _) | (_, Some(BTREE_MAGIC)) => {
                return Err(malformed("a B-tree database is not supported, rpm uses a hash".to_owned(), 12));
            }
            _ => return Err(malformed("the magic number is missing".to_owned(), 12)),
        };
        if meta.get(24) != Some(&0) || meta.get(26).is_some_and(|flags| flags & 1 != 0) {
            return Err(malformed("encrypted databases and checksums are not supported".to_owned(), 24));
        }
        if meta.get(25) != Some(&TYPE_HASH_META) {
            return Err(malformed("the first page is no metadata of a hash".to_owned(), 25));
        }
        let page_size = order.u32(&meta, 20).unwrap_or_default();
        if !(512..=65_536).contains(&page_size) || !page_size.is_power_of_two() {
            return Err(malformed(format!("{page_size} is no page size"), 20));
        }
        let stated = order.u32(&meta, 32).unwrap_or_default().saturating_add(1);
        let there = content.len() / u64::from(page_size);
        let pages = stated.min(u32::try_from(there).unwrap_or(u32::MAX));
        Ok(Database { content, order, page_size, stated, pages })
    }

    fn page(&self, number: u32, page: &mut [u8]) -> std::io::Result<()> {
        self.content.read_exact_at(u64::from(number) * u64::from(self.page_size), page)
    }

    /// Keys and values of one page. Keys are package numbers; the value of key 0 is a counter.
    fn pairs(
        &self,
        number: u32,
        page: &[u8],
        budget: &mut u32,
        out: &mut Collector<'_>,
    ) -> Result<(), FormatError> {
        let entries = usize::from(self.order.u16(page, 20).unwrap_or_default());
        for pair in 0..entries / 2 {
            let place = || format!("page {number}, item {}", pair * 2 + 1);
            // Each item lies below the one before it, so that all together are no longer than the page.
            let (Some(key), Some(item)) = (self.item(page, pair * 2), self.item(page, pair * 2 + 1)) else {
                out.problem(true, &place(), "the item lies outside of its page", "该项位于页之外");
                return Ok(());
            };
            let key = key.get(1..).and_then(|key| self.order.u32(key, 0));
            if key == Some(0) {
                continue;
            }
            match self.value(item, budget) {
                Some(value) => out.header(u64::from(key.unwrap_or_default()), &value, &place)?,
                None => {
                    out.problem(false, &place(), "its chain of overflow pages is broken", "其溢出页链已损坏")
                }
            }
        }
        Ok(())
    }

    /// The item number `index`, with its type byte. Items lie from the page's end downwards.
    fn item<'p>(&self, page: &'p [u8], index: usize) -> Option<&'p [u8]> {
        let place = |index: usize| self.order.u16(page, PAGE_HEADER + index * 2).map(usize::from);
        let start = place(index)?;
        let end = if index == 0 { page.len() } else { place(index - 1)? };
        page.get(start..end).filter(|item| !item.is_empty() && start >= PAGE_HEADER)
    }

    fn value<'p>(&self, item: &'p [u8], budget: &mut u32) -> Option<Cow<'p, [u8]>> {
        match *item.first()? {
            ITEM_KEY_DATA => Some(Cow::Borrowed(item.get(1..)?)),
            ITEM_OFF_PAGE => {
                let (first, length) = (self.order.u32(item, 4)?, self.order.u32(item, 8)?);
                self.chain(first, length, budget).map(Cow::Owned)
            }
            _ => None,
        }
    }

    /// A value of `length` bytes on the overflow pages from `first` on.
    fn chain(&self, first: u32, length: u32, budget: &mut u32) -> Option<Vec<u8>> {
        let length = usize::try_from(length).ok().filter(|length| *length as u64 <= self.content.len())?;
        let mut value = Vec::with_capacity(length);
        let mut page = vec![0; self.page_size as usize];
        let mut number = first;
        while value.len() < length {
            *budget = budget.checked_sub(1)?;
            if number == 0 {
                return None;
            }
            self.page(number, &mut page).ok()?;
            if page.get(25) != Some(&TYPE_OVERFLOW) {
                return None;
            }
            let here = usize::from(self.order.u16(&page, 22)?).min(length - value.len());
            if here == 0 {
                return None;
            }
            value.extend_from_slice(page.get(PAGE_HEADER..PAGE_HEADER + here)?);
            number = self.order.u32(&page, 16)?;
        }
        Some(value)
    }
}
