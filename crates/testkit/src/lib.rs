//! What tests share: loopback servers, registries and made images. No part of the product.
#![forbid(unsafe_code)]

pub mod archive;
pub mod clock;
pub mod http;
pub mod image;
pub mod registry;
