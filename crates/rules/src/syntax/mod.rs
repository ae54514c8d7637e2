//! The language of conditions, as text: from characters to a tree. What names mean is for `program`.

mod cursor;
mod operand;
mod parser;
mod tree;

pub use parser::parse;
pub use tree::{Check, Expr, Kind, Literal, Modifier, Operand, Operator, Right, Transformer};

use batten_model::Text;

/// Deepest nesting of parentheses and transformers.
pub const MAX_DEPTH: u32 = 100;

/// Why a condition is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes of the condition.
    pub at: usize,
    /// What was found, and what should stand there.
    pub text: Text,
}

/// A list item as it stands in a condition: quotes around it are taken off, as the condition's own quotes are.
pub fn unquote(item: &str) -> String {
    let mut cursor = cursor::Cursor::new(item);
    match cursor.quoted() {
        Some(text) if cursor.is_at_end() => text,
        _ => item.to_owned(),
    }
}

/// Reads `(a, b)`, which may stand as one text among the values of an exception.
pub fn parse_list(text: &str) -> Result<Vec<Literal>, SyntaxError> {
    let mut cursor = cursor::Cursor::new(text);
    cursor.blanks();
    let list = operand::list(&mut cursor)?;
    cursor.blanks();
    if cursor.is_at_end() { Ok(list) } else { Err(cursor.expected("the end of the list", "列表的结尾")) }
}

/// Reads the transformer that a text begins with, and says how long it is.
pub fn parse_transformed(text: &str) -> Result<(Operand, usize), SyntaxError> {
    let mut cursor = cursor::Cursor::new(text);
    let operand = operand::field_or_transformed(&mut cursor)?;
    let operand = operand.ok_or_else(|| cursor.expected("a transformer", "转换器"))?;
    Ok((operand, cursor.at()))
}
