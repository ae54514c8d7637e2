//! Version constraints as Trivy keeps them (`>=1.0, <2.0 || =3.1`), as ranges.
//!
//! Blanks and commas join comparisons that must all hold, `||` separates alternatives. `^`, `~`, `~>`, wildcards and
//! hyphen ranges are understood; `!=` is not, because no range of events can say it.

use crate::record::{Event, Range, RangeKind};
use crate::version::{Order, Version};
use std::cmp::Ordering;

/// One end of an interval: a version, and whether it belongs to it.
type End = Option<(String, bool)>;

/// Versions from one end to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval {
    low: End,
    high: End,
}

/// Reads a constraint as intervals. `None` where a part cannot be understood.
pub(super) fn intervals(text: &str, order: Order) -> Option<Vec<Interval>> {
    text.split("||").map(|part| interval(part.trim(), order)).collect()
}

fn interval(text: &str, order: Order) -> Option<Interval> {
    if let Some((low, high)) = text.split_once(" - ") {
        let end = |text: &str| plain(text.trim()).map(|v| (v, true));
        return Some(Interval { low: Some(end(low)?), high: Some(end(high)?) });
    }
    let mut whole = Interval { low: None, high: None };
    let mut rest = text.trim_start_matches([' ', ',']);
    while !rest.is_empty() {
        let operator_end = rest.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(rest.len());
        let (operator, behind) = rest.split_at_checked(operator_end)?;
        let behind = behind.trim_start();
        let end = behind.find([' ', ',']).unwrap_or(behind.len());
        let (version, next) = behind.split_at_checked(end)?;
        whole = both(whole, comparison(operator, version)?, order);
        rest = next.trim_start_matches([' ', ',']);
    }
    for end in [&mut whole.low, &mut whole.high] {
        end.iter_mut().for_each(|(version, _)| complete(version, order));
    }
    Some(whole)
}

/// Semantic Versioning has three numbers; constraints may leave the last ones out.
fn complete(version: &mut String, order: Order) {
    let short = version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    while order == Order::Semver && short && version.split('.').count() < 3 {
        version.push_str(".0");
    }
}

fn plain(version: &str) -> Option<String> {
    let version = version.trim_start_matches(['v', 'V']);
    let usable = !version.is_empty() && version.len() <= 256 && !version.contains(['*', '<', '>', '=']);
    usable.then(|| version.to_owned())
}

fn comparison(operator: &str, version: &str) -> Option<Interval> {
    if matches!(version, "*" | "x" | "X") || (version.is_empty() && operator.is_empty()) {
        return Some(Interval { low: None, high: None });
    }
    let stem = version.trim_end_matches(['*', 'x', 'X']).trim_end_matches('.');
    if stem.len() < version.len() && matches!(operator, "" | "=" | "==" | "~" | "^") {
        return Some(Interval {
            low: Some((plain(stem)?, true)),
            high: Some((bump(stem, usize::MAX)?, false)),
        });
    }
    let version = plain(version)?;
    let numbers = version.split('.').count();
    Some(match operator {
        "" | "=" | "==" | "===" => {
            Interval { low: Some((version.clone(), true)), high: Some((version, true)) }
        }
        ">=" | "=>" => Interval { low: Some((version, true)), high: None },
        ">" => Interval { low: Some((version, false)), high: None },
        "<=" | "=<" => Interval { low: None, high: Some((version, true)) },
        "<" => Interval { low: None, high: Some((version, false)) },
        // RubyGems and Composer: the last number that is written may grow.
        "~>" => Interval {
            high: Some((bump(&version, numbers.saturating_sub(2))?, false)),
            low: Some((version, true)),
        },
        // npm: the patch may grow, or the minor where it is not written.
        "~" | "~=" => {
            Interval { high: Some((bump(&version, 1.min(numbers - 1))?, false)), low: Some((version, true)) }
        }
        // npm and Cargo: what is right of the first number that is not zero may grow.
        "^" => {
            let zeros = version.split('.').take_while(|n| *n == "0").count();
            Interval {
                high: Some((bump(&version, zeros.min(numbers - 1))?, false)),
                low: Some((version, true)),
            }
        }
        _ => return None,
    })
}

