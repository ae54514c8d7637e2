//! What the exit status means, decided in one place.

use batten_model::{FindingKind, FindingStatus, Judged, Report, Severity};
use std::process::ExitCode;

/// The meaning of an exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Done, and something is at or above `--fail-on`.
    Found,
    /// Not done, not whole, or not judged in full where that was asked for.
    NotDone,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::NotDone => 2,
        })
    }
}

/// What decides the exit status of a scan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gate {
    /// Fail on findings from this severity on.
    pub(crate) fail_on: Option<Severity>,
    /// What an unknown severity counts as.
    pub(crate) unknown_as: Severity,
    /// Unjudged packages are accepted.
    pub(crate) allow_unjudged: bool,
    /// A partial result is accepted.
    pub(crate) allow_partial: bool,
    /// A single unreadable item is not accepted.
    pub(crate) strict: bool,
}

impl Gate {
    /// The exit status for these reports; 1 goes before 2.
    pub(crate) fn exit(&self, reports: &[Report]) -> Exit {
        let found = self.fail_on.is_some_and(|level| {
            reports.iter().flat_map(|r| &r.findings).any(|f| self.counted(f.severity) >= level)
        });
        if found {
            return Exit::Found;
        }
        let unjudged = reports
            .iter()
            .flat_map(|r| &r.coverage)
            .any(|line| matches!(line.judged, Judged::No | Judged::Partial) && line.packages > 0);
        let errors = || reports.iter().flat_map(|r| &r.errors);
        let partial = !self.allow_partial && errors().any(|error| error.fatal);
        let strict = self.strict && errors().next().is_some();
        if partial || strict || (self.fail_on.is_some() && unjudged && !self.allow_unjudged) {
            return Exit::NotDone;
        }
        Exit::Done
    }

    fn counted(&self, severity: Severity) -> Severity {
        if severity == Severity::Unknown { self.unknown_as } else { severity }
    }
}

/// Which findings are reported at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// Severities; empty for all.
    pub(crate) severity: Vec<Severity>,
    /// Kinds; empty for all.
    pub(crate) only: Vec<FindingKind>,
    /// Without what has no fixed version.
    pub(crate) ignore_unfixed: bool,
}

impl Filter {
    /// Takes away what is not to be reported.
    pub(crate) fn apply(&self, report: &mut Report) {
        report.findings.retain(|finding| {
            (self.severity.is_empty() || self.severity.contains(&finding.severity))
                && (self.only.is_empty() || self.only.contains(&finding.kind))
                && !(self.ignore_unfixed
                    && finding.kind == FindingKind::Vulnerability
                    && finding.status != FindingStatus::Fixed)
        });
    }
}
