//! Whether a version is affected: the evaluation algorithm of the OSV schema ("Evaluation").

use super::{Order, Version, VersionError};
use crate::record::{Advisory, Event, Range};
use std::cmp::Ordering;

/// Where a version stands in one advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Affected, and by what.
    Affected(Match),
    /// Not affected.
    NotAffected,
    /// It could not be told, because a version has no place in the order.
    Undetermined(VersionError),
}

/// What makes a version affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// The range at this place of [`Advisory::ranges`].
    Range(usize),
    /// The list of versions names it.
    Listed,
}

/// A package's version against the advisories on that package. The version is read once for each order.
#[derive(Debug)]
pub struct Subject<'a> {
    ecosystem: &'a str,
    package: &'a str,
    text: &'a str,
    read: [Option<Result<Version<'a>, VersionError>>; 2],
}

impl<'a> Subject<'a> {
    /// A version of a package in an ecosystem.
    pub fn new(ecosystem: &'a str, package: &'a str, version: &'a str) -> Subject<'a> {
        Subject { ecosystem, package, text: version, read: [None, None] }
    }

    /// Judges the version by one advisory.
    pub fn judge(&mut self, advisory: &Advisory) -> Verdict {
        if advisory.versions.iter().any(|listed| listed == self.text) {
            return Verdict::Affected(Match::Listed);
        }
        let mut undetermined = None;
        for (at, range) in advisory.ranges.iter().enumerate() {
            match self.in_range(range) {
                Ok(true) => return Verdict::Affected(Match::Range(at)),
                Ok(false) => {}
                Err(error) => undetermined = Some(error),
            }
        }
        if self.is_listed(advisory) {
            return Verdict::Affected(Match::Listed);
        }
        undetermined.map_or(Verdict::NotAffected, Verdict::Undetermined)
    }

    /// The versions that fix it, the nearest first: fixed events above this version that no range of the advisory
    /// affects.
    pub fn fixes<'r>(&mut self, advisory: &'r Advisory) -> Vec<&'r str> {
        let mut fixes: Vec<(&str, Version<'r>)> = Vec::new();
        for range in &advisory.ranges {
            let Some(order) = Order::of_range(range.kind, self.ecosystem, self.package) else { continue };
            for event in &range.events {
                let Event::Fixed(fixed) = event else { continue };
                if is_placeholder(fixed) {
                    continue;
                }
                let Ok(version) = Version::parse(order, fixed) else { continue };
                let above = self
                    .version(order)
                    .as_ref()
                    .is_ok_and(|installed| version.compare(installed) == Ordering::Greater);
                if above && !fixes.iter().any(|(known, _)| known == fixed) {
                    fixes.push((fixed, version));
                }
            }
        }
        fixes.sort_by(|a, b| a.1.compare(&b.1));
        fixes.retain(|(fixed, _)| {
            Subject::new(self.ecosystem, self.package, fixed).judge(advisory) == Verdict::NotAffected
        });
        fixes.into_iter().map(|(fixed, _)| fixed).collect()
    }

    /// Lists are compared as text first; another spelling of the same version counts too.
    fn is_listed(&mut self, advisory: &Advisory) -> bool {
        if advisory.versions.is_empty() {
            return false;
        }
        let Some(order) = Order::of(self.ecosystem, self.package) else { return false };
        let Ok(installed) = self.version(order) else { return false };
        advisory.versions.iter().any(|listed| {
            Version::parse(order, listed).is_ok_and(|v| v.compare(installed) == Ordering::Equal)
        })
    }

    fn in_range(&mut self, range: &Range) -> Result<bool, VersionError> {
        if affects_all(range) {
            return Ok(true);
        }
        let Some(order) = Order::of_range(range.kind, self.ecosystem, self.package) else {
            return Err(VersionError {
                order: Order::Dotted,
                version: self.text.chars().take(120).collect(),
                flaw: super::Flaw::Malformed,
            });
        };
        match self.version(order) {
            Ok(installed) => in_range(order, installed, range),
            Err(error) => Err(error.clone()),
        }
    }

