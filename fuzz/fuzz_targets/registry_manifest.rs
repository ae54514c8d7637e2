//! What passes the first look at a registry's answer can be handed to the reader of manifests.
#![no_main]

use batten_fetch::manifest_kind;
use batten_image::manifest::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let kind = manifest_kind::check(bytes, "registry.example/a:1");
    if let (Ok(()), Ok(Manifest::Image(image))) = (kind, Manifest::parse(bytes)) {
        assert!(image.layers.len() <= batten_image::manifest::LAYERS_MAX);
    }
});
