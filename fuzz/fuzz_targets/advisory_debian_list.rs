//! Debian's lists: the first byte says where the announcements begin behind the issues.
#![no_main]

use batten_advisory::feeds::{Collected, debian_list};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let (issues, announcements) = rest.split_at(rest.len() * usize::from(*first) / 255);
    let mut found = Collected::default();
    debian_list::parse(Some(issues), announcements, &mut found).expect("memory can always be read");
    for (ecosystem, package, advisory) in &found.advisories {
        assert!(ecosystem.starts_with("Debian:") && !package.is_empty());
        assert!(advisory.not_affected || !advisory.ranges.is_empty());
    }
});
