//! Sides of a comparison: fields, transformers, texts, numbers, lists.

use super::SyntaxError;
use super::cursor::Cursor;
use super::parser::deeper;
use super::tree::{Literal, Operand, Right, Transformer};

/// A field or a transformer; `None` (and nothing taken) where neither stands.
pub(super) fn field_or_transformed(cursor: &mut Cursor<'_>) -> Result<Option<Operand>, SyntaxError> {
    let at = cursor.at();
    let name = cursor.dotted();
    if name.contains('.') {
        return Ok(Some(Operand::Field { name: name.to_owned(), bracket: bracket(cursor)?, at }));
    }
    match Transformer::parse(name) {
        Some(transformer) if cursor.literal("(") => {
            deeper(cursor, at)?;
            let operand = transformed(cursor, transformer, at)?;
            cursor.depth -= 1;
            Ok(Some(operand))
        }
        _ => {
            cursor.go_back(at);
            Ok(None)
        }
    }
}

fn transformed(cursor: &mut Cursor<'_>, transformer: Transformer, at: usize) -> Result<Operand, SyntaxError> {
    let mut arguments = vec![argument(cursor)?];
    loop {
        cursor.blanks();
        if cursor.literal(",") {
            arguments.push(argument(cursor)?);
        } else if cursor.literal(")") {
            break;
        } else {
            return Err(cursor.expected("',' or ')'", "“,”或“)”"));
        }
    }
    let selector = if transformer == Transformer::GetOpt { bracket(cursor)? } else { None };
    Ok(Operand::Transformed { transformer, arguments, selector, at })
}

/// A field, a transformer, a text in quotes, or a list of texts.
fn argument(cursor: &mut Cursor<'_>) -> Result<Operand, SyntaxError> {
    cursor.blanks();
    let at = cursor.at();
    if cursor.peek() == Some('(') {
        return Ok(Operand::List { items: list(cursor)?, at });
    }
    if let Some(text) = cursor.quoted() {
        return Ok(Operand::Text(Literal { text, quoted: true, at }));
    }
    field_or_transformed(cursor)?.ok_or_else(|| {
        cursor.expected("a field, a transformer or a text in quotes", "字段、转换器或带引号的文本")
    })
}

/// `[argument]` behind a field, with or without quotes.
fn bracket(cursor: &mut Cursor<'_>) -> Result<Option<String>, SyntaxError> {
    if !cursor.literal("[") {
        return Ok(None);
    }
    let argument = match cursor.quoted() {
        Some(text) => text,
        None => cursor.take(|c| !c.is_ascii_whitespace() && !matches!(c, '[' | ']' | '"' | '\'')).to_owned(),
    };
    if argument.is_empty() {
        return Err(cursor.expected("the field's argument", "字段的参数"));
    }
    if cursor.literal("]") { Ok(Some(argument)) } else { Err(cursor.expected("']'", "“]”")) }
}

fn literal(cursor: &mut Cursor<'_>) -> Result<Literal, SyntaxError> {
    cursor.blanks();
    let at = cursor.at();
    if let Some(text) = cursor.quoted() {
        return Ok(Literal { text, quoted: true, at });
    }
    if matches!(cursor.peek(), Some('"' | '\'')) {
        return Err(cursor.expected_at(at, "the quote that ends the text", "结束文本的引号"));
    }
    match cursor.bare() {
        "" => Err(cursor.expected("a value", "一个值")),
        text => Ok(Literal { text: text.to_owned(), quoted: false, at }),
    }
}

/// The right side of most operators.
pub(super) fn text(cursor: &mut Cursor<'_>) -> Result<Right, SyntaxError> {
    if let Some(operand) = right_operand(cursor)? {
        return Ok(Right::Operand(operand));
    }
    literal(cursor).map(Right::One)
}

/// The right side of `<` and its like.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Right, SyntaxError> {
    if let Some(operand) = right_operand(cursor)? {
        return Ok(Right::Operand(operand));
    }
    let at = cursor.at();
    let number = cursor.number().ok_or_else(|| cursor.expected_at(at, "a number", "一个数字"))?;
    Ok(Right::One(Literal { text: number.to_owned(), quoted: true, at }))
}

/// The right side of `in` and its like.
pub(super) fn list_or_operand(cursor: &mut Cursor<'_>) -> Result<Right, SyntaxError> {
    if cursor.peek() == Some('(') {
        return list(cursor).map(Right::List);
    }
    if let Some(operand) = right_operand(cursor)? {
        return Ok(Right::Operand(operand));
    }
    let at = cursor.at();
    match cursor.bare() {
        "" => Err(cursor.expected("a list in parentheses or a list's name", "括号中的列表或列表名")),
        name => Ok(Right::Name(Literal { text: name.to_owned(), quoted: false, at })),
    }
}

/// A list in parentheses, perhaps an empty one.
pub(super) fn list(cursor: &mut Cursor<'_>) -> Result<Vec<Literal>, SyntaxError> {
    if !cursor.literal("(") {
        return Err(cursor.expected("a list in parentheses", "括号中的列表"));
    }
    let mut items = Vec::new();
    cursor.blanks();
    if cursor.literal(")") {
        return Ok(items);
    }
    loop {
        items.push(literal(cursor)?);
        cursor.blanks();
        if cursor.literal(")") {
            return Ok(items);
        }
        if !cursor.literal(",") {
            return Err(cursor.expected("',' or ')'", "“,”或“)”"));
        }
        // A comma before the end is left by an empty list.
        cursor.blanks();
        if cursor.literal(")") {
            return Ok(items);
        }
    }
}

/// A transformer on the right. A field needs `val(…)`, for any name with dots is a text there.
fn right_operand(cursor: &mut Cursor<'_>) -> Result<Option<Operand>, SyntaxError> {
    let before = cursor.at();
    let known = Transformer::parse(cursor.word()).is_some() && cursor.peek() == Some('(');
    cursor.go_back(before);
    if known { field_or_transformed(cursor) } else { Ok(None) }
}
