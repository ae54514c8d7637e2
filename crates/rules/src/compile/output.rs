//! `output`: the text of a rule's alerts, and fields that are added to all alerts.

use super::{Flaw, Remark, flaw, operand};
use crate::catalogue::{Arg, Field, FieldRef, Source};
use crate::format::{Format, Part};
use crate::load::items::RuleItem;
use crate::load::place::Files;
use crate::load::problem::{Code, ItemType};
use crate::program::Computed;
use crate::syntax::{self, Transformer};
use batten_model::Text;
use std::collections::BTreeMap;

/// Text and fields that are added to the alerts of some rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraOutput {
    /// Only rules of this source.
    pub source: Option<String>,
    /// Only rules with all of these tags.
    pub tags: Vec<String>,
    /// Only the rule of this name.
    pub rule: Option<String>,
    /// Appended to the output, behind a blank.
    pub format: Option<String>,
    /// Added to `output_fields`.
    pub fields: Vec<ExtraField>,
}

/// A field that is added to `output_fields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraField {
    /// Its name in the alert.
    pub key: String,
    /// Its value: a format, or (`raw`) the name of one field whose value keeps its type.
    pub format: String,
    /// The value keeps its type.
    pub raw: bool,
}

impl ExtraOutput {
    fn is_for(&self, rule: &RuleItem) -> bool {
        self.source.as_ref().is_none_or(|source| *source == rule.source)
            && self.rule.as_ref().is_none_or(|name| *name == rule.name)
            && self.tags.iter().all(|tag| rule.tags.contains(tag))
    }
}

/// A compiled output.
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) extra: Vec<(String, Format)>,
}

/// Compiles a rule's output; `None` where it has an error, or the rule is left out.
pub(crate) fn compile(
    item: &RuleItem,
    source: Source,
    files: &mut Files<'_>,
    extra: &[ExtraOutput],
) -> Option<Output> {
    let mut text = item.output.text.trim().to_owned();
    let mut extras: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    for more in extra.iter().filter(|more| more.is_for(item)) {
        if let Some(format) = &more.format {
            text.push(' ');
            text.push_str(format);
        }
        extras
            .extend(more.fields.iter().map(|field| (field.key.as_str(), (field.format.as_str(), field.raw))));
    }
    let mut remarks = Vec::new();
    let made = format(&text, source, &mut remarks).and_then(|format| {
        let extra = extras.iter().map(|(key, (text, raw))| {
            let made =
                if *raw { raw_field(text, source) } else { self::format(text, source, &mut Vec::new()) };
            made.map(|made| ((*key).to_owned(), made))
        });
        Ok(Output { format, extra: extra.collect::<Result<_, _>>()? })
    });
    let context = item.context.within(ItemType::RuleOutput, "", item.output.place());
    match made {
        Ok(output) => {
            let mut seen = std::collections::BTreeSet::new();
            for Remark { code, text, at } in remarks {
                if seen.insert(text.en.clone()) {
                    files.add_in(code, text, &context, &item.output, at);
                }
            }
            Some(output)
        }
        Err(flaw) => {
            let skip = flaw.unknown && item.skip_if_unknown;
            let code = if skip { Code::UnknownFilter } else { Code::CompileOutput };
            files.add_in(code, flaw.text, &context, &item.output, flaw.at);
            None
        }
    }
}

fn raw_field(name: &str, source: Source) -> Result<Format, Flaw> {
    let field = FieldRef::parse(name.trim_start_matches('%'));
    let field = field.ok().filter(|field| field.field.is_of(source)).ok_or_else(|| {
        let mut flaw = Flaw::new(0, format!("there is no field '{name}'"), format!("没有字段“{name}”"));
        flaw.unknown = true;
        flaw
    })?;
    Ok(Format::new(vec![Part::Value {
        token: field.to_string(),
        value: Computed::Field(field),
        width: None,
    }]))
}

