//! Moments as Falco's fields and alerts write them, in UTC.

use crate::catalogue::Field;
use crate::value::Room;
use batten_model::Date;
use std::io::Write as _;

const NANOS: u64 = 1_000_000_000;

/// The day of a moment, as `2024-08-20`.
fn append_day(nanoseconds: u64, out: &mut Room) {
    // Writing to memory cannot fail; days of 64-bit nanoseconds all have a date.
    let _ = Date::from_unix_seconds(nanoseconds / NANOS).map(|date| write!(out, "{date}"));
}

/// Appends `2024-08-20T13:04:05.123456789Z`.
pub fn append_iso8601(nanoseconds: u64, out: &mut Room) {
    append_day(nanoseconds, out);
    out.push(b'T');
    append_clock(nanoseconds, out);
    let _ = write!(out, ".{:09}Z", nanoseconds % NANOS);
}

fn append_clock(nanoseconds: u64, out: &mut Room) {
    let seconds = nanoseconds / NANOS % 86_400;
    // Writing to memory cannot fail.
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// Appends what one of the fields `evt.time…`, `evt.datetime…`, `jevt.time…` says of a moment; false for other fields.
pub fn append(field: Field, nanoseconds: u64, out: &mut Room) -> bool {
    let with_nanoseconds = match field {
        Field::EvtTime | Field::JevtTime => true,
        Field::EvtTimeS => false,
        Field::EvtTimeIso8601 | Field::JevtTimeIso8601 => {
            append_iso8601(nanoseconds, out);
            return true;
        }
        Field::EvtDatetime | Field::EvtDatetimeS => {
            append_day(nanoseconds, out);
            out.push(b' ');
            field == Field::EvtDatetime
        }
        _ => return false,
    };
    append_clock(nanoseconds, out);
    if with_nanoseconds {
        let _ = write!(out, ".{:09}", nanoseconds % NANOS);
    }
    true
}

/// Reads a time of RFC 3339, as the API server writes them.
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let days = u64::try_from(Date::parse(date)?.days_since_epoch()).ok()?;
    let (clock, offset) = match time.rfind(['+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => (time.strip_suffix(['Z', 'z'])?, "+00:00"),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if hour > 23 || minute > 59 || second > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    let shift = hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60;
    let seconds = if sign == "-" { seconds.checked_add(shift)? } else { seconds.checked_sub(shift)? };
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    seconds.checked_mul(NANOS)?.checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: Field, nanoseconds: u64) -> String {
        let mut out = Room::new();
        assert!(append(field, nanoseconds, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn moments_are_written_and_read() {
        let moment = 1_724_159_045_123_456_789;
        assert_eq!(shown(Field::EvtTime, moment), "13:04:05.123456789");
        assert_eq!(shown(Field::EvtTimeS, moment), "13:04:05");
        assert_eq!(shown(Field::EvtDatetime, moment), "2024-08-20 13:04:05.123456789");
        assert_eq!(shown(Field::EvtTimeIso8601, moment), "2024-08-20T13:04:05.123456789Z");
        assert_eq!(parse_rfc3339("2024-08-20T13:04:05.123456789Z"), Some(moment));
        assert_eq!(parse_rfc3339("2024-08-20T15:04:05.123456789+02:00"), Some(moment));
        assert_eq!(parse_rfc3339("2024-02-29T00:00:00.5Z"), Some(1_709_164_800_500_000_000));
        for days in (0..40_000).step_by(13) {
            let nanoseconds = days * 86_400 * NANOS;
            assert_eq!(parse_rfc3339(&shown(Field::EvtTimeIso8601, nanoseconds)), Some(nanoseconds));
        }
        for bad in ["", "2024", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.xZ"] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
    }
}
