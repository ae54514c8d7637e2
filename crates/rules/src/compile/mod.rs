//! From lists, macros and rules to a set of rules that can judge events.

mod check;
mod exception;
mod flaw;
mod lists;
mod macros;
mod operand;
mod output;
mod rules;
mod values;

use crate::catalogue::Source;
use crate::limits::Limits;
use crate::load::fault::Fault;
use crate::load::items::Items;
use crate::load::place::Files;
use crate::load::problem::Code;
use crate::program::Plan;
use crate::program::graph::Graph;
use crate::rule_set::{OfSource, RuleSet};
use batten_model::Text;
use check::Surroundings;
use flaw::{Flaw, Remark};
use lists::Lists;
use macros::Macros;

pub(crate) use check::remark_field;
pub use output::{ExtraField, ExtraOutput};

/// Most levels of a compiled condition.
const MAX_LEVELS: u16 = 500;

/// Compiles everything; problems go to the files that have them.
pub(crate) fn compile(
    items: &Items,
    files: &mut Files<'_>,
    limits: &Limits,
    extra: &[ExtraOutput],
) -> RuleSet {
    let mut faults: Vec<Fault> = Vec::new();
    let lists = Lists::new(items, limits, &mut faults);
    for fault in faults {
        files.add(fault.code, fault.text, &fault.context);
    }
    let mut macros = Macros::new(items, files);
    let mut budget = limits.total_items;
    let mut all = Vec::new();
    let mut of_source = Vec::new();
    for source in Source::ALL {
        let mut graph = Graph::default();
        let surroundings = Surroundings { items, lists: &lists, source, limits };
        let mut compiler =
            Compiler { surroundings, macros: &mut macros, graph: &mut graph, budget: &mut budget };
        let first = all.len();
        all.extend(rules::compile(&mut compiler, files, extra));
        let possible = graph.possible();
        for rule in all.iter_mut().skip(first) {
            rules::finish(rule, &graph, &possible, files);
        }
        let judged: Vec<_> = all
            .iter()
            .enumerate()
            .skip(first)
            .filter(|(_, rule)| rule.rule.enabled)
            .filter_map(|(at, rule)| Some((u32::try_from(at).ok()?, rule.root, rule.rule.event_types)))
            .collect();
        let plan = Plan::new(&mut graph, &judged);
        of_source.push(OfSource { source, graph, plan });
    }
    // What an object that is refused would have used is not known.
    if files.results.iter().all(|file| file.errors.is_empty()) {
        unused(items, &lists, &macros, files);
    }
    RuleSet::new(all.into_iter().map(|rule| rule.rule).collect(), of_source)
}

/// Compiles conditions of one source.
pub(crate) struct Compiler<'c, 's> {
    surroundings: Surroundings<'s>,
    macros: &'c mut Macros,
    graph: &'c mut Graph,
    budget: &'c mut usize,
}

fn unused(items: &Items, lists: &Lists, macros: &Macros, files: &mut Files<'_>) {
    for (at, (name, item)) in items.macros.iter().enumerate() {
        if !macros.is_used(at) {
            let text = Text::new(
                format!("no rule or macro names the macro '{name}'"),
                format!("没有规则或宏引用宏“{name}”"),
            );
            files.add(Code::UnusedMacro, text, &item.context);
        }
    }
    for (at, (name, item)) in items.lists.iter().enumerate() {
        if !lists.is_used(at) {
            let text = Text::new(
                format!("no rule, macro or list names the list '{name}'"),
                format!("没有规则、宏或列表引用列表“{name}”"),
            );
            files.add(Code::UnusedList, text, &item.context);
        }
    }
}
