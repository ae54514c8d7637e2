//! What the page's script reads: everything shown, in both languages, with strangers' texts made harmless.

use super::Options;
use crate::links::web_address;
use crate::messages::{self, Message};
use crate::plain::plain;
use batten_model::{
    Cvss, DatabaseInfo, Digest, Epss, Evidence, Finding, Kev, Location, Package, Report, Severity, Summary,
    Text, Tool,
};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A text that anyone may see.
type Clean<'a> = Cow<'a, str>;

/// English and Chinese.
type Both<'a> = [Clean<'a>; 2];

fn both(text: &Text) -> Both<'_> {
    [plain(&text.en), plain(&text.zh)]
}

/// The whole page.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    lang: &'static str,
    texts: Texts,
    severities: [Severity; 6],
    reports: Vec<OneReport<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn of(reports: &'a [Report], options: &Options) -> Page<'a> {
        Page {
            lang: options.lang.tag(),
            texts: Texts,
            severities: Severity::ALL,
            reports: reports.iter().map(|report| OneReport::of(report, options)).collect(),
        }
    }
}

/// The catalogue, by key.
struct Texts;

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(messages::ALL.len()))?;
        for Message { key, en, zh } in messages::ALL {
            map.serialize_entry(key, &[en, zh])?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct OneReport<'a> {
    tool: &'a Tool,
    created: &'a str,
    name: Clean<'a>,
    kind: &'static str,
    digest: Option<&'a Digest>,
    platform: Option<Clean<'a>>,
    os: Clean<'a>,
    kernel: Option<Clean<'a>>,
    database: Option<&'a DatabaseInfo>,
    /// Days, where today is known.
    age: Option<i64>,
    old: bool,
    summary: Summary,
    coverage: Vec<Covered<'a>>,
    errors: Vec<Failed<'a>>,
    declared_only: Vec<Clean<'a>>,
    layers: Vec<Layer<'a>>,
    packages: Packages<'a>,
    findings: Findings<'a>,
}

impl<'a> OneReport<'a> {
    fn of(report: &'a Report, options: &Options) -> OneReport<'a> {
        let inventory = &report.inventory;
        let subject = &inventory.subject;
        let built = report.database.as_ref().and_then(|d| d.built);
        let age = options
            .today
            .zip(built)
            .map(|(today, built)| today.days_since_epoch() - built.days_since_epoch());
        OneReport {
            tool: &report.tool,
            created: &report.created,
            name: plain(&subject.name),
            kind: messages::subject_kind(subject.kind).key,
            digest: subject.digest.as_ref(),
            platform: subject.platform.as_deref().map(plain),
            os: inventory.os.present().map(|os| plain(&os.name)).unwrap_or_default(),
            kernel: inventory.kernel.as_ref().map(|k| plain(&k.release)),
            database: report.database.as_ref(),
            age: age.filter(|days| *days >= 0),
            old: age.is_some_and(|days| days > crate::table::OLD_AFTER_DAYS),
            summary: report.summary(),
            coverage: report.coverage.iter().map(Covered::of).collect(),
            errors: report.errors.iter().map(Failed::of).collect(),
            declared_only: inventory.declared_only.iter().map(|p| plain(p)).collect(),
            layers: inventory.layers.iter().map(Layer::of).collect(),
            packages: Packages(report),
            findings: Findings(report),
        }
    }
}

#[derive(Serialize)]
struct Covered<'a> {
    ecosystem: Clean<'a>,
    packages: usize,
    judged: batten_model::Judged,
    reason: Both<'a>,
    date: Option<batten_model::Date>,
}

impl Covered<'_> {
    fn of(line: &batten_model::Coverage) -> Covered<'_> {
        Covered {
            ecosystem: plain(&line.ecosystem),
            packages: line.packages,
            judged: line.judged,
            reason: both(&line.reason),
            date: line.feed_date,
        }
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    code: Clean<'a>,
    target: Clean<'a>,
    message: Both<'a>,
    fatal: bool,
}

impl Failed<'_> {
    fn of(error: &batten_model::ScanError) -> Failed<'_> {
        Failed {
            code: plain(&error.code),
            target: plain(&error.target),
            message: both(&error.message),
            fatal: error.fatal,
        }
    }
}

#[derive(Serialize)]
struct Layer<'a> {
    digest: &'a Digest,
    command: Clean<'a>,
}

impl Layer<'_> {
    fn of(layer: &batten_model::LayerInfo) -> Layer<'_> {
        Layer { digest: &layer.diff_id, command: layer.created_by.as_deref().map(plain).unwrap_or_default() }
    }
}

/// Type, name, version, licence and first place of every package: arrays, for there may be very many.
struct Packages<'a>(&'a Report);

impl Serialize for Packages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |p: &Package| -> [String; 5] {
            let licence = p.licence.as_deref().map(plain).unwrap_or_default().into_owned();
            let place = p.locations.first().map(|l| plain(&l.path)).unwrap_or_default().into_owned();
            [
                p.kind.as_str().to_owned(),
                plain(&p.name).into_owned(),
                plain(&p.version).into_owned(),
                licence,
                place,
            ]
        };
        serializer.collect_seq(self.0.inventory.packages.iter().map(row))
    }
}

