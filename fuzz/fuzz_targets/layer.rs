//! A layer of any bytes gives an inventory; its digest is that of the bytes, and reading it twice gives the same.
#![no_main]

use batten_image::limits::Limits;
use batten_image::scan::{ScanOptions, scan_image};
use batten_image::source::{ImageParts, ImageSource, LayerBytes, LayerSource, SourceError};
use batten_model::Digest;
use libfuzzer_sys::fuzz_target;

struct OneLayer<'a>(&'a [u8]);

impl ImageSource for OneLayer<'_> {
    fn describe(&self) -> Result<ImageParts, SourceError> {
        Ok(ImageParts {
            name: "fuzz".to_owned(),
            manifest: None,
            manifest_digest: None,
            config: b"{}".to_vec(),
            config_digest: None,
            layers: vec![LayerSource {
                media_type: String::new(),
                digest: Some(Digest::sha256_of(self.0)),
                size: Some(self.0.len() as u64),
                urls: Vec::new(),
                foreign: false,
            }],
        })
    }

    fn open(&self, _: usize) -> Result<LayerBytes<'_>, SourceError> {
        Ok(LayerBytes::Stream(Box::new(self.0)))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut options = ScanOptions { threads: 1, ..ScanOptions::default() };
    options.limits = Limits { layer_bytes: 8 << 20, ratio_from: 1 << 20, ..Limits::default() };
    let Ok(first) = scan_image(&OneLayer(bytes), &options) else { panic!("the source never fails") };
    assert!(
        first.errors.iter().all(|error| error.code != "digest-mismatch" && error.code != "internal-error")
    );
    assert!(first.errors.iter().all(|error| !error.message.en.is_empty() && !error.message.zh.is_empty()));
    let again = scan_image(&OneLayer(bytes), &options).ok();
    assert_eq!(again.as_ref(), Some(&first));
});
