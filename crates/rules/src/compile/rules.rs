//! Rules: condition, exceptions and output together.

use super::exception;
use super::output;
use super::{Compiler, ExtraOutput, Flaw, Remark};
use crate::catalogue::{FieldRef, Source};
use crate::load::items::{Exception, RuleItem};
use crate::load::place::Files;
use crate::load::problem::{Code, ItemType};
use crate::program::graph::{Graph, NodeId, Possible};
use crate::rule_set::Rule;
use crate::syntax;
use batten_model::Text;
use std::collections::BTreeSet;

/// A rule with the root of its condition.
pub(crate) struct CompiledRule<'i> {
    pub(crate) rule: Rule,
    pub(crate) root: NodeId,
    item: &'i RuleItem,
}

/// Falco warns of rules that concern more event types.
const MANY_EVENT_TYPES: usize = 100;

/// Compiles the rules of the compiler's source; those with an error are left out.
pub(crate) fn compile<'i>(
    compiler: &mut Compiler<'_, 'i>,
    files: &mut Files<'_>,
    extra: &[ExtraOutput],
) -> Vec<CompiledRule<'i>> {
    let items = compiler.surroundings.items;
    let source = compiler.surroundings.source;
    let own =
        items.rules.iter().map(|(_, item)| item).filter(|item| Source::parse(&item.source) == Some(source));
    own.filter_map(|item| one(compiler, item, files, extra)).collect()
}

fn one<'i>(
    compiler: &mut Compiler<'_, 'i>,
    item: &'i RuleItem,
    files: &mut Files<'_>,
    extra: &[ExtraOutput],
) -> Option<CompiledRule<'i>> {
    let root = condition(compiler, item, files);
    let output = output::compile(item, compiler.surroundings.source, files, extra);
    let (root, output) = (root?, output?);
    let mut exception_fields = BTreeSet::new();
    for exception in &item.exceptions {
        exception.fields.iter().for_each(|fields| names(fields, &mut exception_fields));
    }
    let rule = Rule {
        name: item.name.clone(),
        description: item.description.clone(),
        priority: item.priority,
        source: compiler.surroundings.source,
        tags: item.tags.iter().cloned().collect(),
        enabled: item.enabled,
        capture: item.capture,
        capture_duration: item.capture_duration,
        exception_fields: exception_fields.into_iter().collect(),
        output: output.format,
        extra_fields: output.extra,
        event_types: crate::catalogue::EventTypes::NONE,
        fields: Vec::new(),
    };
    Some(CompiledRule { rule, root, item })
}

fn names(entry: &crate::load::items::Entry, out: &mut BTreeSet<String>) {
    match entry {
        crate::load::items::Entry::One(name) => {
            out.insert(name.clone());
        }
        crate::load::items::Entry::Many(all) => all.iter().for_each(|entry| names(entry, out)),
    }
}

/// The root of a rule's condition with its exceptions; `None` where there is an error, or the rule is left out.
fn condition(compiler: &mut Compiler<'_, '_>, item: &RuleItem, files: &mut Files<'_>) -> Option<NodeId> {
    let context = item.context.within(ItemType::RuleCondition, "", item.condition.place());
    let tree = syntax::parse(&item.condition.text).map_err(|error| {
        files.add_in(Code::CompileCondition, error.text, &context, &item.condition, error.at);
    });
    let compiled = match compiler.condition(&tree.ok()?, usize::MAX) {
        Ok(compiled) => compiled,
        Err(flaw) => {
            condition_error(compiler, item, flaw, files);
            return None;
        }
    };
    let mut seen = BTreeSet::new();
    for Remark { code, text, at } in compiled.remarks {
        if seen.insert((code, text.en.clone())) {
            files.add_in(code, text, &context, &item.condition, at);
        }
    }
    let mut parts = vec![compiled.node];
    for exception in &item.exceptions {
        match except(compiler, exception) {
            Ok(Some((node, remarks))) => {
                parts.push(compiler.graph.not(node));
                for Remark { code, text, .. } in remarks {
                    if seen.insert((code, text.en.clone())) {
                        files.add(code, text, &exception.context);
                    }
                }
            }
            Ok(None) => {}
            Err(flaw) if flaw.unknown && item.skip_if_unknown => {
                files.add(Code::UnknownFilter, flaw.text, &exception.context);
                return None;
            }
            Err(flaw) => {
                files.add(Code::Validate, flaw.text, &exception.context);
                return None;
            }
        }
    }
    Some(compiler.graph.and(parts))
}

fn except(
    compiler: &mut Compiler<'_, '_>,
    exception: &Exception,
) -> Result<Option<(NodeId, Vec<Remark>)>, Flaw> {
    let Some(tree) = exception::condition(exception)? else { return Ok(None) };
    let compiled = compiler.condition(&tree, usize::MAX)?;
    Ok(Some((compiled.node, compiled.remarks)))
}

fn condition_error(compiler: &mut Compiler<'_, '_>, item: &RuleItem, flaw: Flaw, files: &mut Files<'_>) {
    let macro_ = flaw.within.and_then(|at| Some((at, compiler.surroundings.items.macros.at(at)?)));
    let skip = flaw.unknown && item.skip_if_unknown;
    let code = match (skip, flaw.is_reference) {
        (true, _) => Code::UnknownFilter,
        (_, true) => Code::Validate,
        _ => Code::CompileCondition,
    };
    match macro_ {
        Some((at, (_, found))) if !skip => {
            if compiler.macros.is_news(at, &flaw) {
                let context = found.context.within(ItemType::MacroCondition, "", found.condition.place());
                files.add_in(code, flaw.text, &context, &found.condition, flaw.at);
            }
        }
        _ => {
            let context = item.context.within(ItemType::RuleCondition, "", item.condition.place());
            let at = if macro_.is_some() { 0 } else { flaw.at };
            files.add_in(code, flaw.text, &context, &item.condition, at);
        }
    }
}

/// What is known of a rule once all conditions are there: its event types and fields.
pub(crate) fn finish(
    rule: &mut CompiledRule<'_>,
    graph: &Graph,
    possible: &[Possible],
    files: &mut Files<'_>,
) {
    let mut fields: BTreeSet<FieldRef> = BTreeSet::new();
    for test in graph.tests_of(rule.root) {
        let mut insert = |field: &FieldRef| {
            fields.insert(field.clone());
        };
        test.wording.left.fields(&mut insert);
        if let Some(right) = &test.wording.right {
            right.fields(&mut insert);
        }
    }
    rule.rule.fields = fields.into_iter().collect();
    if rule.rule.source != Source::Syscall {
        return;
    }
    rule.rule.event_types =
        possible.get(rule.root as usize).map_or(crate::catalogue::EventTypes::NONE, |possible| possible.yes);
    let never = *graph.node(rule.root) == crate::program::graph::Node::False;
    if rule.item.warn_event_types && !never && rule.rule.event_types.len() > MANY_EVENT_TYPES {
        let n = rule.rule.event_types.len();
        let text = Text::new(
            format!(
                "the rule is judged for {n} event types; name those it is for, as in 'evt.type in (open, openat)'"
            ),
            format!("规则需对 {n} 种事件类型求值；请写明其适用类型，例如 evt.type in (open, openat)"),
        );
        files.add(Code::NoEventType, text, &rule.item.context);
    }
}
