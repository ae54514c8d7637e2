//! Keys of an item: each value with its type, or an error that names the place.

use super::fault::{Fault, Outcome};
use super::place::{Context, Place, Written};
use super::problem::ItemType;
use super::yaml::{Node, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// An item of a file.
pub(crate) struct Keys<'n> {
    pub(crate) node: &'n Rc<Node>,
    pub(crate) file: usize,
    /// What errors name.
    pub(crate) context: Context,
}

impl<'n> Keys<'n> {
    pub(crate) fn place(&self, node: &Node) -> Place {
        Place { file: self.file, mark: node.at }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'n Rc<Node>> {
        self.node.get(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// What errors about a key's value name.
    pub(crate) fn at(&self, key: &str, node: &Node) -> Context {
        self.context.within(ItemType::ValueFor, key, self.place(node))
    }

    fn required(&self, key: &str) -> Outcome<&'n Rc<Node>> {
        let node = self.get(key).ok_or_else(|| {
            Fault::shape(format!("the key '{key}' is missing"), format!("缺少键“{key}”"), &self.context)
        })?;
        if node.is_null() {
            return Err(Fault::shape(
                format!("the key '{key}' has no value"),
                format!("键“{key}”没有值"),
                &self.at(key, node),
            ));
        }
        Ok(node)
    }

    fn scalar(&self, key: &str, node: &Rc<Node>) -> Outcome<Written> {
        let written = Written::of(node, self.file).ok_or_else(|| {
            let en = format!("the value of '{key}' must be a text or a number");
            Fault::shape(en, format!("“{key}”的值必须是文本或数字"), &self.at(key, node))
        })?;
        if written.text.is_empty() {
            return Err(Fault::shape(
                format!("the value of '{key}' is empty"),
                format!("“{key}”的值为空"),
                &self.at(key, node),
            ));
        }
        Ok(written)
    }

    /// A text that must be there.
    pub(crate) fn text(&self, key: &str) -> Outcome<Written> {
        self.scalar(key, self.required(key)?)
    }

    /// A text that may be there.
    pub(crate) fn optional_text(&self, key: &str) -> Outcome<Option<Written>> {
        if self.has(key) { self.text(key).map(Some) } else { Ok(None) }
    }

    /// True or false that may be there.
    pub(crate) fn flag(&self, key: &str) -> Outcome<Option<bool>> {
        let Some(written) = self.optional_text(key)? else { return Ok(None) };
        match written.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "on" => Ok(Some(true)),
            "false" | "no" | "n" | "off" => Ok(Some(false)),
            _ => {
                let en = format!("the value of '{key}' must be true or false");
                let context = self.context.within(ItemType::ValueFor, key, written.place);
                Err(Fault::shape(en, format!("“{key}”的值必须是 true 或 false"), &context))
            }
        }
    }

    /// A whole number that may be there.
    pub(crate) fn number(&self, key: &str) -> Outcome<Option<u64>> {
        let Some(written) = self.optional_text(key)? else { return Ok(None) };
        written.text.parse().map(Some).map_err(|_| {
            let context = self.context.within(ItemType::ValueFor, key, written.place);
            let en = format!("the value of '{key}' must be a number from 0");
            Fault::shape(en, format!("“{key}”的值必须是非负整数"), &context)
        })
    }

    /// A sequence of texts that must be there.
    pub(crate) fn texts(&self, key: &str) -> Outcome<Vec<String>> {
        let node = self.get(key).ok_or_else(|| {
            Fault::shape(format!("the key '{key}' is missing"), format!("缺少键“{key}”"), &self.context)
        })?;
        let items = node.list().ok_or_else(|| {
            let en = format!("the value of '{key}' must be a sequence");
            Fault::shape(en, format!("“{key}”的值必须是序列"), &self.at(key, node))
        })?;
        items
            .iter()
            .map(|item| {
                item.scalar().map(str::to_owned).ok_or_else(|| {
                    let context = self.at(key, node).within(ItemType::ListItem, "", self.place(item));
                    let en = format!("each value of '{key}' must be a text or a number");
                    Fault::shape(en, format!("“{key}”的每个值必须是文本或数字"), &context)
                })
            })
            .collect()
    }

    /// Tags that may be there.
    pub(crate) fn tags(&self) -> Outcome<Option<BTreeSet<String>>> {
        if self.has("tags") {
            return self.texts("tags").map(|tags| Some(tags.into_iter().collect()));
        }
        Ok(None)
    }

    /// Keys that nobody knows, and keys that stand twice, each with its place.
    pub(crate) fn strange(&self, known: &[&str]) -> Vec<(String, Context)> {
        let mut strange = Vec::new();
        let Value::Map(pairs) = &self.node.value else { return strange };
        for (at, (key, _)) in pairs.iter().enumerate() {
            let name = key.scalar().unwrap_or("?");
            let again = pairs.iter().take(at).any(|(other, _)| other.scalar() == Some(name));
            if again || !known.contains(&name) {
                strange.push((name.to_owned(), self.at(name, key)));
            }
        }
        strange
    }
}
