//! Programs that bear the name of a Kubernetes component: no panic, and every package has a comparable version.
#![no_main]

use batten_image::content::File;
use batten_image::formats::FORMATS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: Vec<u8>| {
    let file = File { path: "usr/bin/kubelet", mode: 0o755, content: &bytes };
    for format in FORMATS.iter().filter(|format| format.name == "kubernetes_binary") {
        let Ok(facts) = (format.parse)(&file) else { continue };
        for package in &facts.packages {
            assert!(package.name.starts_with("k8s.io/"));
            assert!(package.version.starts_with(|c: char| c.is_ascii_digit()), "{}", package.version);
            assert_eq!(package.locations.len(), 1);
        }
    }
});
