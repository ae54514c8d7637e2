//! Precedence: `not` before `and` before `or`.

use super::cursor::Cursor;
use super::operand;
use super::tree::{Check, Expr, Kind, Modifier, Operator, Right};
use super::{MAX_DEPTH, SyntaxError};
use batten_model::Text;

/// Reads a whole condition.
pub fn parse(text: &str) -> Result<Expr, SyntaxError> {
    let mut cursor = Cursor::new(text);
    let expr = either(&mut cursor)?;
    if cursor.is_at_end() {
        Ok(expr)
    } else {
        Err(cursor.expected("'and', 'or' or the end of the condition", " 'and'、'or' 或条件的结尾"))
    }
}

fn either(cursor: &mut Cursor<'_>) -> Result<Expr, SyntaxError> {
    chain(cursor, "or", all, Kind::Or)
}

fn all(cursor: &mut Cursor<'_>) -> Result<Expr, SyntaxError> {
    chain(cursor, "and", negated, Kind::And)
}

/// Parts with `word` between them; a single part stands for itself.
fn chain(
    cursor: &mut Cursor<'_>,
    word: &str,
    part: fn(&mut Cursor<'_>) -> Result<Expr, SyntaxError>,
    kind: fn(Vec<Expr>) -> Kind,
) -> Result<Expr, SyntaxError> {
    cursor.blanks();
    let at = cursor.at();
    let first = part(cursor)?;
    let mut parts = vec![first];
    loop {
        cursor.blanks();
        let before = cursor.at();
        if cursor.word() != word {
            cursor.go_back(before);
            break;
        }
        if !cursor.blanks() && cursor.peek() != Some('(') {
            return Err(cursor.expected("a blank or '('", "空白或“(”"));
        }
        parts.push(part(cursor)?);
    }
    if parts.len() > 1 {
        return Ok(Expr { at, kind: kind(parts) });
    }
    parts.pop().ok_or_else(|| cursor.expected("a comparison", "比较"))
}

fn negated(cursor: &mut Cursor<'_>) -> Result<Expr, SyntaxError> {
    cursor.blanks();
    let at = cursor.at();
    let mut negative = false;
    loop {
        let before = cursor.at();
        if cursor.word() == "not" && (cursor.blanks() || cursor.peek() == Some('(')) {
            negative = !negative;
        } else {
            cursor.go_back(before);
            break;
        }
    }
    let inner = primary(cursor)?;
    Ok(if negative { Expr { at, kind: Kind::Not(Box::new(inner)) } } else { inner })
}

fn primary(cursor: &mut Cursor<'_>) -> Result<Expr, SyntaxError> {
    cursor.blanks();
    let at = cursor.at();
    if cursor.literal("(") {
        deeper(cursor, at)?;
        let inner = either(cursor)?;
        cursor.blanks();
        cursor.depth -= 1;
        return if cursor.literal(")") { Ok(inner) } else { Err(cursor.expected("')'", "“)”")) };
    }
    if let Some(left) = operand::field_or_transformed(cursor)? {
        return Ok(Expr { at, kind: Kind::Check(check(cursor, left)?) });
    }
    match cursor.word() {
        "" => Err(cursor.expected("'(', a field or a macro", "“(”、字段或宏")),
        "and" | "or" | "not" => Err(cursor.expected_at(at, "'(', a field or a macro", "“(”、字段或宏")),
        name => Ok(Expr { at, kind: Kind::Macro(name.to_owned()) }),
    }
}

/// One level more, up to the limit.
pub(super) fn deeper(cursor: &mut Cursor<'_>, at: usize) -> Result<(), SyntaxError> {
    cursor.depth += 1;
    if cursor.depth > MAX_DEPTH {
        let text = Text::new(
            format!("nested deeper than {MAX_DEPTH} levels; move a part into a macro"),
            format!("嵌套超过 {MAX_DEPTH} 层；请将一部分移入宏"),
        );
        return Err(SyntaxError { at, text });
    }
    Ok(())
}

fn check(cursor: &mut Cursor<'_>, left: super::Operand) -> Result<Check, SyntaxError> {
    cursor.blanks();
    let operator = operator(cursor)?;
    cursor.blanks();
    let modifier = modifier(cursor, operator);
    let right = match operator {
        Operator::Exists => Right::None,
        _ if modifier.is_some() => Right::List(operand::list(cursor)?),
        operator if operator.is_for_numbers() => operand::number(cursor)?,
        operator if operator.is_for_lists() => operand::list_or_operand(cursor)?,
        _ => operand::text(cursor)?,
    };
    Ok(Check { left, operator, modifier, right })
}

fn operator(cursor: &mut Cursor<'_>) -> Result<Operator, SyntaxError> {
    for symbol in ["<=", ">=", "!=", "==", "=", "<", ">"] {
        if cursor.literal(symbol) {
            let symbol = if symbol == "==" { "=" } else { symbol };
            return Operator::parse(symbol).ok_or_else(|| cursor.expected("an operator", "运算符"));
        }
    }
    let before = cursor.at();
    Operator::parse(cursor.word()).ok_or_else(|| {
        let words = Operator::ALL.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
        cursor.expected_at(before, &format!("an operator ({words})"), &format!("运算符（{words}）"))
    })
}

/// `oneof`, `anyof` or `allof` before a list; a value of that name is a value.
fn modifier(cursor: &mut Cursor<'_>, operator: Operator) -> Option<Modifier> {
    if operator == Operator::Exists || operator.is_for_lists() || operator.is_for_numbers() {
        return None;
    }
    let before = cursor.at();
    let modifier = Modifier::parse(cursor.word());
    cursor.blanks();
    if modifier.is_some() && cursor.peek() == Some('(') {
        return modifier;
    }
    cursor.go_back(before);
    None
}
