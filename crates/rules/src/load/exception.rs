//! `exceptions` of a rule.

use super::fault::{Fault, Outcome};
use super::items::{Entry, Exception};
use super::keys::Keys;
use super::place::{Context, Place};
use super::problem::{Code, ItemType};
use super::yaml::{Node, Value};
use crate::catalogue::{FieldRef, Source};
use crate::syntax::Operator;
use std::rc::Rc;

/// What is noted beside the exceptions.
pub(crate) type Notes = Vec<Fault>;

const KEYS: &[&str] = &["name", "fields", "comps", "values"];

/// Reads `exceptions`; fields may lack where they are appended to an exception that has them.
pub(crate) fn read(keys: &Keys<'_>, appending: bool, notes: &mut Notes) -> Outcome<Option<Vec<Exception>>> {
    let Some(node) = keys.get("exceptions") else { return Ok(None) };
    if node.is_null() {
        return Ok(Some(Vec::new()));
    }
    let context = keys.context.within(ItemType::Exceptions, "", keys.place(node));
    let items = node
        .list()
        .ok_or_else(|| Fault::shape("exceptions must be a sequence", "exceptions 必须是序列", &context))?;
    let mut out: Vec<Exception> = Vec::new();
    for item in items {
        let exception = one(keys, item, &context, appending, notes)?;
        if out.iter().any(|other| other.name == exception.name) {
            return Err(Fault::shape(
                format!("two exceptions of one item have the name '{}'", exception.name),
                format!("同一条目中有两个名为“{}”的例外", exception.name),
                &exception.context,
            ));
        }
        out.push(exception);
    }
    Ok(Some(out))
}

fn one(
    keys: &Keys<'_>,
    node: &Rc<Node>,
    parent: &Context,
    appending: bool,
    notes: &mut Notes,
) -> Outcome<Exception> {
    let place = Place { file: keys.file, mark: node.at };
    let unnamed = parent.within(ItemType::Exception, "", place);
    if node.pairs().is_none() {
        return Err(Fault::shape("an exception must be a mapping", "例外必须是映射", &unnamed));
    }
    let mut inner = Keys { node, file: keys.file, context: unnamed };
    let name = inner.text("name")?.text;
    inner.context = keys.context.within(ItemType::Exception, &name, place);
    for (key, context) in inner.strange(KEYS) {
        notes.push(super::reader::strange_key(&key, context));
    }
    let fields = entry_of(&inner, "fields")?;
    if fields.is_none() && !appending {
        return Err(Fault::shape("an exception must say its fields", "例外必须写明 fields", &inner.context));
    }
    let comparisons = entry_of(&inner, "comps")?;
    let values = match inner.get("values") {
        None if appending => {
            notes.push(*Fault::new(
                Code::AppendNoValues,
                "nothing is appended: the exception has no values",
                "没有追加任何内容：该例外没有 values",
                &inner.context,
            ));
            Vec::new()
        }
        None => Vec::new(),
        Some(node) if node.is_null() => Vec::new(),
        Some(node) => {
            let context = inner.context.within(ItemType::ExceptionValues, "", inner.place(node));
            let items = node.list().ok_or_else(|| {
                Fault::shape(
                    "values of an exception must be a sequence",
                    "例外的 values 必须是序列",
                    &context,
                )
            })?;
            items.iter().map(|item| entry(item, &context)).collect::<Outcome<_>>()?
        }
    };
    Ok(Exception { name, context: inner.context, fields, comparisons, values })
}

fn entry_of(keys: &Keys<'_>, key: &str) -> Outcome<Option<Entry>> {
    keys.get(key).map(|node| entry(node, &keys.at(key, node))).transpose()
}

fn entry(node: &Node, context: &Context) -> Outcome<Entry> {
    match &node.value {
        Value::Scalar(text, _) if text.is_empty() => {
            Err(Fault::shape("a value of an exception is empty", "例外的值为空", context))
        }
        Value::Scalar(text, _) => Ok(Entry::One(text.clone())),
        Value::List(items) => {
            Ok(Entry::Many(items.iter().map(|item| entry(item, context)).collect::<Outcome<_>>()?))
        }
        Value::Map(_) => Err(Fault::shape(
            "a value of an exception must be a text or a sequence",
            "例外的值必须是文本或序列",
            context,
        )),
    }
}

/// Gives an exception its default comparisons, and checks that its parts fit together.
pub(crate) fn complete(exception: &mut Exception, source: Option<Source>) -> Outcome<()> {
    let context = exception.context.clone();
    let Some(fields) = &exception.fields else {
        return Err(Fault::meaning("an exception must say its fields", "例外必须写明 fields", &context));
    };
    match fields {
        Entry::One(field) => {
            let operator = exception.comparisons.get_or_insert(Entry::One("in".to_owned()));
            let operator =
                operator.one().and_then(Operator::parse).filter(|operator| operator.is_for_lists());
            if operator.is_none() {
                return Err(Fault::meaning(
                    "for a single field, comps must be in, pmatch or intersects",
                    "对于单个字段，comps 必须是 in、pmatch 或 intersects",
                    &context,
                ));
            }
            known(field, source, &context)
        }
        Entry::Many(fields) => {
            let equal = || Entry::Many(vec![Entry::One("=".to_owned()); fields.len()]);
            let comparisons = exception.comparisons.get_or_insert_with(equal);
            let Entry::Many(operators) = comparisons else {
                return Err(Fault::meaning(
                    "where fields is a sequence, comps must be one, too",
                    "fields 为序列时，comps 也必须是序列",
                    &context,
                ));
            };
            if operators.len() != fields.len() {
                let (n, m) = (fields.len(), operators.len());
                let en = format!("there are {n} fields and {m} comps");
                return Err(Fault::meaning(en, format!("有 {n} 个 fields，却有 {m} 个 comps"), &context));
            }
            for operator in operators.iter() {
                let word = operator.one().unwrap_or("");
                if Operator::parse(if word == "==" { "=" } else { word }).is_none() {
                    let en = format!("'{word}' is no operator");
                    return Err(Fault::meaning(en, format!("“{word}”不是运算符"), &context));
                }
            }
            fields.iter().try_for_each(|field| known(field.one().unwrap_or(""), source, &context))
        }
    }
}

fn known(field: &str, source: Option<Source>, context: &Context) -> Outcome<()> {
    let Some(source) = source else { return Ok(()) };
    // A transformer around a field is left to the compiler.
    if field.contains('(') || FieldRef::parse(field).is_ok_and(|found| found.field.is_of(source)) {
        return Ok(());
    }
    let en = format!("'{field}' is no field of the source {}", source.name());
    Err(Fault::meaning(en, format!("“{field}”不是来源 {} 的字段", source.name()), context))
}
