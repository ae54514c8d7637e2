//! Manifests of images and of docker archives are read or refused; an index offers what it has, or says what it offers.
#![no_main]

use batten_image::archive::docker;
use batten_image::manifest::{LAYERS_MAX, Manifest, choose_or_only};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = docker::parse_manifest(bytes);
    match Manifest::parse(bytes) {
        Ok(Manifest::Image(image)) => assert!(image.layers.len() <= LAYERS_MAX),
        Ok(Manifest::Index(entries)) => {
            if let Ok(chosen) = choose_or_only(&entries, None) {
                assert!(entries.contains(chosen));
            }
        }
        Err(_) => {}
    }
});