/// The version with the number at `place` (or its last) made one greater and cut off behind it.
fn bump(version: &str, place: usize) -> Option<String> {
    let mut numbers: Vec<&str> = version.split('.').collect();
    numbers.truncate(place.saturating_add(1));
    let last = numbers.pop()?;
    let digits = last.split(|c: char| !c.is_ascii_digit()).next()?;
    let grown = digits.parse::<u64>().ok()?.checked_add(1)?.to_string();
    numbers.push(&grown);
    Some(numbers.join("."))
}

/// What lies in both intervals.
fn both(one: Interval, other: Interval, order: Order) -> Interval {
    let low = tighter(one.low, other.low, order, Ordering::Greater);
    Interval { low, high: tighter(one.high, other.high, order, Ordering::Less) }
}

/// Of two ends the one that leaves less.
fn tighter(one: End, other: End, order: Order, wanted: Ordering) -> End {
    let (Some(a), Some(b)) = (&one, &other) else { return one.or(other) };
    match compare(order, &a.0, &b.0) {
        Some(Ordering::Equal) => Some((a.0.clone(), a.1 && b.1)),
        Some(found) if found != wanted => other,
        _ => one,
    }
}

fn compare(order: Order, a: &str, b: &str) -> Option<Ordering> {
    Some(Version::parse(order, a).ok()?.compare(&Version::parse(order, b).ok()?))
}

/// The ranges of vulnerable intervals. An upper end is a fix where `patched` names it; patched versions above are
/// written down as fixes too. Where no patched version is named, the end is a fix by itself.
pub(super) fn ranges(vulnerable: &[Interval], patched: &[Interval], order: Order) -> Vec<Range> {
    let fixes: Vec<&String> =
        patched.iter().filter_map(|p| p.low.as_ref()).map(|(version, _)| version).collect();
    vulnerable
        .iter()
        .map(|interval| {
            let mut events = vec![Event::Introduced(lower(interval, order))];
            match &interval.high {
                None => {}
                Some((version, true)) => events.push(Event::LastAffected(version.clone())),
                Some((version, false)) => events.push(Event::Fixed(version.clone())),
            }
            let own = interval.high.as_ref().map(|(version, _)| version);
            let ends_open = interval.high.as_ref().is_none_or(|(_, inclusive)| *inclusive);
            let above =
                |fix: &&&String| own.is_none_or(|own| compare(order, fix, own) == Some(Ordering::Greater));
            let nearest =
                fixes.iter().filter(above).min_by(|a, b| compare(order, a, b).unwrap_or(Ordering::Equal));
            // The fix that is nearest above an inclusive end; an open end has none of its own.
            events.extend(
                nearest.filter(|_| ends_open && own.is_some()).map(|fix| Event::Fixed((*fix).clone())),
            );
            Range { kind: RangeKind::Ecosystem, events }
        })
        .collect()
}

/// What is outside all of the intervals: what is vulnerable where only safe versions are named.
pub(super) fn complement(safe: &[Interval], order: Order) -> Option<Vec<Interval>> {
    let mut sorted: Vec<&Interval> = safe.iter().collect();
    let mut comparable = true;
    sorted.sort_by(|a, b| match (&a.low, &b.low) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(a), Some(b)) => compare(order, &a.0, &b.0).unwrap_or_else(|| {
            comparable = false;
            Ordering::Equal
        }),
    });
    let mut gaps = Vec::new();
    // The end of what is safe so far: nothing yet, up to a version, or everything.
    let mut reached: Option<(String, bool)> = None;
    for interval in sorted {
        if let Some((low, inclusive)) = &interval.low {
            let open =
                reached.as_ref().is_none_or(|(end, _)| compare(order, end, low) == Some(Ordering::Less));
            if open {
                gaps.push(Interval {
                    low: reached.clone().map(|(v, i)| (v, !i)),
                    high: Some((low.clone(), !inclusive)),
                });
            }
        }
        let Some(high) = &interval.high else { return comparable.then_some(gaps) };
        let farther =
            reached.as_ref().is_none_or(|(end, _)| compare(order, end, &high.0) == Some(Ordering::Less));
        if farther {
            reached = Some(high.clone());
        }
    }
    gaps.push(Interval { low: reached.map(|(version, inclusive)| (version, !inclusive)), high: None });
    comparable.then_some(gaps)
}

