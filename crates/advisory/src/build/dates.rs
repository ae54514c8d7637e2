//! The day of a feed from the days of its records.

use batten_model::Date;
use std::collections::BTreeMap;

/// Days a record may be ahead of the next older one and still be believed.
const GAP: i64 = 60;

/// How many records were changed on each day.
#[derive(Debug, Clone, Default)]
pub(super) struct Days(BTreeMap<Date, u32>);

impl Days {
    pub(super) fn add(&mut self, day: Date) {
        *self.0.entry(day).or_default() += 1;
    }

    /// The newest day that can be believed. A few records far ahead of all others have a wrong year (feeds do have
    /// records of next year), and would make an old feed look fresh.
    pub(super) fn newest(&self) -> Option<Date> {
        let total: u64 = self.0.values().map(|count| u64::from(*count)).sum();
        let mut days = self.0.iter().rev().peekable();
        while let Some((day, count)) = days.next() {
            let supported = match days.peek() {
                None => true,
                Some((before, _)) => {
                    let near = day.days_since_epoch() - before.days_since_epoch() <= GAP;
                    near || u64::from(*count) * 20 >= total
                }
            };
            if supported {
                return Some(*day);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_year_is_not_believed() {
        let mut days = Days::default();
        assert_eq!(days.newest(), None);
        for (text, count) in [("2026-07-01", 50), ("2026-07-20", 1), ("2027-05-01", 2)] {
            (0..count).for_each(|_| days.add(Date::parse(text).unwrap()));
        }
        assert_eq!(days.newest(), Date::parse("2026-07-20"));
        (0..2).for_each(|_| days.add(Date::parse("2027-05-01").unwrap()));
        assert_eq!(days.newest(), Date::parse("2027-05-01"));
    }
}
