//! B-trees of tables, cells, and records.

use super::FILE_HEADER;
use super::page::{Pages, be16, be32, varint};
use std::collections::HashSet;

/// Largest payload: rpm's limit for a header and some room for the record around it.
const MAX_PAYLOAD: u64 = (256 << 20) + 1024;
const INTERIOR: u8 = 0x05;
const LEAF: u8 = 0x0d;

/// Why a page or a row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TableError {
    #[error("the page is not in the file")]
    NoPage,
    #[error("the page is no page of a table")]
    NoTablePage,
    #[error("the page points to a page that was read before")]
    Loop,
    #[error("a cell lies outside of its page")]
    BadCell,
    #[error("the chain of overflow pages is broken")]
    BadChain,
}

impl TableError {
    pub(super) fn zh(self) -> &'static str {
        match self {
            TableError::NoPage => "该页不在文件中",
            TableError::NoTablePage => "该页不是表的页",
            TableError::Loop => "该页指向已读过的页",
            TableError::BadCell => "单元格位于页之外",
            TableError::BadChain => "溢出页链已损坏",
        }
    }
}

/// One row's place.
pub(super) struct Cell {
    pub(super) row: u64,
    length: u64,
    local: Vec<u8>,
    overflow: u32,
}

pub(super) struct Leaf {
    pub(super) page: u32,
    pub(super) cells: Vec<Cell>,
    /// Whether cells beyond these could not be read.
    damaged: Option<TableError>,
}

impl Leaf {
    pub(super) fn rows(&self) -> Vec<u64> {
        self.cells.iter().map(|cell| cell.row).collect()
    }
}

pub(super) enum Node {
    Interior { page: u32, children: Vec<u32> },
    Leaf(Leaf),
    Damaged { page: u32, error: TableError },
}

/// A walk over the pages of one table.
pub(super) struct Table<'a> {
    pages: &'a dyn Pages,
    open: Vec<u32>,
    seen: HashSet<u32>,
    /// How many overflow pages may still be read: each belongs to one row.
    pub(super) budget: u32,
    pending: Option<Node>,
    follow: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(pages: &'a dyn Pages, root: u32) -> Table<'a> {
        let open = vec![root];
        Table { pages, open, seen: HashSet::new(), budget: pages.count(), pending: None, follow: true }
    }

    /// One page alone, without the pages that it points to.
    pub(super) fn single(pages: &'a dyn Pages, page: u32) -> Table<'a> {
        Table { follow: false, ..Table::new(pages, page) }
    }

    /// The next page of the walk, in the order of rows.
    pub(super) fn next_node(&mut self) -> Option<Node> {
        if let Some(node) = self.pending.take() {
            return Some(node);
        }
        let page = self.open.pop()?;
        if !self.seen.insert(page) {
            return Some(Node::Damaged { page, error: TableError::Loop });
        }
        let node = match node(self.pages, page) {
            Ok(node) => node,
            Err(error) => return Some(Node::Damaged { page, error }),
        };
        match &node {
            Node::Interior { children, .. } if self.follow => self.open.extend(children.iter().rev()),
            Node::Leaf(Leaf { damaged: Some(error), .. }) => {
                self.pending = Some(Node::Damaged { page, error: *error });
            }
            _ => {}
        }
        Some(node)
    }

    /// The whole payload of a cell, with what lies on overflow pages.
    pub(super) fn payload(&mut self, cell: &Cell) -> Result<Vec<u8>, TableError> {
        let mut payload = cell.local.clone();
        let length = usize::try_from(cell.length).map_err(|_| TableError::BadCell)?;
        let room = self.pages.usable() as usize - 4;
        let mut next = cell.overflow;
        while payload.len() < length {
            self.budget = self.budget.checked_sub(1).ok_or(TableError::BadChain)?;
            let page = self.pages.read(next).map_err(|_| TableError::BadChain)?;
            next = be32(&page, 0).ok_or(TableError::BadChain)?;
            let here = room.min(length - payload.len());
            payload.extend_from_slice(page.get(4..4 + here).ok_or(TableError::BadChain)?);
        }
        Ok(payload)
    }
}

/// The page where the tree of the table `name` begins; `None` where there is no such table.
pub(super) fn root(pages: &dyn Pages, name: &str) -> Result<Option<u32>, TableError> {
    let mut schema = Table::new(pages, 1);
    while let Some(node) = schema.next_node() {
        let leaf = match node {
            Node::Leaf(leaf) => leaf,
            Node::Interior { .. } => continue,
            Node::Damaged { error, .. } => return Err(error),
        };
        for cell in &leaf.cells {
            let payload = schema.payload(cell)?;
            let columns = columns(&payload).unwrap_or_default();
            let text = |at: usize| columns.get(at).map(|column| column.bytes);
            if text(0) == Some(b"table") && text(1) == Some(name.as_bytes()) {
                return Ok(columns
                    .get(3)
                    .and_then(Column::integer)
                    .and_then(|root| u32::try_from(root).ok()));
            }
        }
    }
    Ok(None)
}

/// The first binary column of a record.
pub(super) fn blob(payload: &[u8]) -> Option<&[u8]> {
    columns(payload)?
        .into_iter()
        .find(|column| column.kind >= 12 && column.kind % 2 == 0)
        .map(|column| column.bytes)
}

/// One column of a record.
struct Column<'a> {
    /// Serial type.
    kind: u64,
    bytes: &'a [u8],
}

