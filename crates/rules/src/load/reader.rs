//! From a file's tree to lists, macros and rules.

use super::exception::Notes;
use super::fault::{Fault, Outcome};
use super::items::{Items, ListItem, MacroItem, Order};
use super::keys::Keys;
use super::overrides::Overrides;
use super::place::{Context, Pieces, Place};
use super::problem::{Code, ItemType};
use super::rule;
use super::version::{ENGINE_VERSION, Version};
use super::yaml::Node;
use crate::limits::Limits;
use std::rc::Rc;

/// Plugins whose fields and sources are built in.
const PLUGINS: &[&str] =
    &["container", "json", "k8saudit", "k8saudit-aks", "k8saudit-eks", "k8saudit-gke", "k8saudit-ovh"];

const LIST_KEYS: &[&str] = &["list", "items", "append", "override"];
const MACRO_KEYS: &[&str] = &["macro", "condition", "append", "override"];

/// Reads one item into the collection.
pub(crate) fn item(
    node: &Rc<Node>,
    file: usize,
    items: &mut Items,
    limits: &Limits,
    notes: &mut Notes,
) -> Outcome<()> {
    let place = Place { file, mark: node.at };
    let context = Context::new(ItemType::RulesContentItem, "", place);
    if node.pairs().is_none() {
        return Err(Fault::shape("each item must be a mapping", "每个条目必须是映射", &context));
    }
    if items.len() >= limits.objects {
        let n = limits.objects;
        let en = format!("more than {n} rules, macros and lists");
        return Err(Fault::meaning(en, format!("规则、宏和列表超过 {n} 个"), &context));
    }
    let mut keys = Keys { node, file, context };
    if keys.has("required_engine_version") {
        keys.context = Context::new(ItemType::RequiredEngineVersion, "", place);
        engine_version(&keys, items)
    } else if let Some(value) = keys.get("required_plugin_versions") {
        keys.context = Context::new(ItemType::RequiredPluginVersions, "", Place { file, mark: value.at });
        plugin_versions(&keys, value, notes)
    } else if keys.has("list") {
        list(keys, items, notes)
    } else if keys.has("macro") {
        macro_(keys, items, limits, notes)
    } else if keys.has("rule") {
        rule::read(keys, items, limits, notes)
    } else {
        let en = "no list, macro, rule or required version: the item is left out";
        notes.push(*Fault::new(
            Code::UnknownItem,
            en,
            "不是列表、宏、规则或版本要求：已跳过该条目",
            &keys.context,
        ));
        Ok(())
    }
}

fn engine_version(keys: &Keys<'_>, items: &mut Items) -> Outcome<()> {
    let written = keys.text("required_engine_version")?.text;
    let version = Version::parse_engine(&written).ok_or_else(|| {
        let en = format!("'{written}' is no version: a number, or x.y.z");
        Fault::shape(en, format!("“{written}”不是版本：应为数字或 x.y.z"), &keys.context)
    })?;
    if !ENGINE_VERSION.serves(version) {
        let en = format!("the rules need engine {version}; this one is {ENGINE_VERSION}");
        let zh = format!("规则需要引擎 {version}，当前为 {ENGINE_VERSION}");
        return Err(Fault::meaning(en, zh, &keys.context));
    }
    items.required_engine = items.required_engine.max(Some(version));
    Ok(())
}

fn plugin_versions(keys: &Keys<'_>, value: &Rc<Node>, notes: &mut Notes) -> Outcome<()> {
    let entries = value.list().ok_or_else(|| {
        Fault::shape(
            "required_plugin_versions must be a sequence",
            "required_plugin_versions 必须是序列",
            &keys.context,
        )
    })?;
    for entry in entries {
        let inner = Keys { node: entry, file: keys.file, context: keys.context.clone() };
        let mut names = vec![plugin(&inner)?];
        if let Some(alternatives) = entry.get("alternatives") {
            let list = alternatives.list().ok_or_else(|| {
                Fault::shape("alternatives must be a sequence", "alternatives 必须是序列", &keys.context)
            })?;
            for node in list {
                names.push(plugin(&Keys { node, file: keys.file, context: keys.context.clone() })?);
            }
        }
        let repeated =
            names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|other| other == *name));
        if let Some((_, name)) = repeated {
            let en = format!("the plugin '{name}' stands twice among the alternatives");
            return Err(Fault::meaning(en, format!("插件“{name}”在备选中出现两次"), &keys.context));
        }
        if !names.iter().any(|name| PLUGINS.contains(&name.as_str())) {
            let name = names.first().cloned().unwrap_or_default();
            let en = format!("there are no plugins: rules for events of '{name}' are left out");
            let zh = format!("没有插件：针对“{name}”事件的规则将被跳过");
            notes.push(*Fault::new(Code::UnknownItem, en, zh, &keys.context));
        }
    }
    Ok(())
}

