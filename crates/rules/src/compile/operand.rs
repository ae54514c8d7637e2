//! Sides of a comparison: fields are found, arguments of transformers have their types checked.

use super::flaw::{self, Flaw};
use crate::catalogue::{Arg, Field, Source, Type, Values};
use crate::program::Computed;
use crate::syntax::{Operand, Transformer};

/// Compiles a side of a comparison.
pub(crate) fn compile(operand: &Operand, source: Source) -> Result<Computed, Flaw> {
    match operand {
        Operand::Field { name, bracket, at } => {
            flaw::field(name, bracket.as_deref(), source, *at).map(Computed::Field)
        }
        Operand::Text(literal) => Ok(Computed::Text(literal.text.as_bytes().into())),
        Operand::List { items, .. } => {
            Ok(Computed::List(items.iter().map(|item| item.text.as_bytes().into()).collect()))
        }
        Operand::Transformed { transformer, arguments, selector, at } => {
            let mut arguments =
                arguments.iter().map(|argument| compile(argument, source)).collect::<Result<Vec<_>, _>>()?;
            if matches!(transformer, Transformer::Join | Transformer::GetOpt) {
                arguments.iter_mut().for_each(ask_for_each);
            }
            check(*transformer, &arguments, *at)?;
            Ok(Computed::Transformed {
                transformer: *transformer,
                arguments: arguments.into(),
                selector: option(selector.as_deref(), *at)?,
            })
        }
    }
}

fn option(selector: Option<&str>, at: usize) -> Result<Option<u8>, Flaw> {
    match selector.map(str::as_bytes) {
        None => Ok(None),
        Some([option]) => Ok(Some(*option)),
        Some(_) => Err(Flaw::new(at, "getopt(…)[x] takes one character", "getopt(…)[x] 只接受一个字符")),
    }
}

fn check(transformer: Transformer, arguments: &[Computed], at: usize) -> Result<(), Flaw> {
    let word = transformer.word();
    let wrong = |en: &str, zh: &str| Err(Flaw::new(at, format!("{word}() {en}"), format!("{word}() {zh}")));
    let is_text = |computed: &Computed| matches!(computed.kind(), Type::Text | Type::Dynamic);
    let is_one = |computed: &Computed| computed.values() == Values::One;
    match (transformer, arguments) {
        (Transformer::Val, [one]) if one.field().is_some() => Ok(()),
        (Transformer::Val, _) => wrong("takes one field", "接受一个字段"),
        (Transformer::Len, [one]) if matches!(one.kind(), Type::Text | Type::Bytes) || !is_one(one) => Ok(()),
        (Transformer::Len, _) => wrong("takes a text or a list", "接受文本或列表"),
        (Transformer::B64, [one]) if is_text(one) || one.kind() == Type::Bytes => Ok(()),
        (Transformer::ToLower | Transformer::ToUpper | Transformer::Basename, [one]) if is_text(one) => {
            Ok(())
        }
        (Transformer::B64 | Transformer::ToLower | Transformer::ToUpper | Transformer::Basename, _) => {
            wrong("takes one text", "接受一个文本")
        }
        (Transformer::Concat, all) if all.len() >= 2 && all.iter().all(|one| is_text(one) && is_one(one)) => {
            Ok(())
        }
        (Transformer::Concat, _) => wrong("takes two texts or more", "接受两个或更多文本"),
        (Transformer::Join, [separator, list])
            if is_text(separator) && is_one(separator) && is_list(list) =>
        {
            Ok(())
        }
        (Transformer::Join, _) => wrong("takes a separator and a list", "接受分隔符和列表"),
        (Transformer::GetOpt, [list, options]) if is_text(options) && is_one(options) && is_list(list) => {
            Ok(())
        }
        (Transformer::GetOpt, _) => {
            wrong("takes a list of arguments and the text of options", "接受参数列表和选项文本")
        }
    }
}

/// The arguments of a command line are a list where a list is asked for.
fn ask_for_each(computed: &mut Computed) {
    if let Computed::Field(field) = computed
        && field.field == Field::ProcArgs
        && field.arg == Arg::None
    {
        field.arg = Arg::Each;
    }
}

fn is_list(computed: &Computed) -> bool {
    computed.values() != Values::One && computed.kind() == Type::Text
}
