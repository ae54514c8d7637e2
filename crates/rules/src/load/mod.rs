//! From files to compiled rules, with all that is wrong in them.

pub(crate) mod exception;
pub(crate) mod fault;
pub(crate) mod items;
mod keys;
mod overrides;
pub(crate) mod place;
pub(crate) mod problem;
mod reader;
mod rule;
mod version;
mod yaml;

pub use items::Priority;
pub use problem::{Code, Excerpt, FileResult, ItemType, LoadResults, Location, Position, Problem};
pub use version::{ENGINE_VERSION, Version};

use crate::compile::{ExtraOutput, compile};
use crate::limits::Limits;
use crate::rule_set::RuleSet;
use batten_model::Text;
use items::Items;
use place::{Context, Files, Place, SourceText};

/// A file of rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

/// How files are loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Limits.
    pub limits: Limits,
    /// What is added to alerts.
    pub extra_output: Vec<ExtraOutput>,
}

/// What came of a load.
#[derive(Debug)]
pub struct Loaded {
    /// Each file with its problems.
    pub files: Vec<FileResult>,
    /// The rules that are right, even where others are not.
    pub rules: RuleSet,
    /// The highest version that the files ask for.
    pub required_engine: Option<Version>,
}

impl Loaded {
    /// Whether all files are accepted.
    pub fn is_accepted(&self) -> bool {
        self.files.iter().all(FileResult::is_accepted)
    }

    /// Falco's validation JSON.
    pub fn to_json(&self) -> LoadResults<'_> {
        LoadResults::of(&self.files)
    }
}

/// Loads files in their order: a later one changes what earlier ones define. All errors are found, not only the first.
pub fn load(files: &[RuleFile<'_>], options: &LoadOptions) -> Loaded {
    let limits = &options.limits;
    let texts: Vec<Result<&str, Text>> = files.iter().map(|file| text_of(file, limits)).collect();
    let results = files.iter().map(|file| FileResult {
        name: file.name.to_owned(),
        errors: Vec::new(),
        warnings: Vec::new(),
        more: 0,
    });
    let mut state = Files {
        texts: texts.iter().map(|text| SourceText::new(text.as_ref().map_or("", |text| text))).collect(),
        results: results.collect(),
        limit: limits.problems,
    };
    let mut items = Items::default();
    for (at, text) in texts.iter().enumerate() {
        match text {
            Ok(text) => read(at, text, &mut items, &mut state, limits),
            Err(reason) => {
                let place = Place { file: at, ..Place::default() };
                state.add(Code::YamlParse, reason.clone(), &Context::new(ItemType::RulesContent, "", place));
            }
        }
    }
    let rules = compile(&items, &mut state, limits, &options.extra_output);
    for result in &mut state.results {
        for problems in [&mut result.errors, &mut result.warnings] {
            problems.sort_by_key(|problem| (problem.excerpt.line, problem.excerpt.column));
        }
    }
    Loaded { files: state.results, rules, required_engine: items.required_engine }
}

fn text_of<'a>(file: &RuleFile<'a>, limits: &Limits) -> Result<&'a str, Text> {
    if file.content.len() > limits.file_bytes {
        let n = limits.file_bytes;
        return Err(Text::new(format!("the file has more than {n} bytes"), format!("文件超过 {n} 字节")));
    }
    let text = std::str::from_utf8(file.content).map_err(|error| {
        let line = file.content.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Text::new(format!("line {line} is not UTF-8"), format!("第 {line} 行不是 UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn read(file: usize, text: &str, items: &mut Items, files: &mut Files<'_>, limits: &Limits) {
    let documents = match yaml::read(text, limits) {
        Ok(documents) => documents,
        Err(error) => {
            let place = Place { file, mark: error.at };
            files.add(Code::YamlParse, error.text, &Context::new(ItemType::ValueFor, "", place));
            return;
        }
    };
    for document in documents.iter().filter(|document| !document.is_null()) {
        let Some(nodes) = document.list() else {
            let context = Context::new(ItemType::RulesContent, "", Place { file, mark: document.at });
            let en = "the file must be a sequence of lists, macros and rules";
            files.add(Code::YamlValidate, Text::new(en, "文件必须是由列表、宏和规则组成的序列"), &context);
            continue;
        };
        for node in nodes.iter().filter(|node| !node.is_null()) {
            let mut notes = Vec::new();
            let outcome = reader::item(node, file, items, limits, &mut notes);
            for fault in notes.into_iter().chain(outcome.err().map(|fault| *fault)) {
                files.add(fault.code, fault.text, &fault.context);
            }
        }
    }
}
