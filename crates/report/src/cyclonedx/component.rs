//! `components[]`: the subject, its distribution, its packages.

use super::{Part, subject_type};
use batten_model::{Location, Origin, OsRelease, Package, PackageKind, Purl, Scope, Tool};
use serde::{Serialize, Serializer};

/// A name and a value; Batten's own names begin with `batten:`.
#[derive(Serialize)]
pub(super) struct Property {
    name: &'static str,
    value: String,
}

impl Property {
    pub(super) fn new(name: &'static str, value: impl Into<String>) -> Property {
        Property { name, value: value.into() }
    }
}

/// `metadata.tools`.
#[derive(Serialize)]
pub(super) struct Tools<'a> {
    components: [ToolComponent<'a>; 1],
}

#[derive(Serialize)]
struct ToolComponent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    version: &'a str,
}

impl Tools<'_> {
    pub(super) fn of(tool: &Tool) -> Tools<'_> {
        Tools {
            components: [ToolComponent { kind: "application", name: &tool.name, version: &tool.version }],
        }
    }
}

/// What was looked at.
#[derive(Serialize)]
pub(super) struct SubjectComponent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Components<'a>>,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'static str,
    content: &'a str,
}

impl<'a> SubjectComponent<'a> {
    pub(super) fn of(part: &'a Part<'a>) -> SubjectComponent<'a> {
        let subject = part.subject();
        let digest = subject.digest.as_ref();
        let mut properties = Vec::new();
        properties.extend(subject.platform.as_ref().map(|p| Property::new("batten:platform", p)));
        for layer in &part.report.inventory.layers {
            properties.push(Property::new("batten:layer", layer.diff_id.as_str()));
        }
        let hash = |d: &'a batten_model::Digest| Hash {
            alg: if d.algorithm() == "sha512" { "SHA-512" } else { "SHA-256" },
            content: d.hex(),
        };
        SubjectComponent {
            kind: subject_type(subject.kind),
            reference: part.subject_reference(),
            name: &subject.name,
            version: digest.map(|d| d.as_str()),
            hashes: digest.map(hash).into_iter().collect(),
            properties,
            components: None,
        }
    }
}

/// All subjects of a document, with their packages inside.
pub(super) struct Subjects<'a>(pub(super) &'a [Part<'a>]);

impl Serialize for Subjects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|part| {
            let mut subject = SubjectComponent::of(part);
            subject.components = Some(Components(part));
            subject
        }))
    }
}

/// Distribution and packages of one subject, each made when its turn comes.
pub(super) struct Components<'a>(pub(super) &'a Part<'a>);

impl Serialize for Components<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inventory = &self.0.report.inventory;
        let os = inventory.os.present();
        let distribution = os.into_iter().map(|os| Component::of_os(os, self.0.os_reference()));
        let packages = inventory.packages.iter().zip(&self.0.references);
        let packages = packages.map(|(p, reference)| Component::of_package(p, reference.clone(), p.purl(os)));
        serializer.collect_seq(distribution.chain(packages))
    }
}

#[derive(Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Licence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<Purl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Occurrences<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Licence<'a> {
    expression: &'a str,
}

#[derive(Serialize)]
struct Occurrences<'a> {
    occurrences: Vec<Occurrence<'a>>,
}

#[derive(Serialize)]
struct Occurrence<'a> {
    location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl<'a> Component<'a> {
    fn of_os(os: &'a OsRelease, reference: String) -> Component<'a> {
        Component {
            kind: "operating-system",
            reference,
            publisher: None,
            group: None,
            name: &os.id,
            version: if os.version_id.is_empty() { &os.codename } else { &os.version_id },
            description: Some(os.name.as_str()).filter(|name| !name.is_empty()),
            scope: None,
            licenses: Vec::new(),
            purl: None,
            evidence: None,
            properties: Vec::new(),
        }
    }

    fn of_package(package: &'a Package, reference: String, purl: Purl) -> Component<'a> {
        let (group, name) = split_name(package);
        let program = matches!(package.kind, PackageKind::Generic | PackageKind::Kubernetes);
        Component {
            kind: if program { "application" } else { "library" },
            reference,
            publisher: package.vendor.as_deref(),
            group,
            name,
            version: &package.version,
            description: None,
            scope: match package.scope {
                Scope::Runtime => None,
                Scope::Optional => Some("optional"),
                Scope::Development => Some("excluded"),
            },
            licenses: package.licence.iter().map(|expression| Licence { expression }).collect(),
            purl: Some(purl),
            evidence: occurrences(&package.locations),
            properties: properties(package),
        }
    }
}

fn occurrences(locations: &[Location]) -> Option<Occurrences<'_>> {
    let mut occurrences: Vec<Occurrence<'_>> =
        locations.iter().map(|l| Occurrence { location: &l.path, line: l.line }).collect();
    occurrences.dedup_by(|a, b| a.location == b.location && a.line == b.line);
    (!occurrences.is_empty()).then_some(Occurrences { occurrences })
}

/// Group and name as CycloneDX has them: Maven's group, npm's scope.
fn split_name(package: &Package) -> (Option<&str>, &str) {
    let split = match package.kind {
        PackageKind::Maven => package.name.split_once(':'),
        PackageKind::Npm if package.name.starts_with('@') => package.name.split_once('/'),
        _ => None,
    };
    split.map_or((None, package.name.as_str()), |(group, name)| (Some(group), name))
}

fn properties(package: &Package) -> Vec<Property> {
    let mut out = vec![Property::new("batten:type", package.kind.as_str())];
    let mut add = |name, value: Option<&str>| out.extend(value.map(|v| Property::new(name, v)));
    add("batten:arch", package.arch.as_deref());
    add("batten:source:name", package.source.as_ref().map(|s| s.name.as_str()));
    add("batten:source:version", package.source.as_ref().map(|s| s.version.as_str()));
    add("batten:module", package.module.as_deref());
    add("batten:owner", package.owner.as_deref());
    add("batten:origin", (package.origin == Origin::Declared).then_some("declared"));
    add("batten:running", package.running.map(|running| if running { "true" } else { "false" }));
    let mut layers: Vec<&str> =
        package.locations.iter().filter_map(|l| l.layer.as_ref()).map(|d| d.as_str()).collect();
    layers.sort_unstable();
    layers.dedup();
    layers.into_iter().for_each(|layer| add("batten:layer", Some(layer)));
    out
}
