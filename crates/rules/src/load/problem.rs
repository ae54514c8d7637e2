//! Errors and warnings of a load: Falco's codes, places and JSON, and words for people in both languages.

use batten_model::Text;
use serde::Serialize;

macro_rules! codes {
    ($($variant:ident $code:literal $severity:ident $en:literal $zh:literal;)+) => {
        /// What kind of problem it is, by Falco's names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`")] $variant,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// Falco's name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $code,)+
                }
            }

            /// What it means, in a few words.
            pub fn text(self) -> Text {
                let (en, zh) = match self {
                    $(Code::$variant => ($en, $zh),)+
                };
                Text::new(en, zh)
            }

            /// A file with an error is refused; a warning is only told.
            pub fn is_error(self) -> bool {
                match self {
                    $(Code::$variant => severity::$severity,)+
                }
            }
        }
    };
}

mod severity {
    pub(super) const ERROR: bool = true;
    pub(super) const WARNING: bool = false;
}

codes! {
    FileRead "LOAD_ERR_FILE_READ" ERROR "the file cannot be read" "无法读取文件";
    YamlParse "LOAD_ERR_YAML_PARSE" ERROR "the file is not YAML" "文件不是 YAML";
    YamlValidate "LOAD_ERR_YAML_VALIDATE" ERROR "the file has another structure than rules have" "文件结构不符合规则文件";
    CompileCondition "LOAD_ERR_COMPILE_CONDITION" ERROR "the condition cannot be compiled" "无法编译条件";
    CompileOutput "LOAD_ERR_COMPILE_OUTPUT" ERROR "the output cannot be compiled" "无法编译输出";
    Validate "LOAD_ERR_VALIDATE" ERROR "a rule, macro, list or exception is wrong" "规则、宏、列表或例外有误";
    UnknownSource "LOAD_UNKNOWN_SOURCE" WARNING "there is no such source of events" "没有此事件来源";
    UnsafeNaCheck "LOAD_UNSAFE_NA_CHECK" WARNING "comparison with <NA>" "与 <NA> 比较";
    NoEventType "LOAD_NO_EVTTYPE" WARNING "the condition is not limited to some event types" "条件未限定事件类型";
    UnknownFilter "LOAD_UNKNOWN_FILTER" WARNING "unknown field or event type; the rule is left out" "未知字段或事件类型；规则被跳过";
    UnusedMacro "LOAD_UNUSED_MACRO" WARNING "the macro is not used" "宏未被使用";
    UnusedList "LOAD_UNUSED_LIST" WARNING "the list is not used" "列表未被使用";
    UnknownItem "LOAD_UNKNOWN_ITEM" WARNING "unknown item" "未知条目";
    DeprecatedItem "LOAD_DEPRECATED_ITEM" WARNING "deprecated" "已弃用";
    AppendNoValues "LOAD_APPEND_NO_VALUES" WARNING "an appended exception has no values" "追加的例外没有值";
    ExceptionNameNotUnique "LOAD_EXCEPTION_NAME_NOT_UNIQUE" WARNING "two exceptions have one name" "两个例外同名";
    InvalidMacroName "LOAD_INVALID_MACRO_NAME" WARNING "no condition can name this macro" "条件无法引用此宏名";
    InvalidListName "LOAD_INVALID_LIST_NAME" WARNING "no condition can name this list" "条件无法引用此列表名";
    ConditionWarning "LOAD_COMPILE_CONDITION" WARNING "the condition or output has a flaw" "条件或输出存在缺陷";
    UnknownKey "LOAD_UNKNOWN_KEY" WARNING "unknown key" "未知的键";
}

/// What a place in a file is the place of, by Falco's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say all")]
pub enum ItemType {
    #[serde(rename = "value for")]
    ValueFor,
    #[serde(rename = "exceptions")]
    Exceptions,
    #[serde(rename = "exception")]
    Exception,
    #[serde(rename = "exception values")]
    ExceptionValues,
    #[serde(rename = "rules content")]
    RulesContent,
    #[serde(rename = "rules content item")]
    RulesContentItem,
    #[serde(rename = "required_engine_version")]
    RequiredEngineVersion,
    #[serde(rename = "required plugin versions")]
    RequiredPluginVersions,
    #[serde(rename = "list")]
    List,
    #[serde(rename = "list item")]
    ListItem,
    #[serde(rename = "macro")]
    Macro,
    #[serde(rename = "macro condition")]
    MacroCondition,
    #[serde(rename = "rule")]
    Rule,
    #[serde(rename = "rule condition")]
    RuleCondition,
    #[serde(rename = "condition expression")]
    ConditionExpression,
    #[serde(rename = "rule output")]
    RuleOutput,
    #[serde(rename = "rule priority")]
    RulePriority,
    #[serde(rename = "overrides")]
    Overrides,
}

/// A position as Falco counts it: from 0 in files; in a condition from 1, added to the condition's own position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Column.
    pub column: usize,
    /// Line.
    pub line: usize,
    /// The file; for a condition its first characters.
    pub name: String,
    /// Characters from the beginning.
    pub offset: usize,
}

/// One of the places that lead to a problem, the outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Name of the item.
    pub item_name: String,
    /// What kind of item.
    pub item_type: ItemType,
    /// Where it is.
    pub position: Position,
}

/// The line of the file with the problem, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, or the part of a long line that is around the place.
    pub text: String,
    /// Characters of `text` before the place.
    pub caret: usize,
}

/// An error or a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// What is wrong.
    pub message: Text,
    /// The rule, macro or list that has it, as `rule 'x'`.
    pub item: Option<(ItemType, String)>,
    /// The exact place in the file.
    pub excerpt: Excerpt,
    /// The places that lead to it, as Falco gives them.
    pub locations: Vec<Location>,
    /// The line with a mark under the place, as Falco gives it.
    pub snippet: String,
}

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileResult {
    /// The file's name.
    pub name: String,
    /// Why it is refused; none where it is accepted.
    pub errors: Vec<Problem>,
    /// What else should be known.
    pub warnings: Vec<Problem>,
    /// Problems that are not kept because there are too many.
    pub more: usize,
}

impl FileResult {
    /// Whether the file is accepted.
    pub fn is_accepted(&self) -> bool {
        self.errors.is_empty()
    }
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    code: &'static str,
    codedesc: String,
    context: JsonContext<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonContext<'a> {
    locations: &'a [Location],
    snippet: &'a str,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    errors: Vec<JsonProblem<'a>>,
    name: &'a str,
    successful: bool,
    warnings: Vec<JsonProblem<'a>>,
}

/// Falco's validation JSON, `{"falco_load_results": […]}`.
#[derive(Serialize)]
pub struct LoadResults<'a> {
    falco_load_results: Vec<JsonFile<'a>>,
}

impl<'a> LoadResults<'a> {
    /// The JSON of these files.
    pub fn of(files: &'a [FileResult]) -> LoadResults<'a> {
        let problem = |problem: &'a Problem| JsonProblem {
            code: problem.code.name(),
            codedesc: problem.code.text().en,
            context: JsonContext { locations: &problem.locations, snippet: &problem.snippet },
            message: &problem.message.en,
        };
        let file = |file: &'a FileResult| JsonFile {
            errors: file.errors.iter().map(problem).collect(),
            name: &file.name,
            successful: file.is_accepted(),
            warnings: file.warnings.iter().map(problem).collect(),
        };
        LoadResults { falco_load_results: files.iter().map(file).collect() }
    }
}
