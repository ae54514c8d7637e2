//! Places in files: from a byte of a condition back to the line and column where a person wrote it.

use super::problem::{Code, Excerpt, FileResult, ItemType, Location, Position, Problem};
use super::yaml::{Mark, Node, Style, Value};
use batten_model::Text;

/// A place in one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) mark: Mark,
}

/// A text as it is written in a file.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) place: Place,
    style: Style,
}

impl Written {
    /// The scalar of a node.
    pub(crate) fn of(node: &Node, file: usize) -> Option<Written> {
        match &node.value {
            Value::Scalar(text, style) => {
                Some(Written { text: text.clone(), place: Place { file, mark: node.at }, style: *style })
            }
            _ => None,
        }
    }
}

/// A text of one or more pieces: what is appended follows a blank.
#[derive(Debug, Clone)]
pub(crate) struct Pieces {
    pieces: Vec<Written>,
    /// All of it.
    pub(crate) text: String,
}

impl Pieces {
    pub(crate) fn new(first: Written) -> Pieces {
        Pieces { text: first.text.clone(), pieces: vec![first] }
    }

    pub(crate) fn append(&mut self, more: Written) {
        self.text.push(' ');
        self.text.push_str(&more.text);
        self.pieces.push(more);
    }

    /// The piece in which a byte of the whole lies, and the byte of the piece.
    fn piece(&self, at: usize) -> Option<(&Written, usize)> {
        let mut start = 0;
        for piece in &self.pieces {
            if at <= start + piece.text.len() {
                return Some((piece, at.saturating_sub(start)));
            }
            start += piece.text.len() + 1;
        }
        self.pieces.last().map(|last| (last, last.text.len()))
    }

    /// Where its first piece is.
    pub(crate) fn place(&self) -> Place {
        self.pieces.first().map(|piece| piece.place).unwrap_or_default()
    }
}

/// What a problem is about, from the outside in.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    places: Vec<(ItemType, String, Place)>,
}

impl Context {
    pub(crate) fn new(kind: ItemType, name: &str, place: Place) -> Context {
        Context { places: vec![(kind, name.to_owned(), place)] }
    }

    pub(crate) fn within(&self, kind: ItemType, name: &str, place: Place) -> Context {
        let mut inner = self.clone();
        inner.places.push((kind, name.to_owned(), place));
        inner
    }
}

/// The files of a load with what is found in them.
pub(crate) struct Files<'a> {
    pub(crate) texts: Vec<SourceText<'a>>,
    pub(crate) results: Vec<FileResult>,
    /// Problems kept for each file.
    pub(crate) limit: usize,
}

impl Files<'_> {
    /// Notes a problem at the innermost place of the context.
    pub(crate) fn add(&mut self, code: Code, message: Text, context: &Context) {
        let place = context.places.last().map(|(_, _, place)| *place).unwrap_or_default();
        let Some(source) = self.texts.get(place.file) else { return };
        let excerpt = source.excerpt(place.mark);
        let snippet = snippet(source.line(place.mark.line), place.mark.column);
        self.push(code, message, context, excerpt, snippet, None, place.file);
    }

    /// Notes a problem at a byte of a condition.
    pub(crate) fn add_in(&mut self, code: Code, message: Text, context: &Context, text: &Pieces, at: usize) {
        let Some((piece, byte)) = text.piece(at) else { return self.add(code, message, context) };
        let Some(source) = self.texts.get(piece.place.file) else { return };
        let excerpt = source.excerpt(find(source, piece, byte));
        let before: Vec<char> = text.text.get(..at).unwrap_or(&text.text).chars().collect();
        let last = context.places.last().map(|(_, _, place)| place.mark).unwrap_or_default();
        let line = before.iter().filter(|c| **c == '\n').count();
        let column = before.iter().rev().take_while(|c| **c != '\n').count();
        let location = Location {
            item_name: String::new(),
            item_type: ItemType::ConditionExpression,
            position: Position {
                name: shortened(&text.text),
                line: line + 1 + last.line.saturating_sub(1),
                column: column + 1 + last.column,
                offset: before.len() + last.offset,
            },
        };
        let shown = text.text.split('\n').nth(line).unwrap_or("");
        let snippet = snippet(shown, column);
        self.push(code, message, context, excerpt, snippet, Some(location), piece.place.file);
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where a problem is put together")]
    fn push(
        &mut self,
        code: Code,
        message: Text,
        context: &Context,
        excerpt: Excerpt,
        snippet: String,
        inner: Option<Location>,
        file: usize,
    ) {
        let Some(result) = self.results.get_mut(file) else { return };
        if result.errors.len() + result.warnings.len() >= self.limit
            && !(code.is_error() && result.errors.is_empty())
        {
            result.more += 1;
            return;
        }
        let mut locations =
            vec![location(&result.name, ItemType::RulesContent, "", Mark { line: 1, ..Mark::default() })];
        locations.extend(
            context.places.iter().map(|(kind, name, place)| location(&result.name, *kind, name, place.mark)),
        );
        locations.extend(inner);
        let item = context
            .places
            .iter()
            .find(|(kind, name, _)| {
                matches!(kind, ItemType::Rule | ItemType::Macro | ItemType::List) && !name.is_empty()
            })
            .map(|(kind, name, _)| (*kind, name.clone()));
        let problem = Problem { code, message, item, excerpt, locations, snippet };
        if code.is_error() { result.errors.push(problem) } else { result.warnings.push(problem) }
    }
}