    /// The version as `order` reads it. There are at most two orders: the ecosystem's and Semantic Versioning.
    fn version(&mut self, order: Order) -> &Result<Version<'a>, VersionError> {
        let slot = usize::from(order == Order::Semver);
        let text = self.text;
        let [own, semver] = &mut self.read;
        let place = if slot == 1 { semver } else { own };
        place.get_or_insert_with(|| Version::parse(order, text))
    }
}

/// Some feeds write `99.999.99999` where there is no fix.
fn is_placeholder(version: &str) -> bool {
    version.starts_with("99") && version.bytes().all(|b| matches!(b, b'9' | b'.'))
}

/// True for a range that leaves no version out, whatever it is called.
fn affects_all(range: &Range) -> bool {
    matches!(range.events.as_slice(), [Event::Introduced(zero)] if zero == "0")
}

/// Whether `version` is in the range. Events need no order: of those that the version has reached, the highest
/// decides, and of equal ones the last.
pub fn in_range(order: Order, version: &Version<'_>, range: &Range) -> Result<bool, VersionError> {
    if !before_limits(order, version, range)? {
        return Ok(false);
    }
    let mut highest: Option<(Option<Version<'_>>, bool)> = None;
    for event in &range.events {
        let (text, introduced, inclusive) = match event {
            Event::Introduced(text) => (text, true, true),
            Event::Fixed(text) => (text, false, true),
            Event::LastAffected(text) => (text, false, false),
            Event::Limit(_) => continue,
        };
        // "0" is before every version; `None` stands for it.
        let at = if introduced && text == "0" { None } else { Some(Version::parse(order, text)?) };
        let reached = at.as_ref().is_none_or(|at| match version.compare(at) {
            Ordering::Greater => true,
            Ordering::Equal => inclusive,
            Ordering::Less => false,
        });
        let higher = highest.as_ref().is_none_or(|(known, _)| match (&at, known) {
            (Some(at), Some(known)) => at.compare(known) != Ordering::Less,
            (None, Some(_)) => false,
            (_, None) => true,
        });
        if reached && higher {
            highest = Some((at, introduced));
        }
    }
    Ok(highest.is_some_and(|(_, introduced)| introduced))
}

/// True where no limit is set or the version is below one of them; `*` is above every version.
fn before_limits(order: Order, version: &Version<'_>, range: &Range) -> Result<bool, VersionError> {
    let mut limited = false;
    for event in &range.events {
        let Event::Limit(limit) = event else { continue };
        limited = true;
        if limit == "*" || version.compare(&Version::parse(order, limit)?) == Ordering::Less {
            return Ok(true);
        }
    }
    Ok(!limited)
}

/// The bounds of the affected interval that holds `version`: the version it was introduced in (`None` for the
/// beginning), and the event that ends it, if any.
pub fn interval<'r>(
    order: Order,
    version: &Version<'_>,
    range: &'r Range,
) -> (Option<&'r str>, Option<&'r Event>) {
    let mut from: Option<(&str, Version<'r>)> = None;
    let mut until: Option<(&Event, Version<'r>)> = None;
    for event in &range.events {
        let (Event::Introduced(text) | Event::Fixed(text) | Event::LastAffected(text) | Event::Limit(text)) =
            event;
        let Ok(at) = Version::parse(order, text) else { continue };
        if let Event::Introduced(text) = event {
            let reached = at.compare(version) != Ordering::Greater && text != "0";
            if reached && from.as_ref().is_none_or(|(_, known)| at.compare(known) == Ordering::Greater) {
                from = Some((text, at));
            }
        } else if at.compare(version) != Ordering::Less
            && until.as_ref().is_none_or(|(_, known)| at.compare(known) == Ordering::Less)
        {
            until = Some((event, at));
        }
    }
    (from.map(|(text, _)| text), until.map(|(event, _)| event))
}
