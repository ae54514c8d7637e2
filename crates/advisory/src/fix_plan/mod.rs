//! The smallest set of upgrades that removes all findings that can be removed.
//!
//! Each target version is judged again before it is promised, so that a plan holds what it says: the findings of a step
//! are gone after it, and what a step would bring in is listed with it.
//!
//! | step | module |
//! | --- | --- |
//! | the version that removes the most | [`target`] |
//! | upgrades of one place as one step, with its command | [`steps`] |
//! | most findings lie in the base image | [`base_image`] |
//! | the inventory as it is after a plan | [`apply()`] |

mod apply;
mod base_image;
mod steps;
mod target;
#[cfg(test)]
mod tests;

pub use apply::apply;
pub use base_image::BaseImageHint;

use crate::judge::AdvisorySource;
use batten_model::{Finding, FindingKind, FindingStatus, Fingerprint, Inventory, Text};
use serde::Serialize;
use std::collections::BTreeSet;

/// What to do, in the order in which it helps most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixPlan {
    /// Steps; each stands alone.
    pub steps: Vec<Step>,
    /// One command for all steps that concern the distribution's packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_command: Option<String>,
    /// Where a newer base image removes most of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_image: Option<BaseImageHint>,
    /// What no step removes.
    pub remaining: Vec<Remaining>,
}

/// Upgrades that belong together: the binary packages of one source, or the packages of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// One line for people.
    pub title: Text,
    /// The file or folder that changes; empty for the distribution's packages.
    pub place: String,
    /// The command that does it; absent where a version is to be edited or a program to be built again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The upgrades.
    pub upgrades: Vec<PackageUpgrade>,
    /// The findings that are gone after it.
    pub removes: Vec<Removed>,
    /// Ids of vulnerabilities that the target versions have and the present ones have not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introduces: Vec<String>,
}

/// One package with its new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageUpgrade {
    /// The package's reference in the report.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Name.
    pub name: String,
    /// Present version.
    pub from: String,
    /// The lowest version that removes the most findings. For binary packages of a distribution it is their source's.
    pub to: String,
}

/// A finding that a step removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The finding's id.
    pub id: String,
    /// The finding's fingerprint.
    pub fingerprint: Fingerprint,
    /// The package's reference in the report.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// A finding that no step removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remaining {
    /// The finding's id.
    pub id: String,
    /// The finding's fingerprint.
    pub fingerprint: Fingerprint,
    /// The package's reference; absent for what is no package.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Why.
    pub reason: Text,
}

/// Plans for `findings`, which came from judging `inventory` by `database`. Findings of other kinds than
/// vulnerabilities, and those that a waiver or filter took out, need not be among them.
pub fn plan(inventory: &Inventory, findings: &[Finding], database: &dyn AdvisorySource) -> FixPlan {
    let goals = target::goals(inventory, findings, database);
    let mark = |finding: &Finding| {
        let reference = finding.package.as_ref().map(|package| package.reference.clone());
        (finding.fingerprint.clone(), reference)
    };
    let removed: BTreeSet<_> =
        goals.iter().flat_map(|goal| &goal.removes).map(|finding| mark(finding)).collect();
    let remaining = findings
        .iter()
        .filter(|finding| !removed.contains(&mark(finding)))
        .map(|finding| Remaining {
            id: finding.id.clone(),
            fingerprint: finding.fingerprint.clone(),
            reference: finding.package.as_ref().map(|package| package.reference.clone()),
            reason: reason(finding),
        })
        .collect();
    FixPlan {
        base_image: base_image::hint(inventory, findings),
        system_command: steps::system_command(&goals, inventory),
        steps: steps::of(&goals, inventory),
        remaining,
    }
}

/// Why no step removes it.
fn reason(finding: &Finding) -> Text {
    match (finding.kind, finding.status) {
        (FindingKind::Misconfiguration, _) => finding.remediation.clone(),
        (_, FindingStatus::Fixed) => Text::new(
            "no single version removes it together with the others",
            "没有一个版本能同时消除它和其他问题",
        ),
        (_, FindingStatus::WillNotFix) => Text::new("the distribution will not fix it", "发行版不会修复"),
        (_, FindingStatus::EndOfLife) => Text::new("the package's support has ended", "软件包已停止支持"),
        (_, FindingStatus::Postponed) => {
            Text::new("the distribution has postponed the fix", "发行版推迟了修复")
        }
        (_, FindingStatus::NoAdvisory) => Text::new(
            "the distribution will issue no advisory of its own for it",
            "发行版不会为其单独发布公告",
        ),
        (_, FindingStatus::Undetermined) => {
            Text::new("nobody has decided yet whether it is affected", "尚未确定是否受影响")
        }
        (_, FindingStatus::Affected) => Text::new("no fixed version is known", "尚无已知的修复版本"),
    }
}
