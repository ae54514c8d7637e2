//! A configuration that is read says of each layer who made it, or that it does not know.
#![no_main]

use batten_image::config::parse_config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(config) = parse_config(bytes) {
        assert_eq!(config.created_by.len(), config.diff_ids.len());
        assert!(config.created_by.iter().flatten().count() <= config.config.history.len());
    }
});
