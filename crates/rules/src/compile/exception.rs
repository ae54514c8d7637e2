//! Exceptions of a rule as conditions: one for each, of which none may be true.

use super::flaw::Flaw;
use crate::load::items::{Entry, Exception};
use crate::syntax::{self, Check, Expr, Kind, Literal, Operand, Operator, Right};

/// The condition of an exception; `None` where it has no values.
pub(crate) fn condition(exception: &Exception) -> Result<Option<Expr>, Flaw> {
    let (Some(fields), Some(comparisons)) = (&exception.fields, &exception.comparisons) else {
        return Ok(None);
    };
    if exception.values.is_empty() {
        return Ok(None);
    }
    let kind = match (fields, comparisons) {
        (Entry::One(field), Entry::One(operator)) => single(field, operator, &exception.values)?,
        (Entry::Many(fields), Entry::Many(operators)) => {
            let tuples = exception.values.iter().map(|value| tuple(fields, operators, value));
            Kind::Or(tuples.collect::<Result<_, _>>()?)
        }
        _ => return Err(uneven()),
    };
    Ok(Some(Expr { at: 0, kind }))
}

fn uneven() -> Flaw {
    Flaw::new(
        0,
        "an exception's values must be as many as its fields",
        "例外的 values 数量必须与 fields 相同",
    )
}

fn single(field: &str, operator: &str, values: &[Entry]) -> Result<Kind, Flaw> {
    let texts = values.iter().map(|value| value.one().map(bare).ok_or_else(uneven));
    check(field, operator, Right::List(texts.collect::<Result<_, _>>()?))
}

fn tuple(fields: &[Entry], operators: &[Entry], value: &Entry) -> Result<Expr, Flaw> {
    let Entry::Many(values) = value else { return Err(uneven()) };
    if values.len() != fields.len() || operators.len() != fields.len() {
        return Err(uneven());
    }
    let mut parts = Vec::with_capacity(fields.len());
    for ((field, operator), value) in fields.iter().zip(operators).zip(values) {
        let (field, operator) = (field.one().unwrap_or(""), operator.one().unwrap_or(""));
        let takes_list = parse_operator(operator)?.is_for_lists();
        let right = match value {
            Entry::Many(values) => {
                let texts = values.iter().map(|value| value.one().map(bare).ok_or_else(uneven));
                Right::List(texts.collect::<Result<_, _>>()?)
            }
            Entry::One(text) if takes_list && text.starts_with('(') => {
                let list = syntax::parse_list(text).map_err(|error| Flaw { text: error.text, ..uneven() })?;
                Right::List(list)
            }
            Entry::One(text) if takes_list => Right::List(vec![bare(text)]),
            Entry::One(text) => Right::One(bare(text)),
        };
        parts.push(Expr { at: 0, kind: check(field, operator, right)? });
    }
    Ok(Expr { at: 0, kind: Kind::And(parts) })
}

fn parse_operator(word: &str) -> Result<Operator, Flaw> {
    let word = if word == "==" { "=" } else { word };
    Operator::parse(word)
        .ok_or_else(|| Flaw::new(0, format!("'{word}' is no operator"), format!("“{word}”不是运算符")))
}

fn check(field: &str, operator: &str, right: Right) -> Result<Kind, Flaw> {
    let operator = parse_operator(operator)?;
    // The field may stand in a transformer: the parser reads it as in a condition.
    let left =
        syntax::parse(&format!("{field} exists")).map_err(|error| Flaw { text: error.text, ..uneven() })?;
    let Kind::Check(Check { left, .. }) = left.kind else {
        return Err(Flaw::new(0, format!("'{field}' is no field"), format!("“{field}”不是字段")));
    };
    let right = match (operator, right) {
        (Operator::Exists, _) => Right::None,
        (_, right) => right,
    };
    Ok(Kind::Check(Check { left: moved(left), operator, modifier: None, right }))
}

/// A value; without quotes it may be a list's name.
fn bare(text: &str) -> Literal {
    let inner = syntax::unquote(text);
    Literal { quoted: inner != text, text: inner, at: 0 }
}

/// Places in an exception are those of the exception as a whole.
fn moved(operand: Operand) -> Operand {
    match operand {
        Operand::Field { name, bracket, .. } => Operand::Field { name, bracket, at: 0 },
        other => other,
    }
}
