//! Offering one file to the formats that want it.

use crate::content::{File, ReadAt};
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError};
use crate::layer::{FoundFile, LayerFacts};
use crate::matcher::Matcher;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Where finds go.
pub(crate) struct Sink<'a> {
    pub(crate) found: &'a mut Vec<FoundFile>,
    pub(crate) problems: &'a mut Vec<Problem>,
    /// Set where something is missing for a reason that lies in this machine and not in the file.
    pub(crate) transient: &'a mut bool,
}

impl<'a> Sink<'a> {
    pub(crate) fn of(facts: &'a mut LayerFacts) -> Sink<'a> {
        let LayerFacts { files, problems, transient, .. } = facts;
        Sink { found: files, problems, transient }
    }
}

/// Facts that the formats numbered `wanted` make of the file at `path`, and what fails. Formats
/// that found nothing leave nothing, but for package databases: that one is there is a fact too.
pub(crate) fn offer(
    matcher: &Matcher,
    wanted: &[u16],
    path: &str,
    mode: u32,
    content: &dyn ReadAt,
    sink: Sink<'_>,
) {
    for number in wanted {
        let Some(format) = matcher.format(*number) else { continue };
        match parse(format, &File { path, mode, content }) {
            Ok(mut facts) => {
                sink.problems.append(&mut facts.problems);
                if format.database || facts != Facts::default() {
                    sink.found.push(FoundFile { path: path.to_owned(), format: *number, facts });
                }
            }
            Err((problem, transient)) => {
                sink.problems.push(problem);
                *sink.transient |= transient;
            }
        }
    }
}

/// The formats `wanted` could not be given the file at `path`, because of `reason` (English, Chinese).
pub(crate) fn refuse(
    matcher: &Matcher,
    wanted: &[u16],
    path: &str,
    code: &str,
    reason: (&str, &str),
    problems: &mut Vec<Problem>,
) {
    let formats: Vec<&Format> = wanted.iter().filter_map(|number| matcher.format(*number)).collect();
    if formats.is_empty() {
        return;
    }
    problems.push(Problem {
        code: code.to_owned(),
        target: path.to_owned(),
        en: format!("{path} {}", reason.0),
        zh: format!("{path} {}", reason.1),
        fatal: formats.iter().any(|format| format.database),
    });
}

/// One bad file must not end a scan, even where a format has a fault: a panic becomes a problem of the file.
/// With a problem comes whether its reason may be gone next time.
fn parse(format: &Format, file: &File<'_>) -> Result<Facts, (Problem, bool)> {
    match catch_unwind(AssertUnwindSafe(|| (format.parse)(file))) {
        Ok(Ok(facts)) => Ok(facts),
        Ok(Err(error)) => Err((error.problem(format, file.path), is_transient(&error))),
        Err(_) => {
            let problem = Problem {
                code: "internal-error".to_owned(),
                target: file.path.to_owned(),
                en: format!(
                    "{} made the reader of {} fail; this is a fault of Batten, please report it with the file",
                    file.path, format.name
                ),
                zh: format!(
                    "{} 使 {} 的解析器出错；这是 Batten 的缺陷，请附上该文件报告",
                    file.path, format.name
                ),
                fatal: format.database,
            };
            Err((problem, false))
        }
    }
}

/// Damage stays; what the system could not do now it may do next time.
fn is_transient(error: &FormatError) -> bool {
    use std::io::ErrorKind::{FileTooLarge, InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported};
    match error {
        FormatError::Io(error) => {
            let of_content = [FileTooLarge, InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported];
            !of_content.contains(&error.kind())
        }
        FormatError::Malformed { .. } | FormatError::Limit { .. } => false,
    }
}