/// All findings, the most urgent first.
struct Findings<'a>(&'a Report);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let packages: BTreeMap<String, &Package> =
            report.inventory.packages.iter().map(|p| (p.reference(), p)).collect();
        let layers: BTreeMap<&Digest, usize> =
            report.inventory.layers.iter().enumerate().map(|(n, layer)| (&layer.diff_id, n)).collect();
        let mut findings: Vec<&Finding> = report.findings.iter().collect();
        findings.sort_by_cached_key(|f| f.urgency());
        serializer.collect_seq(findings.into_iter().map(|finding| {
            let package = finding.package.as_ref().and_then(|p| packages.get(&p.reference)).copied();
            Entry::of(finding, package, &layers)
        }))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    id: Clean<'a>,
    aliases: Vec<Clean<'a>>,
    kind: &'static str,
    severity: Severity,
    by: Clean<'a>,
    cvss: Vec<Vector<'a>>,
    kev: Option<&'a Kev>,
    epss: Option<Epss>,
    title: Both<'a>,
    package: Option<Affected<'a>>,
    places: Vec<Place<'a>>,
    evidence: Vec<Why<'a>>,
    controls: Vec<Clean<'a>>,
    remediation: Both<'a>,
    links: Vec<&'a str>,
    fingerprint: &'a str,
    status: batten_model::FindingStatus,
}

#[derive(Serialize)]
struct Vector<'a> {
    version: Clean<'a>,
    vector: Clean<'a>,
    score: f32,
    source: Clean<'a>,
}

#[derive(Serialize)]
struct Affected<'a> {
    name: Clean<'a>,
    version: Clean<'a>,
    purl: Clean<'a>,
    fixed: Vec<Clean<'a>>,
    #[serde(rename = "type")]
    kind: Clean<'a>,
    licence: Clean<'a>,
    owner: Clean<'a>,
    path: Vec<Clean<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: Clean<'a>,
    line: Option<u32>,
    /// Index of the layer.
    layer: Option<usize>,
}

#[derive(Serialize)]
struct Why<'a> {
    source: Clean<'a>,
    detail: Both<'a>,
    symbols: Vec<Clean<'a>>,
}

fn cleaned(texts: &[String]) -> Vec<Clean<'_>> {
    texts.iter().map(|text| plain(text)).collect()
}

impl<'a> Entry<'a> {
    fn of(
        finding: &'a Finding,
        package: Option<&'a Package>,
        layers: &BTreeMap<&Digest, usize>,
    ) -> Entry<'a> {
        let place = |l: &'a Location| Place {
            path: plain(&l.path),
            line: l.line,
            layer: l.layer.as_ref().and_then(|digest| layers.get(digest)).copied(),
        };
        Entry {
            id: plain(&finding.id),
            aliases: cleaned(&finding.aliases),
            kind: finding.kind.as_str(),
            severity: finding.severity,
            by: plain(&finding.severity_source),
            cvss: finding.cvss.iter().map(vector).collect(),
            kev: finding.kev.as_ref(),
            epss: finding.epss,
            title: both(&finding.title),
            package: finding.package.as_ref().map(|affected| Affected::of(affected, package)),
            places: finding.locations.iter().map(place).collect(),
            evidence: finding.evidence.iter().map(why).collect(),
            controls: cleaned(&finding.controls),
            remediation: both(&finding.remediation),
            links: finding.references.iter().filter_map(|url| web_address(url)).collect(),
            fingerprint: finding.fingerprint.as_str(),
            status: finding.status,
        }
    }
}

impl<'a> Affected<'a> {
    fn of(affected: &'a batten_model::AffectedPackage, package: Option<&'a Package>) -> Affected<'a> {
        Affected {
            name: plain(&affected.name),
            version: plain(&affected.version),
            purl: plain(affected.purl.as_str()),
            fixed: cleaned(&affected.fixed),
            kind: plain(crate::groups::ecosystem(package, affected.purl.as_str())),
            licence: package.and_then(|p| p.licence.as_deref()).map(plain).unwrap_or_default(),
            owner: package.and_then(|p| p.owner.as_deref()).map(plain).unwrap_or_default(),
            path: package
                .map(|p| p.dependency_path.steps().into_iter().map(plain).collect())
                .unwrap_or_default(),
        }
    }
}

fn vector(cvss: &Cvss) -> Vector<'_> {
    Vector {
        version: plain(&cvss.version),
        vector: plain(&cvss.vector),
        score: cvss.score,
        source: plain(&cvss.source),
    }
}

fn why(evidence: &Evidence) -> Why<'_> {
    Why {
        source: plain(&evidence.source),
        detail: both(&evidence.detail),
        symbols: cleaned(&evidence.symbols),
    }
}
