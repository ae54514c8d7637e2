//! A rule: a new one, or a change of an earlier one.

use super::exception::{self, Notes};
use super::fault::{Fault, Outcome};
use super::items::{Change, Exception, Items, Priority, RuleItem};
use super::keys::Keys;
use super::overrides::Overrides;
use super::place::{Context, Pieces};
use super::problem::{Code, ItemType};
use super::reader::{nothing_before, old_append, strange_key, text_limit};
use crate::catalogue::Source;
use crate::limits::Limits;

const KEYS: &[&str] = &[
    "append",
    "capture",
    "capture_duration",
    "condition",
    "desc",
    "enabled",
    "exceptions",
    "output",
    "override",
    "priority",
    "rule",
    "skip-if-unknown-filter",
    "source",
    "tags",
    "warn_evttypes",
];
const APPENDABLE: &[&str] = &["condition", "desc", "exceptions", "output", "tags"];
const REPLACEABLE: &[&str] = &[
    "capture",
    "capture_duration",
    "condition",
    "desc",
    "enabled",
    "exceptions",
    "output",
    "priority",
    "skip-if-unknown-filter",
    "tags",
    "warn_evttypes",
];

/// Reads an item with the key `rule`.
pub(crate) fn read(mut keys: Keys<'_>, items: &mut Items, limits: &Limits, notes: &mut Notes) -> Outcome<()> {
    keys.context = Context::new(ItemType::Rule, "", keys.place(keys.node));
    let name = keys.text("rule")?.text;
    keys.context = Context::new(ItemType::Rule, &name, keys.place(keys.node));
    notes.extend(keys.strange(KEYS).into_iter().map(|(key, context)| strange_key(&key, context)));
    let append = keys.flag("append")?.unwrap_or(false);
    let overrides = Overrides::read(&keys, APPENDABLE, REPLACEABLE)?;
    items.tick();
    if append {
        notes.push(old_append(&keys.context));
        overrides.refuse_append(&keys.context)?;
        let change = change(&keys, &["condition", "exceptions"], true, notes)?;
        return append_to(&name, change, &keys, items, limits);
    }
    if !overrides.is_empty() {
        return override_(&name, &keys, &overrides, items, limits, notes);
    }
    if ["condition", "output", "desc", "priority"].iter().any(|key| keys.has(key)) {
        return define(&name, &keys, items, limits, notes);
    }
    let enabled = keys.flag("enabled")?.ok_or_else(|| {
        let en =
            "the rule has neither condition, output, desc and priority, nor 'enabled' for an earlier rule";
        Fault::shape(
            en,
            "规则既没有 condition、output、desc 和 priority，也没有针对先前规则的 enabled",
            &keys.context,
        )
    })?;
    let en = "'enabled' alone is deprecated; write 'override: {enabled: replace}'";
    notes.push(*Fault::new(
        Code::DeprecatedItem,
        en,
        "单独使用 enabled 已弃用；请写 override: {enabled: replace}",
        &keys.context,
    ));
    items.rules.get_mut(&name).ok_or_else(|| nothing_before(&keys.context))?.enabled = enabled;
    Ok(())
}

fn define(name: &str, keys: &Keys<'_>, items: &mut Items, limits: &Limits, notes: &mut Notes) -> Outcome<()> {
    let all = change(keys, KEYS, false, notes)?;
    let source = keys.optional_text("source")?.map_or_else(|| "syscall".to_owned(), |source| source.text);
    let mut rule = RuleItem {
        name: name.to_owned(),
        context: keys.context.clone(),
        condition: Pieces::new(keys.text("condition")?),
        output: Pieces::new(keys.text("output")?),
        description: keys.text("desc")?.text,
        priority: priority(keys)?,
        source,
        tags: all.tags.unwrap_or_default(),
        exceptions: all.exceptions.unwrap_or_default(),
        enabled: all.enabled.unwrap_or(true),
        warn_event_types: all.warn_event_types.unwrap_or(true),
        skip_if_unknown: all.skip_if_unknown.unwrap_or(false),
        capture: all.capture.unwrap_or(false),
        capture_duration: all.capture_duration,
    };
    text_limit(&rule.condition, limits, &keys.context)?;
    text_limit(&rule.output, limits, &keys.context)?;
    if items.rules.get(name).is_some_and(|earlier| earlier.source != rule.source) {
        let en = "the rule is defined again with another source";
        return Err(Fault::meaning(en, "规则被重新定义为不同来源", &keys.context));
    }
    let known = Source::parse(&rule.source);
    if known.is_none() {
        let en = format!("there is no source '{}': the rule is left out", rule.source);
        let zh = format!("没有来源“{}”：规则被跳过", rule.source);
        notes.push(*Fault::new(Code::UnknownSource, en, zh, &keys.context));
    }
    rule.exceptions.iter_mut().try_for_each(|exception| exception::complete(exception, known))?;
    items.rules.insert(name, rule);
    Ok(())
}

fn priority(keys: &Keys<'_>) -> Outcome<Priority> {
    let written = keys.text("priority")?;
    Priority::parse(&written.text).ok_or_else(|| {
        let names = Priority::ALL.map(|p| p.name().to_uppercase()).join(" ");
        let context = keys.context.within(ItemType::RulePriority, "", written.place);
        let text = &written.text;
        Fault::shape(
            format!("'{text}' is no priority: {names}"),
            format!("“{text}”不是优先级：{names}"),
            &context,
        )
    })
}