/// Reads `text %field text`.
pub(crate) fn format(text: &str, source: Source, remarks: &mut Vec<Remark>) -> Result<Format, Flaw> {
    let (start, text) = match text.strip_prefix('*') {
        Some(rest) => (1, rest),
        None => (0, text),
    };
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            plain.push('%');
            rest = after;
            continue;
        }
        let at = start + text.len() - after.len();
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (width, token) = after.split_at(digits);
        let width = (digits > 0).then(|| width.parse::<usize>().unwrap_or(0).min(1000));
        let (value, length) = value(token, source, at)?;
        rest = token.get(length..).unwrap_or("");
        let shown = token.get(..length).unwrap_or("");
        if shown == "container.info" {
            let en = "%container.info is replaced by nothing; name the fields, such as %container.id";
            let text = Text::new(en, "%container.info 会被替换为空；请写明字段，例如 %container.id");
            remarks.push(Remark { code: Code::DeprecatedItem, text, at });
            continue;
        }
        value.fields(&mut |field| super::remark_field(field, at, remarks));
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Value { token: shown.to_owned(), value, width });
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(Format::new(parts))
}

/// The field or transformer at the beginning of a text, and its length.
fn value(text: &str, source: Source, at: usize) -> Result<(Computed, usize), Flaw> {
    let word: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
    if Transformer::parse(&word).is_some() && text.get(word.len()..).is_some_and(|rest| rest.starts_with('('))
    {
        let (operand, length) = syntax::parse_transformed(text)
            .map_err(|error| Flaw { text: error.text, ..Flaw::new(at + error.at, "", "") })?;
        return Ok((operand::compile(&operand, source)?, length));
    }
    let Some((found, mut length)) = Field::longest(text) else {
        let token: String =
            text.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')).collect();
        return Err(flaw::field(&token, None, source, at).err().unwrap_or_else(|| {
            Flaw::new(
                at,
                "a field must follow '%'; a percent sign is written '%%'",
                "“%”后必须是字段；百分号写作“%%”",
            )
        }));
    };
    let takes = found.describe().argument;
    let rest = text.get(length..).unwrap_or("");
    let bracket = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inside, _)| inside);
    let field = match bracket.filter(|_| takes.index || takes.key) {
        Some(inside) => {
            length += inside.len() + 2;
            flaw::field(found.name(), Some(inside.trim_matches(['"', '\''])), source, at)?
        }
        None => {
            let key = if takes.key { dotted_key(found, rest) } else { "" };
            length += if key.is_empty() { 0 } else { key.len() + 1 };
            flaw::field(found.name(), (!key.is_empty()).then_some(key), source, at)?
        }
    };
    debug_assert!(field.arg != Arg::Each, "only transformers ask for each argument");
    Ok((Computed::Field(field), length))
}

/// The key behind a dot: of a label all that labels may have, else a word.
fn dotted_key(field: Field, rest: &str) -> &str {
    let Some(rest) = rest.strip_prefix('.') else { return "" };
    let is_label = field.name().ends_with("label");
    let end = rest
        .find(|c: char| {
            !(c.is_ascii_alphanumeric() || c == '_' || (is_label && matches!(c, '.' | '-' | '/')))
        })
        .unwrap_or(rest.len());
    rest.get(..end).unwrap_or("").trim_end_matches(['.', '-', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        format(text, Source::Syscall, &mut Vec::new()).unwrap().tokens().map(str::to_owned).collect()
    }

    #[test]
    fn fields_end_where_their_names_end() {
        assert_eq!(
            tokens("a=%proc.name, b=%proc.pname) %evt.arg.flags."),
            ["proc.name", "proc.pname", "evt.arg.flags"]
        );
        assert_eq!(
            tokens("%proc.aname[2]/%fd.name.x %evt.arg[0]"),
            ["proc.aname[2]", "fd.name", "evt.arg[0]"]
        );
        assert_eq!(
            tokens("%k8s.pod.label.app.kubernetes.io/name. %tolower(proc.name)"),
            ["k8s.pod.label.app.kubernetes.io/name", "tolower(proc.name)"]
        );
        assert_eq!(tokens("100%% %container.info done"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_field_is_an_error() {
        for bad in ["%", "%foo.bar", "%evt.arg", "50% of", "%ka.verb", "%tolower(", "%proc.aname[x]"] {
            assert!(format(bad, Source::Syscall, &mut Vec::new()).is_err(), "{bad}");
        }
    }
}
