//! Checks of an image's configuration. A check is one file; this is their list.
//!
//! | id | check |
//! | --- | --- |
//! | `BTN-IMG-0001` | [`working_dir_in_descriptors`] |

mod working_dir_in_descriptors;

use batten_model::{
    Evidence, Finding, FindingKind, FindingStatus, Fingerprint, ImageConfig, Location, Severity, Subject,
    Text,
};

/// One check.
struct Check {
    /// Stable id.
    id: &'static str,
    /// CVEs and other names of the same thing.
    aliases: &'static [&'static str],
    /// How bad it is.
    severity: Severity,
    /// What is wrong, in one line: English and Chinese.
    title: (&'static str, &'static str),
    /// What to do.
    remediation: (&'static str, &'static str),
    /// Pages on it.
    references: &'static [&'static str],
    /// What in the configuration shows it; nothing where all is well.
    run: fn(&ImageConfig) -> Vec<Text>,
}

/// All checks, by id.
static CHECKS: &[&Check] = &[&working_dir_in_descriptors::CHECK];

/// Where the findings lie: the configuration has no path in the image's file system.
const PLACE: &str = "image-config";

/// Judges an image's configuration.
pub fn judge(config: &ImageConfig, subject: &Subject) -> Vec<Finding> {
    CHECKS.iter().filter_map(|check| check.finding(config, subject)).collect()
}

impl Check {
    fn finding(&self, config: &ImageConfig, subject: &Subject) -> Option<Finding> {
        let details = (self.run)(config);
        if details.is_empty() {
            return None;
        }
        Some(Finding {
            id: self.id.to_owned(),
            aliases: self.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            kind: FindingKind::Misconfiguration,
            severity: self.severity,
            severity_source: "batten".to_owned(),
            cvss: Vec::new(),
            kev: None,
            epss: None,
            title: Text::new(self.title.0, self.title.1),
            package: None,
            locations: vec![Location::at(PLACE)],
            evidence: details
                .into_iter()
                .map(|detail| Evidence { source: PLACE.to_owned(), detail, symbols: Vec::new() })
                .collect(),
            controls: Vec::new(),
            remediation: Text::new(self.remediation.0, self.remediation.1),
            references: self.references.iter().map(|page| (*page).to_owned()).collect(),
            fingerprint: Fingerprint::of(FindingKind::Misconfiguration, self.id, subject, None, PLACE),
            status: FindingStatus::Affected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_listed_in_order_and_speak_both_languages() {
        assert!(CHECKS.windows(2).all(|pair| pair[0].id < pair[1].id));
        for check in CHECKS {
            for (en, zh) in [check.title, check.remediation] {
                assert!(!en.is_empty() && !zh.is_ascii(), "{}", check.id);
            }
        }
    }
}
