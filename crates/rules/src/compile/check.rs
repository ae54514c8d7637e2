//! One comparison: from its tree to a node of the graph.

use super::flaw::{Flaw, Remark};
use super::lists::Lists;
use super::operand;
use super::values::Constants;
use crate::catalogue::{Arg, EventType, EventTypes, Field, FieldRef, Source, Type, Values};
use crate::limits::Limits;
use crate::load::items::Items;
use crate::load::problem::Code;
use crate::program::graph::{Graph, NodeId};
use crate::program::test::{Test, Wording};
use crate::program::{Computed, NumberTest, Predicate};
use crate::syntax::{Check, Literal, Modifier, Operator, Right};

/// What a comparison is compiled with.
pub(crate) struct Surroundings<'s> {
    pub(crate) items: &'s Items,
    pub(crate) lists: &'s Lists,
    pub(crate) source: Source,
    pub(crate) limits: &'s Limits,
}

impl Surroundings<'_> {
    /// The node of a comparison. `budget` is how many items lists may still bring.
    pub(crate) fn check(
        &self,
        check: &Check,
        graph: &mut Graph,
        budget: &mut usize,
        remarks: &mut Vec<Remark>,
    ) -> Result<NodeId, Flaw> {
        let at = check.left.at();
        let left = operand::compile(&check.left, self.source)?;
        let right = match &check.right {
            Right::Operand(operand) => Some(operand::compile(operand, self.source)?),
            _ => None,
        };
        let mut wording = Wording {
            values: self.values(check, budget, at)?,
            left,
            operator: check.operator,
            modifier: check.modifier,
            right,
        };
        self.remark(check, &wording, remarks, at);
        remark_fields(&wording, remarks, at);
        list_operator(&wording, at)?;
        if let Some(right) = &wording.right {
            right_side(&wording, right, at)?;
        } else if let Some(Known { node, .. }) = self.known(&wording, graph, at)? {
            return Ok(node);
        }
        if wording.right.is_none() && is_never(&wording) {
            return Ok(graph.constant(false));
        }
        if wording.right.is_none() && is_any(&wording) {
            wording = Wording { operator: Operator::Exists, modifier: None, values: [].into(), ..wording };
        }
        graph.test(wording, |wording| {
            let predicate = predicate(wording, self.limits, at)?;
            Ok(Test { wording: wording.clone(), predicate })
        })
    }

    /// The constants of the right side, sorted.
    fn values(&self, check: &Check, budget: &mut usize, at: usize) -> Result<Box<[Box<[u8]>]>, Flaw> {
        let mut values: Vec<Box<[u8]>> = Vec::new();
        let mut resolve = |literal: &Literal| {
            self.lists.resolve(literal, self.items, &mut values);
            if values.len() > *budget {
                let n = self.limits.total_items;
                let en = format!("all lists of all comparisons have more than {n} items");
                return Err(Flaw::new(at, en, format!("所有比较中的列表项超过 {n} 个")));
            }
            Ok(())
        };
        match &check.right {
            Right::None | Right::Operand(_) => {}
            Right::One(literal) => values.push(literal.text.as_bytes().into()),
            Right::Name(literal) => resolve(literal)?,
            Right::List(list) => list.iter().try_for_each(resolve)?,
        }
        *budget = budget.saturating_sub(values.len());
        if check.operator.is_for_lists() || check.modifier.is_some() {
            values.sort_unstable();
            // Only for "exactly one" does it matter how often a value stands there.
            if check.modifier != Some(Modifier::OneOf) {
                values.dedup();
            }
        }
        Ok(values.into())
    }

    fn remark(&self, check: &Check, wording: &Wording, remarks: &mut Vec<Remark>, at: usize) {
        let equality =
            check.operator.is_for_lists() || matches!(check.operator, Operator::Equal | Operator::NotEqual);
        let from_json =
            wording.left.field().is_some_and(|field| field.field.describe().source == Source::K8sAudit);
        if equality && from_json && wording.values.iter().any(|value| value.as_ref() == b"<NA>") {
            let en = "a field without value equals nothing, not even <NA>; write 'exists'";
            let text = batten_model::Text::new(en, "没有值的字段不等于任何内容，包括 <NA>；请使用 exists");
            remarks.push(Remark { code: Code::UnsafeNaCheck, text, at });
        }
    }

    /// Comparisons whose answer follows from the type or the source of an event.
    fn known(&self, wording: &Wording, graph: &mut Graph, at: usize) -> Result<Option<Known>, Flaw> {
        let Some(field) = wording.left.field() else { return Ok(None) };
        let node = match field.field {
            Field::EvtType | Field::SyscallType | Field::EvtTypeIs if self.source == Source::Syscall => {
                let types = event_types(field, wording, self.limits, at)?;
                graph.types(types)
            }
            Field::EvtDir => {
                let test = text_of(wording, self.limits, at)?;
                graph.constant(wording.operator == Operator::Exists || test.fits_text(b"<"))
            }
            Field::EvtSource => {
                let test = text_of(wording, self.limits, at)?;
                let name = self.source.name().as_bytes();
                graph.constant(wording.operator == Operator::Exists || test.fits_text(name))
            }
            Field::EvtNum => match predicate(wording, self.limits, at)? {
                Predicate::Exists => graph.constant(true),
                Predicate::Number(test) => match counted(&test) {
                    Some(answer) => graph.constant(answer),
                    None => return Ok(None),
                },
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(Known { node }))
    }
}

