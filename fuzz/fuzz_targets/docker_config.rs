//! A file of logins is read or refused, and shows none of its secrets.
#![no_main]

use batten_fetch::docker_config::{Credentials, DockerConfig, Lookup};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = DockerConfig::parse(bytes) else { return };
    let lookup = config.lookup("docker.io", "library/nginx");
    if let Lookup::Stored(Credentials::Basic { password, .. }) = &lookup {
        assert_eq!(format!("{password:?}"), "***");
    }
});