/// The first version of an interval. OSV's events have no "above this version", so it is the least version above where
/// the order has one (Semantic Versioning, PEP 440), and the version itself elsewhere: one version too many.
fn lower(interval: &Interval, order: Order) -> String {
    match &interval.low {
        None => "0".to_owned(),
        Some((version, true)) => version.clone(),
        Some((version, false)) => above(version, order).unwrap_or_else(|| version.clone()),
    }
}

fn above(version: &str, order: Order) -> Option<String> {
    let release = version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let next = match order {
        Order::Semver if version.split('.').count() == 3 && release => format!("{}-0", bump(version, 2)?),
        Order::Pep440 if release => format!("{version}.post0.dev0"),
        _ => return None,
    };
    (compare(order, &next, version) == Some(Ordering::Greater)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, order: Order) -> String {
        let Some(list) = intervals(text, order) else { return "?".to_owned() };
        let end = |end: &End, open: &str, closed: &str| match end {
            None => "..".to_owned(),
            Some((v, true)) => format!("{v}{closed}"),
            Some((v, false)) => format!("{v}{open}"),
        };
        list.iter()
            .map(|i| format!("{} {}", end(&i.low, "+", ""), end(&i.high, "-", "")))
            .collect::<Vec<_>>()
            .join(" | ")
    }

    #[test]
    fn constraints_are_intervals() {
        for (text, expected) in [
            (">=1.0.0, <2.0.0", "1.0.0 2.0.0-"),
            ("<1.2.3 || >=2.0.0 <2.1.0", ".. 1.2.3- | 2.0.0 2.1.0-"),
            ("= 1.0.0", "1.0.0 1.0.0"),
            ("1.0.0", "1.0.0 1.0.0"),
            ("<= 1.9.0", ".. 1.9.0"),
            ("> 1.0.0", "1.0.0+ .."),
            ("^1.2.3", "1.2.3 2.0.0-"),
            ("^0.2.3", "0.2.3 0.3.0-"),
            ("~1.2.3", "1.2.3 1.3.0-"),
            ("1.2.x", "1.2.0 1.3.0-"),
            ("*", ".. .."),
            ("1.0.0 - 1.4.0", "1.0.0 1.4.0"),
            ("!= 1.0.0", "?"),
            ("<", "?"),
        ] {
            assert_eq!(show(text, Order::Semver), expected, "{text}");
        }
        assert_eq!(show("~> 4.2.11", Order::RubyGems), "4.2.11 4.3-");
        assert_eq!(show("~> 4.2", Order::RubyGems), "4.2 5-");
    }

    #[test]
    fn only_safe_versions() {
        let read = |texts: &[&str]| -> Vec<Interval> {
            texts.iter().flat_map(|text| intervals(text, Order::RubyGems).unwrap()).collect()
        };
        let safe = read(&["~> 4.2.11", ">= 5.0.7.1", "< 2.0"]);
        let gaps = complement(&safe, Order::RubyGems).unwrap();
        let ranges = ranges(&gaps, &safe, Order::RubyGems);
        let events: Vec<&Event> = ranges.iter().flat_map(|r| &r.events).collect();
        assert_eq!(
            events,
            [
                &Event::Introduced("2.0".into()),
                &Event::Fixed("4.2.11".into()),
                &Event::Introduced("4.3".into()),
                &Event::Fixed("5.0.7.1".into()),
            ]
        );
        assert_eq!(complement(&[], Order::RubyGems).unwrap().len(), 1);
    }

    #[test]
    fn ends_become_events() {
        let vulnerable = intervals("> 1.0.0, <= 1.9.0", Order::Semver).unwrap();
        let patched = intervals("1.9.2", Order::Semver).unwrap();
        assert_eq!(
            ranges(&vulnerable, &patched, Order::Semver)[0].events,
            [
                Event::Introduced("1.0.1-0".into()),
                Event::LastAffected("1.9.0".into()),
                Event::Fixed("1.9.2".into())
            ]
        );
    }
}
