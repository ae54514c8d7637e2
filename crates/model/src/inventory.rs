//! What is in a subject: the evidence that judgement reads.

use crate::digest::Digest;
use crate::error::ScanError;
use crate::image_config::ImageConfig;
use crate::observed::Observed;
use crate::os_release::OsRelease;
use crate::package::Package;
use crate::subject::Subject;
use serde::Serialize;

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerInfo {
    /// Digest of the blob as stored.
    pub digest: Digest,
    /// Digest of the uncompressed tar.
    pub diff_id: Digest,
    /// The history entry that made it, where the configuration tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// True where the layer lies outside of the image (foreign layers) and was not read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
}

/// The kernel of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KernelFacts {
    /// `uname -r`.
    pub release: String,
    /// `uname -v`.
    pub version: String,
    /// Live patches that are loaded: their names; `Unknown` where they cannot be read, and then what they fix is
    /// unknown too.
    pub live_patches: Observed<Vec<String>>,
    /// [`Package::reference`] of the installed package that the running kernel came from.
    pub package: Observed<String>,
}

/// What is in a subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// What was looked at.
    pub subject: Subject,
    /// The distribution.
    pub os: Observed<OsRelease>,
    /// The image's configuration, for images.
    pub config: Option<ImageConfig>,
    /// The layers from the base up, for images.
    pub layers: Vec<LayerInfo>,
    /// The kernel, for hosts.
    pub kernel: Option<KernelFacts>,
    /// All packages, sorted by kind, name, version and place.
    pub packages: Vec<Package>,
    /// Lock files and manifests in an image or on a host whose packages are only declared and so were left out:
    /// paths, sorted.
    pub declared_only: Vec<String>,
    /// What could not be read.
    pub errors: Vec<ScanError>,
}

impl Inventory {
    /// An inventory with nothing in it.
    pub fn empty(subject: Subject) -> Inventory {
        Inventory {
            subject,
            os: Observed::Absent,
            config: None,
            layers: Vec::new(),
            kernel: None,
            packages: Vec::new(),
            declared_only: Vec::new(),
            errors: Vec::new(),
        }
    }
}