struct Known {
    node: NodeId,
}

/// Warns of fields that are deprecated or have no value.
fn remark_fields(wording: &Wording, remarks: &mut Vec<Remark>, at: usize) {
    let mut look = |field: &FieldRef| remark_field(field, at, remarks);
    wording.left.fields(&mut look);
    if let Some(right) = &wording.right {
        right.fields(&mut look);
    }
}

/// Warns of a field that is deprecated or has no value.
pub(crate) fn remark_field(field: &FieldRef, at: usize, remarks: &mut Vec<Remark>) {
    let about = field.field.describe();
    if about.deprecated {
        let en = format!("'{field}' is deprecated: only ends of system calls are events");
        let text = batten_model::Text::new(en, format!("“{field}”已弃用：事件仅为系统调用的结束"));
        remarks.push(Remark { code: Code::DeprecatedItem, text, at });
    }
    if let Some(why) = about.unsupported {
        let why = why.text();
        let en = format!("'{field}' has no value here: {}", why.en);
        let text = batten_model::Text::new(en, format!("“{field}”在此没有值：{}", why.zh));
        remarks.push(Remark { code: Code::ConditionWarning, text, at });
    }
}

fn predicate(wording: &Wording, limits: &Limits, at: usize) -> Result<Predicate, Flaw> {
    if let Some(right) = &wording.right {
        return Ok(Predicate::Same(wording.operator, right.clone()));
    }
    constants(wording, wording.left.kind(), at).predicate(limits)
}

fn constants(wording: &Wording, kind: Type, at: usize) -> Constants<'_> {
    Constants { kind, operator: wording.operator, modifier: wording.modifier, values: &wording.values, at }
}

/// A comparison that is asked about a few known texts.
struct KnownText(Option<crate::program::TextTest>);

impl KnownText {
    fn fits_text(&self, text: &[u8]) -> bool {
        self.0.as_ref().is_some_and(|test| test.fits(text))
    }
}

fn text_of(wording: &Wording, limits: &Limits, at: usize) -> Result<KnownText, Flaw> {
    if wording.operator == Operator::Exists {
        return Ok(KnownText(None));
    }
    constants(wording, Type::Text, at).text(limits).map(|test| KnownText(Some(test)))
}

/// The event types for which a comparison of `evt.type` and its like is true.
fn event_types(field: &FieldRef, wording: &Wording, limits: &Limits, at: usize) -> Result<EventTypes, Flaw> {
    let known = |name: &[u8]| std::str::from_utf8(name).ok().and_then(EventType::parse);
    let unknown = |name: &str| {
        let mut flaw =
            Flaw::new(at, format!("there is no event type '{name}'"), format!("没有事件类型“{name}”"));
        flaw.unknown = true;
        flaw
    };
    if field.field == Field::EvtTypeIs {
        let Arg::Key(name) = &field.arg else { return Err(unknown("")) };
        let wanted = EventType::parse(name).ok_or_else(|| unknown(name))?;
        let is = |event: EventType| i128::from(event == wanted);
        return match constants(wording, Type::Uint, at).predicate(limits)? {
            Predicate::Number(test) => Ok(EventType::all().filter(|event| test.fits(is(*event))).collect()),
            _ => Ok(EventTypes::all()),
        };
    }
    let names = matches!(
        wording.operator,
        Operator::Equal | Operator::NotEqual | Operator::In | Operator::Intersects
    );
    if names && let Some(strange) = wording.values.iter().find(|name| known(name).is_none()) {
        return Err(unknown(&String::from_utf8_lossy(strange)));
    }
    let test = text_of(wording, limits, at)?;
    let exists = wording.operator == Operator::Exists;
    let has = |event: &EventType| field.field == Field::EvtType || event.is_syscall();
    Ok(EventType::all()
        .filter(has)
        .filter(|event| exists || test.fits_text(event.name().as_bytes()))
        .collect())
}