fn location(file: &str, item_type: ItemType, item_name: &str, mark: Mark) -> Location {
    let position = Position {
        name: file.to_owned(),
        line: mark.line.saturating_sub(1),
        column: mark.column,
        offset: mark.offset,
    };
    Location { item_name: item_name.to_owned(), item_type, position }
}

/// A condition's first characters, in quotes.
fn shortened(condition: &str) -> String {
    let flat = |c: char| if matches!(c, '\n' | '\r') { ' ' } else { c };
    if condition.chars().count() > 20 {
        format!("\"{}...\"", condition.chars().take(17).map(flat).collect::<String>())
    } else {
        format!("\"{}\"", condition.chars().map(flat).collect::<String>())
    }
}

/// Offset, line and column in the file of a byte of a written text.
///
/// Folding and indentation change only blanks, so that the n-th character that is no blank is the same in both.
fn find(source: &SourceText<'_>, piece: &Written, byte: usize) -> Mark {
    let mut place = piece.place.mark;
    let text = piece.text.get(..byte).unwrap_or(&piece.text);
    // The end of a text is behind its last character, not before whatever follows in the file.
    let at_end = piece.text.get(byte..).is_none_or(|rest| rest.trim().is_empty());
    let mut wanted = text.chars().filter(|c| !c.is_whitespace()).count();
    let rest = source.from(place);
    // A block's header line, and a quote, are not the text.
    let mut header = piece.style == Style::Block && rest.starts_with(['|', '>']);
    let mut quote = piece.style == Style::Quoted;
    for (at, c) in rest.char_indices() {
        let counts = !header && !c.is_whitespace() && !std::mem::take(&mut quote);
        if counts && wanted == 0 {
            break;
        }
        wanted -= usize::from(counts);
        let ends_line = c == '\n' || (c == '\r' && rest.as_bytes().get(at + 1) != Some(&b'\n'));
        header &= !ends_line;
        place.offset += 1;
        (place.line, place.column) =
            if ends_line { (place.line + 1, 0) } else { (place.line, place.column + 1) };
        if at_end && counts && wanted == 0 {
            break;
        }
    }
    place
}

/// A file's text with the places of its lines.
pub(crate) struct SourceText<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

impl<'a> SourceText<'a> {
    pub(crate) fn new(text: &'a str) -> SourceText<'a> {
        let bytes = text.as_bytes();
        // A carriage return alone ends a line in YAML, too.
        let ends = |at: &usize| bytes.get(*at) == Some(&b'\n') || bytes.get(*at + 1) != Some(&b'\n');
        let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(ends).map(|at| at + 1);
        SourceText { text, lines: std::iter::once(0).chain(breaks).collect() }
    }

    fn line(&self, line: usize) -> &'a str {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        rest.split_once(['\n', '\r']).map_or(rest, |(line, _)| line)
    }

    /// All from a place on.
    fn from(&self, mark: Mark) -> &'a str {
        let start = self.lines.get(mark.line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        let skipped: usize = rest.chars().take(mark.column).map(char::len_utf8).sum();
        rest.get(skipped..).unwrap_or("")
    }

    fn excerpt(&self, mark: Mark) -> Excerpt {
        let line = self.line(mark.line);
        let from = mark.column.saturating_sub(AROUND);
        let text = line.chars().skip(from).take(mark.column - from + AROUND).collect();
        Excerpt { line: mark.line, column: mark.column + 1, text, caret: mark.column - from }
    }
}

/// Characters that an excerpt shows on each side of its place.
const AROUND: usize = 80;

/// A line with a mark below a column of it; dots where it is cut.
fn snippet(line: &str, column: usize) -> String {
    let from = column.saturating_sub(AROUND);
    let mut shown: Vec<char> = line.chars().skip(from).take(column - from + AROUND).collect();
    if from > 0 {
        shown.iter_mut().take(3).for_each(|c| *c = '.');
    }
    if shown.len() == column - from + AROUND {
        shown.iter_mut().rev().take(3).for_each(|c| *c = '.');
    }
    format!("{}\n{}^\n", shown.iter().collect::<String>(), " ".repeat(column - from))
}
