//! SQLite, as far as rpm's table `Packages` needs it.
//!
//! Follows SQLite's "Database File Format" (<https://www.sqlite.org/fileformat2.html>): the table of tables on page
//! 1 (section 2.6), B-trees of tables (1.6), records (2.1) and overflow pages. A database in write-ahead mode may
//! have newer pages in a second file, which [`read_log`] reads by itself; what the two give together is decided when
//! it is known which of both files survive (`relations::rpm_database`), from the notes of [`super::ledger`].

mod page;
mod table;
mod write_ahead_log;

use super::{Collector, ledger};
use crate::content::ReadAt;
use crate::formats::FormatError;
use page::{Pages, be16, be32};
use std::io;
use table::{Leaf, Node, Table};

const MAGIC: &[u8] = b"SQLite format 3\0";
/// The table that holds the headers of packages.
const TABLE: &str = "Packages";
/// Size of the header that precedes the B-tree on page 1.
const FILE_HEADER: usize = 100;

/// Gives all headers of the database to `out`.
pub(super) fn read(content: &dyn ReadAt, out: &mut Collector<'_>) -> Result<(), FormatError> {
    if content.is_empty() {
        return Ok(());
    }
    let database = Database::open(content)?;
    let Some(root) = table::root(&database, TABLE).map_err(|e| malformed(e.to_string(), 0))? else {
        if database.has_log && database.count == 1 {
            // Everything that was written so far is in the log.
            return Ok(());
        }
        return Err(malformed(format!("it has no table {TABLE}"), 0));
    };
    let mut ledger = ledger::Writer::default();
    ledger.root(root);
    let mut table = Table::new(&database, root);
    while let Some(node) = table.next_node() {
        match node {
            Node::Interior { page, children } => ledger.interior(page, &children),
            Node::Leaf(leaf) => {
                ledger.leaf(leaf.page, &leaf.rows());
                headers(&mut table, &leaf, out)?;
            }
            Node::Damaged { page, error } => {
                out.problem(true, &format!("page {page}"), &error.to_string(), error.zh());
            }
        }
    }
    ledger.packages(&out.rows);
    ledger.keys(&out.keys);
    if database.has_log {
        out.facts.notes = ledger.notes();
    }
    Ok(())
}

/// Gives what the committed pages of a write-ahead log tell to `out`: the rows of each page, and the packages of
/// rows that lie in the log completely.
pub(super) fn read_log(content: &dyn ReadAt, out: &mut Collector<'_>) -> Result<(), FormatError> {
    let Some(log) = write_ahead_log::Log::open(content)? else { return Ok(()) };
    let mut ledger = ledger::Writer::default();
    if log.has(1)
        && let Ok(Some(root)) = table::root(&log, TABLE)
    {
        ledger.root(root);
    }
    let mut budget = log.count();
    for page in log.numbers().filter(|page| *page > 1) {
        // Each page by itself: which of them belong to the table shows only together with the database.
        let mut table = Table::single(&log, page);
        table.budget = budget;
        match table.next_node() {
            Some(Node::Interior { page, children }) => ledger.interior(page, &children),
            Some(Node::Leaf(leaf)) => {
                ledger.leaf(leaf.page, &leaf.rows());
                for cell in &leaf.cells {
                    let Ok(payload) = table.payload(cell) else { continue };
                    let Some(header) = table::blob(&payload) else { continue };
                    let known = out.facts.problems.len();
                    out.header(cell.row, header, &|| format!("page {page}"))?;
                    // Pages of other tables and freed pages hold no headers; that is no damage.
                    out.facts.problems.truncate(known);
                }
            }
            // Overflow and index pages, and freed ones.
            Some(Node::Damaged { .. }) | None => {}
        }
        budget = table.budget;
    }
    ledger.packages(&out.rows);
    ledger.keys(&out.keys);
    out.facts.notes = ledger.notes();
    Ok(())
}

fn headers(table: &mut Table<'_>, leaf: &Leaf, out: &mut Collector<'_>) -> Result<(), FormatError> {
    for cell in &leaf.cells {
        let place = || format!("page {}, row {}", leaf.page, cell.row);
        match table.payload(cell) {
            Ok(payload) => match table::blob(&payload) {
                Some(header) => out.header(cell.row, header, &place)?,
                None => out.problem(false, &place(), "the row has no binary column", "该行没有二进制列"),
            },
            Err(error) => out.problem(false, &place(), &error.to_string(), error.zh()),
        }
    }
    Ok(())
}

fn malformed(reason: String, byte: u32) -> FormatError {
    FormatError::Malformed { format: "SQLite database", reason, place: format!("byte {byte}") }
}

/// A database file.
struct Database<'a> {
    content: &'a dyn ReadAt,
    page_size: u32,
    usable: u32,
    /// Pages of the file.
    count: u32,
    /// Whether newer pages may be in a write-ahead log.
    has_log: bool,
}

impl<'a> Database<'a> {
    fn open(content: &'a dyn ReadAt) -> Result<Database<'a>, FormatError> {
        let mut header = [0; FILE_HEADER];
        if content.len() < FILE_HEADER as u64 {
            return Err(malformed(format!("it ends after {} bytes", content.len()), 0));
        }
        content.read_exact_at(0, &mut header)?;
        if !header.starts_with(MAGIC) {
            return Err(malformed("the text \"SQLite format 3\" is missing".to_owned(), 0));
        }
        let page_size = page_size(be16(&header, 16).unwrap_or_default())
            .ok_or_else(|| malformed("no page size".to_owned(), 16))?;
        let reserved = header.get(20).copied().unwrap_or_default();
        let usable = page_size - u32::from(reserved);
        if usable < 480 {
            return Err(malformed(format!("{reserved} bytes of each page are reserved"), 20));
        }
        if header.get(19).is_none_or(|version| *version > 2) {
            return Err(malformed("it is of a newer version of SQLite".to_owned(), 19));
        }
        if be32(&header, 56).is_some_and(|encoding| encoding > 1) {
            return Err(malformed("texts in UTF-16 are not supported".to_owned(), 56));
        }
        let count = u32::try_from(content.len() / u64::from(page_size)).unwrap_or(u32::MAX);
        if count == 0 {
            return Err(malformed("its first page is cut off".to_owned(), 0));
        }
        Ok(Database { content, page_size, usable, count, has_log: header.get(19) == Some(&2) })
    }
}

impl Pages for Database<'_> {
    fn usable(&self) -> u32 {
        self.usable
    }

    fn count(&self) -> u32 {
        self.count
    }

    fn read(&self, number: u32) -> io::Result<Vec<u8>> {
        if number == 0 || number > self.count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut page = vec![0; self.page_size as usize];
        self.content.read_exact_at(u64::from(number - 1) * u64::from(self.page_size), &mut page)?;
        Ok(page)
    }
}

/// A power of two from 512 to 32768, or 1 for 65536.
fn page_size(stated: u16) -> Option<u32> {
    match u32::from(stated) {
        1 => Some(65_536),
        size if size.is_power_of_two() && size >= 512 => Some(size),
        _ => None,
    }
}