/// The answer for the number of an event, which counts from 1, where it is the same for all of them.
fn counted(test: &NumberTest) -> Option<bool> {
    let NumberTest::Ordered(_, bound) = test else { return None };
    // From the bound on, or from 1, the answer can change only at the bound itself and behind it.
    let answers = [1, (*bound).max(1), bound.saturating_add(1).max(1), i128::from(u64::MAX)];
    let first = test.fits(1);
    answers.iter().all(|number| test.fits(*number) == first).then_some(first)
}

/// Whether no value fits.
fn is_never(wording: &Wording) -> bool {
    let takes_values = wording.operator != Operator::Exists && wording.modifier != Some(Modifier::AllOf);
    takes_values && wording.values.is_empty()
}

/// Whether every text fits.
fn is_any(wording: &Wording) -> bool {
    let of_text = matches!(
        wording.operator,
        Operator::Contains | Operator::IContains | Operator::StartsWith | Operator::EndsWith
    );
    let [only] = wording.values.as_ref() else { return false };
    of_text && wording.modifier.is_none() && only.is_empty() && wording.left.kind() == Type::Text
}

/// Lists have few operators.
fn list_operator(wording: &Wording, at: usize) -> Result<(), Flaw> {
    let allowed = matches!(wording.operator, Operator::Exists | Operator::In | Operator::Intersects);
    if wording.left.values() != Values::List || allowed {
        return Ok(());
    }
    let (left, word) = (&wording.left, wording.operator.word());
    Err(Flaw::new(
        at,
        format!("{left} is a list, which '{word}' does not compare; write exists, in or intersects"),
        format!("{left} 是列表，“{word}”不适用；请使用 exists、in 或 intersects"),
    ))
}

/// Whether both sides can be compared with each other.
fn right_side(wording: &Wording, right: &Computed, at: usize) -> Result<(), Flaw> {
    let word = wording.operator.word();
    if matches!(wording.operator, Operator::PMatch | Operator::Regex) {
        return Err(Flaw::new(
            at,
            format!("'{word}' needs a constant on its right side"),
            format!("“{word}”的右侧必须是常量"),
        ));
    }
    for side in [&wording.left, right] {
        let whole = matches!(side.values(), Values::Either | Values::Ancestors);
        if whole || matches!(side.kind(), Type::Network | Type::Dynamic) {
            return Err(Flaw::new(
                at,
                format!("{side} cannot be compared with another field"),
                format!("{side} 不能与其他字段比较"),
            ));
        }
    }
    let one_only = right.values() != Values::One && !wording.operator.is_for_lists();
    if one_only || family(wording.left.kind()) != family(right.kind()) {
        let left = &wording.left;
        return Err(Flaw::new(
            at,
            format!(
                "{left} ({}) cannot be compared with {right} ({})",
                left.kind().name(),
                right.kind().name()
            ),
            format!("{left}（{}）不能与 {right}（{}）比较", left.kind().name(), right.kind().name()),
        ));
    }
    // The operator must suit the type: a constant of the type is tried in place of the field.
    let sample: Box<[Box<[u8]>]> = match family(wording.left.kind()) {
        Family::Text => [Box::from(&b"00"[..])].into(),
        Family::Number => [Box::from(&b"0"[..])].into(),
        Family::Address => [Box::from(&b"::"[..])].into(),
    };
    let trial = Wording { values: sample, right: None, ..wording.clone() };
    predicate(&trial, &Limits::default(), at).map(|_| ())
}

#[derive(PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Address,
}

fn family(kind: Type) -> Family {
    match kind {
        Type::Text | Type::Bytes | Type::Dynamic => Family::Text,
        Type::Address | Type::Network => Family::Address,
        _ => Family::Number,
    }
}