/// What the item gives for these keys.
fn change(keys: &Keys<'_>, wanted: &[&str], appending: bool, notes: &mut Notes) -> Outcome<Change> {
    let has = |key: &str| wanted.contains(&key) && keys.has(key);
    let mut change = Change::default();
    if has("condition") {
        change.condition = Some(keys.text("condition")?);
    }
    if has("output") {
        change.output = Some(keys.text("output")?);
    }
    if has("desc") {
        change.description = Some(keys.text("desc")?.text);
    }
    if has("tags") {
        change.tags = keys.tags()?;
    }
    if has("exceptions") {
        change.exceptions = exception::read(keys, appending, notes)?;
    }
    if has("priority") {
        change.priority = Some(priority(keys)?);
    }
    if has("enabled") {
        change.enabled = keys.flag("enabled")?;
    }
    if has("warn_evttypes") {
        change.warn_event_types = keys.flag("warn_evttypes")?;
    }
    if has("skip-if-unknown-filter") {
        change.skip_if_unknown = keys.flag("skip-if-unknown-filter")?;
    }
    if has("capture") {
        change.capture = keys.flag("capture")?;
    }
    if has("capture_duration") {
        change.capture_duration = keys.number("capture_duration")?;
    }
    Ok(change)
}

fn override_(
    name: &str,
    keys: &Keys<'_>,
    overrides: &Overrides,
    items: &mut Items,
    limits: &Limits,
    notes: &mut Notes,
) -> Outcome<()> {
    let named = |list: &[String], key: &str| list.iter().any(|name| name == key);
    let left = REPLACEABLE
        .iter()
        .find(|key| keys.has(key) && !named(&overrides.append, key) && !named(&overrides.replace, key));
    if let Some(key) = left {
        let en = format!("'{key}' does not stand under 'override'; say whether it is appended or replaces");
        let zh = format!("“{key}”未列在 override 中；请写明是追加还是替换");
        return Err(Fault::shape(en, zh, &keys.context));
    }
    let wanted: Vec<&str> = overrides.append.iter().map(String::as_str).collect();
    if !wanted.is_empty() {
        append_to(name, change(keys, &wanted, true, notes)?, keys, items, limits)?;
    }
    let wanted: Vec<&str> = overrides.replace.iter().map(String::as_str).collect();
    if !wanted.is_empty() {
        replace_in(name, change(keys, &wanted, false, notes)?, keys, items, limits)?;
    }
    Ok(())
}

fn append_to(name: &str, change: Change, keys: &Keys<'_>, items: &mut Items, limits: &Limits) -> Outcome<()> {
    let rule = items.rules.get_mut(name).ok_or_else(|| nothing_before(&keys.context))?;
    if change.is_empty() {
        let en = "an appended rule must have a condition or exceptions";
        return Err(Fault::meaning(en, "追加的规则必须有 condition 或 exceptions", &keys.context));
    }
    let source = Source::parse(&rule.source);
    change.exceptions.into_iter().flatten().try_for_each(|more| append_exception(rule, more, source))?;
    if let Some(condition) = change.condition {
        rule.condition.append(condition);
    }
    if let Some(output) = change.output {
        rule.output.append(output);
    }
    if let Some(description) = change.description {
        rule.description = format!("{} {description}", rule.description);
    }
    rule.tags.extend(change.tags.unwrap_or_default());
    text_limit(&rule.condition, limits, &keys.context)?;
    text_limit(&rule.output, limits, &keys.context)
}

fn append_exception(rule: &mut RuleItem, mut more: Exception, source: Option<Source>) -> Outcome<()> {
    let Some(earlier) = rule.exceptions.iter_mut().find(|earlier| earlier.name == more.name) else {
        if more.values.is_empty() {
            let en = "an appended exception must have values";
            return Err(Fault::meaning(en, "追加的例外必须有 values", &more.context));
        }
        exception::complete(&mut more, source)?;
        rule.exceptions.push(more);
        return Ok(());
    };
    if more.fields.is_some() || more.comparisons.is_some() {
        let en =
            format!("the exception '{}' has its fields and comps already; append only values", more.name);
        let zh = format!("例外“{}”已有 fields 和 comps；只能追加 values", more.name);
        return Err(Fault::meaning(en, zh, &more.context));
    }
    earlier.values.extend(more.values);
    Ok(())
}

fn replace_in(
    name: &str,
    change: Change,
    keys: &Keys<'_>,
    items: &mut Items,
    limits: &Limits,
) -> Outcome<()> {
    let rule = items.rules.get_mut(name).ok_or_else(|| nothing_before(&keys.context))?;
    if let Some(mut exceptions) = change.exceptions {
        let source = Source::parse(&rule.source);
        exceptions.iter_mut().try_for_each(|exception| exception::complete(exception, source))?;
        rule.exceptions = exceptions;
    }
    if let Some(condition) = change.condition {
        rule.condition = Pieces::new(condition);
    }
    if let Some(output) = change.output {
        rule.output = Pieces::new(output);
    }
    rule.description = change.description.unwrap_or(std::mem::take(&mut rule.description));
    rule.tags = change.tags.unwrap_or(std::mem::take(&mut rule.tags));
    rule.priority = change.priority.unwrap_or(rule.priority);
    rule.enabled = change.enabled.unwrap_or(rule.enabled);
    rule.warn_event_types = change.warn_event_types.unwrap_or(rule.warn_event_types);
    rule.skip_if_unknown = change.skip_if_unknown.unwrap_or(rule.skip_if_unknown);
    rule.capture = change.capture.unwrap_or(rule.capture);
    rule.capture_duration = change.capture_duration.or(rule.capture_duration);
    text_limit(&rule.condition, limits, &keys.context)?;
    text_limit(&rule.output, limits, &keys.context)
}
