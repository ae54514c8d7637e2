//! Batten's own report, `--format json`: the contract that `docs/schema/report-1.json` describes.
//!
//! Packages and findings are written one after another as they are visited; no tree of the whole is built, so that
//! fifty thousand packages cost no more memory than one.

mod package;

use crate::json_text;
use batten_model::{Inventory, KernelFacts, Observed, OsRelease, Report, Text};
use package::Packages;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// Writes one report as an object, several as `{"schema": …, "reports": […]}`; none is several of which there are
/// none.
pub fn write(reports: &[Report], out: impl Write) -> io::Result<()> {
    match reports {
        [report] => json_text::write_pretty(&One(report), out),
        several => json_text::write_pretty(&Several(several), out),
    }
}

struct Several<'a>(&'a [Report]);

impl Serialize for Several<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Reports", 2)?;
        object.serialize_field("schema", Report::SCHEMA)?;
        object.serialize_field("reports", &Each(self.0))?;
        object.end()
    }
}

struct Each<'a>(&'a [Report]);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(One))
    }
}

struct One<'a>(&'a Report);

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let inventory = &report.inventory;
        let mut object = serializer.serialize_struct("Report", 15)?;
        object.serialize_field("schema", Report::SCHEMA)?;
        object.serialize_field("tool", &report.tool)?;
        object.serialize_field("created", &report.created)?;
        object.serialize_field("subject", &inventory.subject)?;
        object.serialize_field("os", &Os::of(inventory))?;
        if !inventory.layers.is_empty() {
            object.serialize_field("layers", &inventory.layers)?;
        }
        if let Some(kernel) = &inventory.kernel {
            object.serialize_field("kernel", &Kernel::of(kernel))?;
        }
        object.serialize_field("database", &report.database)?;
        object.serialize_field("summary", &report.summary())?;
        object.serialize_field("coverage", &report.coverage)?;
        object.serialize_field("findings", &report.findings)?;
        object.serialize_field("errors", &report.errors)?;
        object.serialize_field("declared_only", &inventory.declared_only)?;
        object.serialize_field("packages", &Packages(inventory))?;
        object.end()
    }
}

/// Whether something is there, in the words of reports.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Present,
    Absent,
    Unknown,
}

/// State, value and reason of what may be missing or may not have been looked at.
fn observed<T>(observed: &Observed<T>) -> (State, Option<&T>, Option<&Text>) {
    match observed {
        Observed::Present(value) => (State::Present, Some(value), None),
        Observed::Absent => (State::Absent, None, None),
        Observed::Unknown(why) => (State::Unknown, None, Some(why)),
    }
}

/// The distribution, flat, with `state` in front.
#[derive(Serialize)]
struct Os<'a> {
    state: State,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    release: Option<&'a OsRelease>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Text>,
}

impl Os<'_> {
    fn of(inventory: &Inventory) -> Os<'_> {
        let (state, release, reason) = observed(&inventory.os);
        Os { state, release, reason }
    }
}

#[derive(Serialize)]
struct Kernel<'a> {
    release: &'a str,
    version: &'a str,
    live_patches: LivePatches<'a>,
    package: KernelPackage<'a>,
}

#[derive(Serialize)]
struct LivePatches<'a> {
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<&'a Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Text>,
}

#[derive(Serialize)]
struct KernelPackage<'a> {
    state: State,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Text>,
}

impl Kernel<'_> {
    fn of(kernel: &KernelFacts) -> Kernel<'_> {
        let (state, names, reason) = observed(&kernel.live_patches);
        let live_patches = LivePatches { state, names, reason };
        let (state, reference, reason) = observed(&kernel.package);
        let package = KernelPackage { state, reference, reason };
        Kernel { release: &kernel.release, version: &kernel.version, live_patches, package }
    }
}