impl Column<'_> {
    fn integer(&self) -> Option<i64> {
        match self.kind {
            8 => Some(0),
            9 => Some(1),
            1..=6 => {
                let negative = self.bytes.first().is_some_and(|byte| byte & 0x80 != 0);
                let start = if negative { -1i64 } else { 0 };
                Some(self.bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte)))
            }
            _ => None,
        }
    }
}

/// The columns of a record (section 2.1); no more than rpm's tables have.
fn columns(payload: &[u8]) -> Option<Vec<Column<'_>>> {
    let (length, mut at) = varint(payload, 0)?;
    let end = usize::try_from(length).ok().filter(|end| *end <= payload.len())?;
    let mut body = end;
    let mut columns = Vec::new();
    while at < end && columns.len() < 16 {
        let (kind, size) = varint(payload, at)?;
        at += size;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        columns.push(Column { kind, bytes: payload.get(body..body.checked_add(size)?)? });
        body += size;
    }
    Some(columns)
}

fn node(pages: &dyn Pages, number: u32) -> Result<Node, TableError> {
    let page = pages.read(number).map_err(|_| TableError::NoPage)?;
    let start = if number == 1 { FILE_HEADER } else { 0 };
    let kind = page.get(start).copied();
    let count = usize::from(be16(&page, start + 3).ok_or(TableError::NoTablePage)?);
    let pointers = match kind {
        Some(LEAF) => start + 8,
        Some(INTERIOR) => start + 12,
        _ => return Err(TableError::NoTablePage),
    };
    let pointer = |index: usize| be16(&page, pointers + index * 2).map(usize::from);
    if kind == Some(INTERIOR) {
        let cells = (0..count).map(|index| pointer(index).and_then(|at| be32(&page, at)));
        let right = std::iter::once(be32(&page, start + 8));
        let children = cells.chain(right).collect::<Option<Vec<u32>>>().ok_or(TableError::BadCell)?;
        return Ok(Node::Interior { page: number, children });
    }
    let mut leaf = Leaf { page: number, cells: Vec::with_capacity(count.min(1024)), damaged: None };
    // Cells do not overlap: together they cannot be longer than the page.
    let mut room = page.len();
    for index in 0..count {
        let cell = pointer(index).and_then(|at| cell(&page, at, pages.usable()));
        match cell.and_then(|cell| Some((room.checked_sub(cell.local.len() + 2)?, cell))) {
            Some((left, cell)) => {
                room = left;
                leaf.cells.push(cell);
            }
            None => leaf.damaged = Some(TableError::BadCell),
        }
    }
    Ok(Node::Leaf(leaf))
}

/// One cell of a leaf: length of the payload, row number, and as much of the payload as the page holds.
fn cell(page: &[u8], at: usize, usable: u32) -> Option<Cell> {
    let (length, size) = varint(page, at)?;
    let (row, row_size) = varint(page, at + size)?;
    if length > MAX_PAYLOAD {
        return None;
    }
    let start = at + size + row_size;
    let local = local_size(length, u64::from(usable));
    let end = start.checked_add(usize::try_from(local).ok()?)?;
    let overflow = if local < length { be32(page, end)? } else { 0 };
    Some(Cell { row, length, local: page.get(start..end)?.to_vec(), overflow })
}

/// How much of a payload stays on the page (section 1.6).
fn local_size(length: u64, usable: u64) -> u64 {
    let most = usable - 35;
    if length <= most {
        return length;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let wanted = least + (length - least) % (usable - 4);
    if wanted <= most { wanted } else { least }
}
