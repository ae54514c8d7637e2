//! Why a finding is believed: one piece of evidence for each record.

use super::group::Group;
use super::matching::Matched;
use super::target::Lookup;
use crate::record::Event;
use crate::version::range::{self, Match};
use crate::version::{Order, Version};
use batten_model::{Evidence, Inventory, Observed, Package, Text};

/// The evidence of each record, then what the kernel's live patches leave open.
pub(super) fn of(package: &Package, lookup: &Lookup, group: &Group, inventory: &Inventory) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> =
        group.records.iter().map(|record| of_record(package, lookup, record)).collect();
    evidence.extend(live_patches(package, inventory));
    evidence
}

/// `osv:GO-2024-2491`, `debian:CVE-2024-21626`.
pub(super) fn source(feed: &str, id: &str) -> String {
    let feed = match feed {
        "debian-tracker" => "debian",
        "alpine-secdb" => "alpine",
        other => other.split(':').next().unwrap_or(other),
    };
    format!("{feed}:{id}")
}

fn of_record(package: &Package, lookup: &Lookup, record: &Matched) -> Evidence {
    let advisory = &record.advisory;
    let subject = subject(package, lookup, record);
    let (range_en, range_zh) = range_words(record, &lookup.version);
    let place = package.locations.first().map_or("", |location| location.path.as_str());
    let mut detail = Text::new(
        format!("{} {range_en} in {}", subject.en, record.ecosystem),
        format!("{} {range_zh}（{}）", subject.zh, record.ecosystem),
    );
    if !advisory.announcements.is_empty() {
        let ids = advisory.announcements.join(", ");
        detail.en.push_str(&format!(", announced as {ids}"));
        detail.zh.push_str(&format!("，公告 {ids}"));
    }
    if !advisory.conditions.is_empty() {
        let conditions = advisory.conditions.join(", ");
        detail.en.push_str(&format!(", only where {conditions}"));
        detail.zh.push_str(&format!("，仅限 {conditions}"));
    }
    if !place.is_empty() {
        detail.en.push_str(&format!("; found in {place}"));
        detail.zh.push_str(&format!("；位于 {place}"));
    }
    Evidence { source: source(&advisory.feed, &advisory.id), detail, symbols: advisory.symbols.clone() }
}

/// The package, and its source where the record names that.
fn subject(package: &Package, lookup: &Lookup, record: &Matched) -> Text {
    if package.kind.is_os() && record.name != package.name {
        return Text::new(
            format!("{}'s source {} {}", package.name, record.name, lookup.version),
            format!("{} 的源码包 {} {}", package.name, record.name, lookup.version),
        );
    }
    Text::same(format!("{} {}", package.name, package.version))
}

fn range_words(record: &Matched, version: &str) -> (String, String) {
    let Match::Range(at) = record.how else {
        return ("is listed as affected".to_owned(), "被列为受影响版本".to_owned());
    };
    let Some(range) = record.advisory.ranges.get(at) else {
        return ("is affected".to_owned(), "受影响".to_owned());
    };
    let order = Order::of_range(range.kind, &record.ecosystem, &record.name);
    let bounds = order.and_then(|order| {
        let version = Version::parse(order, version).ok()?;
        Some(range::interval(order, &version, range))
    });
    let (from, until) = bounds.unwrap_or((None, None));
    let mut parts: Vec<String> = Vec::with_capacity(2);
    parts.extend(from.map(|from| format!(">= {from}")));
    parts.extend(until.and_then(|event| match event {
        Event::Fixed(fixed) => Some(format!("< {fixed}")),
        Event::LastAffected(last) => Some(format!("<= {last}")),
        Event::Limit(limit) if limit != "*" => Some(format!("< {limit}")),
        Event::Limit(_) | Event::Introduced(_) => None,
    }));
    if parts.is_empty() {
        return ("is affected in every version".to_owned(), "所有版本均受影响".to_owned());
    }
    let parts = parts.join(", ");
    (format!("lies in the affected range {parts}"), format!("处于受影响范围 {parts}"))
}

/// A live patch may have fixed what the kernel's version still shows.
fn live_patches(package: &Package, inventory: &Inventory) -> Option<Evidence> {
    let kernel = inventory.kernel.as_ref().filter(|_| package.running == Some(true))?;
    let detail = match &kernel.live_patches {
        Observed::Absent => return None,
        Observed::Present(patches) if patches.is_empty() => return None,
        Observed::Present(patches) => Text::new(
            format!("live patches are loaded ({}), one of which may have fixed this", patches.join(", ")),
            format!("已加载热补丁（{}），其中可能已修复此问题", patches.join("、")),
        ),
        Observed::Unknown(why) => Text::new(
            format!("live patches could not be read ({}); one may have fixed this", why.en),
            format!("无法读取热补丁（{}），此问题可能已被热补丁修复", why.zh),
        ),
    };
    Some(Evidence { source: format!("kernel:{}", kernel.release), detail, symbols: Vec::new() })
}
