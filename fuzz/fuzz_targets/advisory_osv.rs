//! OSV records: what is read is within its limits, and reading it again gives the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(parsed)) = batten_advisory::feeds::osv::parse(data) {
        for entry in &parsed.entries {
            assert!(!entry.package.is_empty());
            assert!(!entry.advisory.ranges.is_empty() || !entry.advisory.versions.is_empty());
            assert!(!entry.advisory.aliases.contains(&entry.advisory.id));
        }
        assert_eq!(batten_advisory::feeds::osv::parse(data), Ok(Some(parsed)));
    }
});
