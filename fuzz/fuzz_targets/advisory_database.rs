//! A damaged database: opening it and asking it is an answer or an error, for the file and for each of its parts.
#![no_main]

use batten_advisory::database::{Database, read_as_parts};
use batten_advisory::judge::source::AdvisorySource as _;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    read_as_parts(data);
    let Ok(database) = Database::from_bytes(data.to_vec()) else { return };
    for name in database.ecosystems() {
        let _ = database.ecosystem(&name);
        for package in ["curl", "zope-thing", "xen", ""] {
            let _ = database.advisories(&name, package);
        }
    }
    for cve in ["CVE-2024-1111", "CVE-1999-0001", "CVE-2099-99999999"] {
        let _ = database.cve(cve);
    }
    let _ = database.verify();
});
