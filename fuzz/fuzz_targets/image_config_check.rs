//! Checks of an image's configuration: a finding has evidence, and a path below a bad one is bad too.
#![no_main]

use batten_advisory::judge::image_config::judge;
use batten_model::{ImageConfig, Subject, SubjectKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (dir, step) = input;
    let subject = Subject::named(SubjectKind::Image, "x");
    let config = |dir: String| ImageConfig {
        working_dir: dir,
        history: vec![step.to_owned()],
        ..ImageConfig::default()
    };
    let findings = judge(&config(dir.to_owned()), &subject);
    assert!(findings.iter().all(|finding| !finding.evidence.is_empty()));
    let below = judge(&config(format!("{dir}/below")), &subject);
    assert!(below.len() >= findings.len());
});
