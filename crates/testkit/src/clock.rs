//! A clock that stands still.

use batten_model::Date;

/// 2026-01-15T12:00:00Z in seconds since 1970-01-01T00:00:00Z.
pub const NOW_SECONDS: u64 = 1_768_478_400;

/// The day of every test: 2026-01-15.
pub fn today() -> Date {
    match Date::from_unix_seconds(NOW_SECONDS) {
        Some(date) => date,
        None => unreachable!("the moment lies in the calendar"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_day_is_the_moments() {
        assert_eq!(super::today().to_string(), "2026-01-15");
    }
}
