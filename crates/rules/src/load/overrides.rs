//! `override`: which keys of an item are appended to an earlier item, and which replace what it has.

use super::fault::{Fault, Outcome, quoted};
use super::keys::Keys;
use super::place::Context;
use super::problem::ItemType;

/// What an item says under `override`.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) append: Vec<String>,
    pub(crate) replace: Vec<String>,
}

impl Overrides {
    /// Reads `override`, in which only these keys may be appended or replaced.
    pub(crate) fn read(keys: &Keys<'_>, appendable: &[&str], replaceable: &[&str]) -> Outcome<Overrides> {
        let mut out = Overrides::default();
        let Some(node) = keys.get("override") else { return Ok(out) };
        let context = keys.context.within(ItemType::Overrides, "", keys.place(node));
        let pairs = node.pairs().ok_or_else(|| {
            let en = "override must be a mapping from keys to append or replace";
            Fault::shape(en, "override 必须是从键到 append 或 replace 的映射", &context)
        })?;
        for (key, operation) in pairs {
            let name = key.scalar().unwrap_or("");
            let place = context.within(ItemType::Overrides, name, keys.place(key));
            let (allowed, list) = match operation.scalar() {
                Some("append") => (appendable, &mut out.append),
                Some("replace") => (replaceable, &mut out.replace),
                _ => {
                    let en = format!("'{name}' is overridden by 'append' or 'replace' only");
                    return Err(Fault::shape(en, format!("“{name}”只能用 append 或 replace 覆盖"), &place));
                }
            };
            if !allowed.contains(&name) {
                let word = operation.scalar().unwrap_or("");
                let en = format!("'{name}' cannot take '{word}', which is for {}", quoted(allowed));
                return Err(Fault::shape(
                    en,
                    format!("“{name}”不能使用 {word}，它适用于 {}", quoted(allowed)),
                    &place,
                ));
            }
            if !keys.has(name) {
                let en = format!("'{name}' stands under 'override', but the item has no such key");
                return Err(Fault::shape(en, format!("“override”中有“{name}”，但条目没有此键"), &place));
            }
            list.push(name.to_owned());
        }
        Ok(out)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.append.is_empty() && self.replace.is_empty()
    }

    /// `append: true` and `override` exclude each other.
    pub(crate) fn refuse_append(&self, context: &Context) -> Outcome<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Fault::shape(
            "an item has either 'append' or 'override'; leave 'append' out",
            "条目不能同时使用 append 与 override；请删除 append",
            context,
        ))
    }
}