fn plugin(keys: &Keys<'_>) -> Outcome<String> {
    if keys.node.pairs().is_none() {
        return Err(Fault::shape(
            "a plugin's version must be a mapping",
            "插件版本必须是映射",
            &keys.context,
        ));
    }
    let (name, version) = (keys.text("name")?.text, keys.text("version")?.text);
    if Version::parse(&version).is_none() {
        let en = format!("'{version}' is no version of the plugin '{name}'");
        return Err(Fault::meaning(en, format!("“{version}”不是插件“{name}”的版本"), &keys.context));
    }
    Ok(name)
}

/// A word of warning for a key that nobody reads.
pub(crate) fn strange_key(key: &str, context: Context) -> Fault {
    let en = format!("the key '{key}' is unknown or stands twice; it is not read");
    *Fault::new(Code::UnknownKey, en, format!("键“{key}”未知或重复，未被读取"), &context)
}

/// Notes about `append: true`.
pub(crate) fn old_append(context: &Context) -> Fault {
    let en = "'append' is deprecated; write 'override' with the keys that are appended";
    *Fault::new(Code::DeprecatedItem, en, "“append”已弃用；请用 “override” 写明要追加的键", context)
}

fn list(mut keys: Keys<'_>, items: &mut Items, notes: &mut Notes) -> Outcome<()> {
    keys.context = Context::new(ItemType::List, "", keys.place(keys.node));
    let name = keys.text("list")?.text;
    keys.context = Context::new(ItemType::List, &name, keys.place(keys.node));
    notes.extend(keys.strange(LIST_KEYS).into_iter().map(|(key, context)| strange_key(&key, context)));
    if name.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '=' | ',')) {
        let en = format!(
            "no condition can name the list '{name}': blanks, quotes, '(', ')', '=' and ',' end a name"
        );
        let zh = format!("条件无法引用列表“{name}”：空白、引号、“(”、“)”、“=”和“,”会结束名称");
        notes.push(*Fault::new(Code::InvalidListName, en, zh, &keys.context));
    }
    let values = keys.texts("items")?;
    let appends = appends(&keys, &["items"], notes)?;
    let now = items.tick();
    if appends {
        let list = items.lists.get_mut(&name).ok_or_else(|| nothing_before(&keys.context))?;
        list.items.extend(values);
        list.order.changed = now;
    } else {
        let defined = items.lists.get(&name).map_or(now, |list| list.order.defined);
        let order = Order { defined, changed: now };
        items.lists.insert(&name, ListItem { items: values, context: keys.context, order });
    }
    Ok(())
}

fn macro_(mut keys: Keys<'_>, items: &mut Items, limits: &Limits, notes: &mut Notes) -> Outcome<()> {
    keys.context = Context::new(ItemType::Macro, "", keys.place(keys.node));
    let name = keys.text("macro")?.text;
    keys.context = Context::new(ItemType::Macro, &name, keys.place(keys.node));
    notes.extend(keys.strange(MACRO_KEYS).into_iter().map(|(key, context)| strange_key(&key, context)));
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(fits) {
        let en = format!("no condition can name the macro '{name}': a name is letters, digits and '_'");
        let zh = format!("条件无法引用宏“{name}”：名称由字母、数字和“_”组成");
        notes.push(*Fault::new(Code::InvalidMacroName, en, zh, &keys.context));
    }
    let condition = keys.text("condition")?;
    let appends = appends(&keys, &["condition"], notes)?;
    let now = items.tick();
    if appends {
        let earlier = items.macros.get_mut(&name).ok_or_else(|| nothing_before(&keys.context))?;
        earlier.condition.append(condition);
        earlier.order.changed = now;
        return text_limit(&earlier.condition, limits, &keys.context);
    }
    let condition = Pieces::new(condition);
    text_limit(&condition, limits, &keys.context)?;
    let defined = items.macros.get(&name).map_or(now, |earlier| earlier.order.defined);
    let order = Order { defined, changed: now };
    items.macros.insert(&name, MacroItem { condition, context: keys.context, order });
    Ok(())
}

/// Whether an item of one part is appended to an earlier one.
fn appends(keys: &Keys<'_>, parts: &[&str], notes: &mut Notes) -> Outcome<bool> {
    let append = keys.flag("append")?.unwrap_or(false);
    let overrides = Overrides::read(keys, parts, parts)?;
    if append {
        notes.push(old_append(&keys.context));
        overrides.refuse_append(&keys.context)?;
    }
    Ok(append || !overrides.append.is_empty())
}

/// An error of an item that is appended to nothing.
pub(crate) fn nothing_before(context: &Context) -> Box<Fault> {
    Fault::meaning(
        "there is nothing of that name before it to append to or to override",
        "之前没有同名条目可供追加或覆盖",
        context,
    )
}

/// Checks the length of a condition or output.
pub(crate) fn text_limit(text: &Pieces, limits: &Limits, context: &Context) -> Outcome<()> {
    if text.text.len() <= limits.text_bytes {
        return Ok(());
    }
    let n = limits.text_bytes;
    Err(Fault::meaning(format!("longer than {n} bytes"), format!("超过 {n} 字节"), context))
}
