//! Counts packages by what judged them: each package is in one line.

use super::distribution::Distribution;
use super::source::AdvisorySource;
use super::target::{self, Target};
use batten_model::{Coverage, Judged, Package, Text};
use std::collections::BTreeMap;

/// Lines in the making.
pub(super) struct Cover<'a> {
    database: &'a dyn AdvisorySource,
    distribution: &'a Distribution,
    /// By ecosystem, and whether the packages are a distribution's own.
    lines: BTreeMap<(String, bool), Coverage>,
}

impl<'a> Cover<'a> {
    /// Nothing counted yet.
    pub(super) fn new(database: &'a dyn AdvisorySource, distribution: &'a Distribution) -> Cover<'a> {
        Cover { database, distribution, lines: BTreeMap::new() }
    }

    /// Counts one package.
    pub(super) fn count(&mut self, package: &Package, target: &Target) {
        let (name, owned) = match target {
            Target::Judged(lookup) => (lookup.line.as_str(), false),
            Target::Covered => (self.distribution.name.as_str(), false),
            Target::Owned => (target::language_ecosystem(package.kind), true),
            Target::Unjudged(name, _) => (name.as_str(), false),
        };
        let key = (name.to_owned(), owned);
        if !self.lines.contains_key(&key) {
            let line = self.line(name, target);
            self.lines.insert(key.clone(), line);
        }
        if let Some(line) = self.lines.get_mut(&key) {
            line.packages += 1;
        }
    }

    /// The lines, sorted by name.
    pub(super) fn lines(self) -> Vec<Coverage> {
        self.lines.into_values().collect()
    }

    fn line(&self, name: &str, target: &Target) -> Coverage {
        let mut line = Coverage {
            ecosystem: name.to_owned(),
            packages: 0,
            judged: Judged::No,
            reason: Text::default(),
            feed_date: None,
        };
        let by_distribution = match target {
            Target::Unjudged(_, reason) => {
                line.reason = reason.clone();
                return line;
            }
            Target::Owned => true,
            Target::Covered => true,
            Target::Judged(lookup) => lookup.line == self.distribution.name,
        };
        if by_distribution {
            line.judged = self.distribution.judged;
            line.reason = self.distribution.reason.clone();
            line.feed_date = self.distribution.feed_date;
        } else if let Some(info) = self.database.ecosystem(name) {
            line.judged = info.judged;
            line.reason = info.reason;
            line.feed_date = info.feed_date;
        }
        if *target == Target::Owned {
            line.reason = self.owned(&line.reason);
        }
        line
    }

    fn owned(&self, reason: &Text) -> Text {
        let name = &self.distribution.name;
        let mut text = Text::new(
            format!("these are files of the distribution's packages, which are judged as {name}"),
            format!("这些文件属于发行版软件包，按 {name} 判断"),
        );
        if !reason.is_empty() {
            text.en.push_str(": ");
            text.en.push_str(&reason.en);
            text.zh.push('：');
            text.zh.push_str(&reason.zh);
        }
        text
    }
}
