//! The walk through one archive and the archives in it.

use super::identity::{Identity, identify};
use super::manifest::Manifest;
use super::pom_properties::PomProperties;
use super::{extension, is_surely_java};
use crate::content::{File, ReadAt};
use crate::facts::{Facts, Problem};
use crate::formats::pom_xml;
use crate::zip::{Entry, Zip, ZipError};
use batten_model::{Location, Package, PackageKind};
use std::collections::BTreeMap;

/// Deepest nesting of archives: an application archive in a server's, a library in it, and two more.
const MAX_DEPTH: usize = 5;
/// Most archives in one file.
const MAX_ARCHIVES: usize = 20_000;
/// Most entries of one archive.
const MAX_ENTRIES: usize = 2_000_000;
/// Most bytes that are inflated and most bytes of directories that are read for one file.
const MAX_WORK: u64 = 4 << 30;
/// Largest deflated archive that is held in memory, and most memory for those that contain each other.
const MAX_HELD: u64 = 32 << 20;
const MAX_HELD_TOGETHER: u64 = 48 << 20;
/// The main section comes first in a manifest; signatures of thousands of classes may follow.
const MAX_MANIFEST: u64 = 512 << 10;
const MAX_PROPERTIES: u64 = 64 << 10;
const MAX_POM: u64 = 4 << 20;
/// Most `pom.properties` and `pom.xml` of one archive.
const MAX_POMS: usize = 20_000;
/// Problems of one file that are reported one by one.
const MAX_PROBLEMS: usize = 50;

/// Packages of an archive and of those in it.
pub(super) fn archive(file: &File<'_>) -> Result<Facts, ZipError> {
    let mut walk = Walk { facts: Facts::default(), work: MAX_WORK, archives: 0 };
    let zip = Zip::open(file.content)?;
    walk.archive(file.path, &zip, Place { depth: 0, held: 0, slow: false });
    Ok(walk.facts)
}

struct Walk {
    facts: Facts,
    /// Bytes that may still be inflated or read as directories.
    work: u64,
    archives: usize,
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// Bytes of archives that are held in memory around this one.
    held: u64,
    /// Reading backwards is expensive here.
    slow: bool,
}

/// What the directory shows that the walk wants, each in the order of places.
#[derive(Default)]
struct Wanted<'z> {
    manifest: Option<Entry<'z>>,
    properties: Vec<Entry<'z>>,
    poms: Vec<Entry<'z>>,
    nested: Vec<Entry<'z>>,
    has_classes: bool,
    /// `BOOT-INF` or `WEB-INF`: classes at the top are not the archive's own.
    is_application: bool,
}

impl Walk {
    fn archive(&mut self, path: &str, zip: &Zip<'_>, place: Place) {
        self.archives += 1;
        let wanted = self.wanted(path, zip);
        let manifest = wanted.manifest.and_then(|entry| {
            let start = zip.read_start(&entry, MAX_MANIFEST);
            self.taken(path, &entry, start)
        });
        let manifest = Manifest::parse(&manifest.unwrap_or_default());
        let properties = self.properties(path, zip, &wanted);
        let licences = self.licences(path, zip, &wanted, &properties);
        self.packages(path, zip, &wanted, &manifest, properties, &licences);
        for entry in &wanted.nested {
            self.nested(path, zip, entry, place);
        }
    }

    fn wanted<'z>(&mut self, path: &str, zip: &'z Zip<'_>) -> Wanted<'z> {
        let mut wanted = Wanted::default();
        for entry in zip.entries().take(MAX_ENTRIES) {
            match entry {
                Ok(entry) => wanted.take(entry),
                Err(error) => self.problem(path, None, &error),
            }
        }
        for entries in [&mut wanted.properties, &mut wanted.poms, &mut wanted.nested] {
            entries.sort_by_key(|entry| entry.header);
        }
        wanted.properties.truncate(MAX_POMS);
        wanted.poms.truncate(MAX_POMS);
        wanted
    }

    fn properties(&mut self, path: &str, zip: &Zip<'_>, wanted: &Wanted<'_>) -> Vec<PomProperties> {
        let mut found: Vec<PomProperties> = Vec::new();
        for entry in &wanted.properties {
            let read = zip.read(entry, MAX_PROPERTIES);
            let Some(bytes) = self.taken(path, entry, read) else { continue };
            found.extend(PomProperties::parse(&entry.name(), &bytes));
        }
        found.sort_by(|a, b| (&a.group, &a.artifact, &a.version).cmp(&(&b.group, &b.artifact, &b.version)));
        found.dedup();
        found
    }

    /// Licences by `group:artifact`, from the `pom.xml` beside each `pom.properties`.
    fn licences(
        &mut self,
        path: &str,
        zip: &Zip<'_>,
        wanted: &Wanted<'_>,
        properties: &[PomProperties],
    ) -> BTreeMap<String, String> {
        let mut licences = BTreeMap::new();
        if properties.is_empty() {
            return licences;
        }
        for entry in &wanted.poms {
            let read = zip.read(entry, MAX_POM);
            let Some(bytes) = self.taken(path, entry, read) else { continue };
            // A damaged pom.xml costs the licence only: the coordinates are beside it.
            if let Ok(pom) = pom_xml::Pom::parse(&bytes)
                && let (Some(group), Some(licence)) = (pom.group(), pom.licence())
            {
                licences.insert(format!("{group}:{}", pom.artifact), licence);
            }
        }
        licences
    }

    fn packages(
        &mut self,
        path: &str,
        zip: &Zip<'_>,
        wanted: &Wanted<'_>,
        manifest: &Manifest,
        properties: Vec<PomProperties>,
        licences: &BTreeMap<String, String>,
    ) {
        let stem = stem(path);
        let own = own(stem, manifest, &properties);
        let identity = match own {
            Some(_) => None,
            None => {
                let classes = || if wanted.is_application { None } else { common_folder(zip) };
                Some(identify(stem, manifest, classes))
                    .filter(|identity| wanted.is_told(identity, &properties))
            }
        };
        for (index, one) in properties.iter().enumerate() {
            let mut version = one.version.clone();
            if version.is_empty() && own == Some(index) {
                version = identify(stem, manifest, || None).version;
            }
            let mut package = maven(one.name(), version, path);
            package.licence = licences.get(&one.name()).cloned();
            if own == Some(index) && package.licence.is_none() {
                package.licence = manifest.get("Bundle-License").and_then(pom_xml::bundle_licence);
            }
            self.facts.packages.push(package);
        }
        if let Some(Identity { group, artifact, version }) = identity {
            let name = if group.is_empty() { artifact } else { format!("{group}:{artifact}") };
            let mut package = maven(name, version, path);
            package.licence = manifest.get("Bundle-License").and_then(pom_xml::bundle_licence);
            self.facts.packages.push(package);
        }
    }

    /// One archive in the archive.
    fn nested(&mut self, path: &str, zip: &Zip<'_>, entry: &Entry<'_>, place: Place) {
        if entry.size == 0 {
            return;
        }
        let name = entry.name();
        let inner = format!("{path}!{name}");
        if place.depth + 1 >= MAX_DEPTH {
            return self.limit(&inner, MAX_DEPTH as u64, "levels", "层级");
        }
        if self.archives >= MAX_ARCHIVES {
            return self.limit(&inner, MAX_ARCHIVES as u64, "archives", "归档");
        }
        if entry.size > self.work {
            return self.limit(&inner, MAX_WORK, "bytes of work", "字节的处理量");
        }
        let fits = entry.size <= MAX_HELD && place.held + entry.size <= MAX_HELD_TOGETHER;
        let next = Place { depth: place.depth + 1, ..place };
        let opened = if fits && (entry.method != 0 || place.slow) {
            zip.read(entry, MAX_HELD).map(|content| {
                let next = Place { held: place.held + entry.size, slow: false, ..next };
                self.open(&inner, &content, next);
                entry.size
            })
        } else if entry.method == 0 {
            zip.stored(entry).map(|content| {
                self.open(&inner, &content, next);
                0
            })
        } else {
            zip.deflated(entry, self.work).map(|content| {
                self.open(&inner, &content, Place { slow: true, ..next });
                content.inflated()
            })
        };
        match opened {
            Ok(work) => self.work = self.work.saturating_sub(work),
            Err(error) => self.problem(path, Some(&name), &error),
        }
    }

    fn open(&mut self, path: &str, content: &dyn ReadAt, place: Place) {
        let mut magic = [0; 2];
        let is_zip = content.read_exact_at(0, &mut magic).is_ok() && magic == *b"PK";
        if !is_zip && !is_surely_java(path.as_bytes()) {
            return;
        }
        match Zip::open(content) {
            Ok(zip) if zip.directory_size() > self.work => {
                self.limit(path, MAX_WORK, "bytes of work", "字节的处理量");
            }
            Ok(zip) => {
                self.work -= zip.directory_size();
                self.archive(path, &zip, place);
            }
            Err(error) => self.problem(path, None, &error),
        }
    }

    /// The bytes of an entry, or a problem that names it.
    fn taken(&mut self, path: &str, entry: &Entry<'_>, read: Result<Vec<u8>, ZipError>) -> Option<Vec<u8>> {
        match read {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problem(path, Some(&entry.name()), &error);
                None
            }
        }
    }

    fn problem(&mut self, path: &str, entry: Option<&str>, error: &ZipError) {
        let target = match entry {
            Some(entry) => format!("{path}!{entry}"),
            None => path.to_owned(),
        };
        self.push(format!("{target} {error}"), format!("{target} {}", error.zh()), target);
    }

    fn limit(&mut self, target: &str, limit: u64, unit: &str, unit_zh: &str) {
        self.push(
            format!("{target} exceeds the limit of {limit} {unit}; it was left out"),
            format!("{target} 超过上限 {limit} {unit_zh}，已略过"),
            target.to_owned(),
        );
    }

    fn push(&mut self, en: String, zh: String, target: String) {
        if self.facts.problems.len() < MAX_PROBLEMS {
            let code = "unreadable-java_archive".to_owned();
            self.facts.problems.push(Problem { code, target, en, zh, fatal: false });
        }
    }
}

impl<'z> Wanted<'z> {
    fn take(&mut self, entry: Entry<'z>) {
        let name = entry.raw_name;
        if name.ends_with(b".class") {
            self.has_classes = true;
        } else if name.ends_with(b"/pom.properties") {
            self.properties.push(entry);
        } else if name.ends_with(b"/pom.xml") && name.starts_with(b"META-INF/maven/") {
            self.poms.push(entry);
        } else if name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") {
            self.manifest = self.manifest.or(Some(entry));
        } else if !entry.is_folder() && extension(name).is_some() {
            self.nested.push(entry);
        }
        self.is_application |= name.starts_with(b"BOOT-INF/") || name.starts_with(b"WEB-INF/");
    }

    /// Whether the name says more than that there is a file: an archive that only wraps others needs a version.
    fn is_told(&self, identity: &Identity, properties: &[PomProperties]) -> bool {
        let wraps = !properties.is_empty() || !self.nested.is_empty() || self.is_application;
        !identity.version.is_empty() || (!wraps && self.has_classes)
    }
}

fn maven(name: String, version: String, path: &str) -> Package {
    Package::new(PackageKind::Maven, name, version, Location::at(path))
}

/// The file's name without folders and extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Which of the coordinates in an archive are its own.
fn own(stem: &str, manifest: &Manifest, properties: &[PomProperties]) -> Option<usize> {
    let in_name = |one: &PomProperties| {
        let rest = stem.strip_prefix(one.artifact.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    };
    let versions = manifest.versions();
    let stated = |one: &PomProperties| {
        let titled =
            [manifest.get("Implementation-Title"), manifest.get("Bundle-Name"), manifest.symbolic_name()];
        let named = titled.into_iter().flatten().any(|title| {
            title == one.artifact
                || title.strip_suffix(one.artifact.as_str()).is_some_and(|front| front.ends_with('.'))
        });
        named && (versions.is_empty() || versions.contains(&one.version.as_str()))
    };
    let indexes = || properties.iter().enumerate();
    let longest = indexes().filter(|(_, one)| in_name(one)).max_by_key(|(_, one)| one.artifact.len());
    if let Some((index, _)) = longest.or_else(|| indexes().find(|(_, one)| stated(one))) {
        return Some(index);
    }
    // A single one is the archive's own, unless the manifest or the file name has another version.
    match properties {
        [one] => {
            let (_, in_name) = super::file_name::split(stem, &[one.version.as_str()]);
            let contradicted = match in_name {
                Some(version) => version != one.version,
                None => !versions.is_empty() && !versions.contains(&one.version.as_str()),
            };
            (!contradicted).then_some(0)
        }
        _ => None,
    }
}

/// The folder that all classes outside `META-INF` have in common; `None` where there is none.
fn common_folder(zip: &Zip<'_>) -> Option<String> {
    let mut common: Option<Vec<u8>> = None;
    for entry in zip.entries().take(MAX_ENTRIES).flatten() {
        let name = entry.raw_name;
        if !name.ends_with(b".class") || name.starts_with(b"META-INF/") {
            continue;
        }
        let Some(end) = memchr::memrchr(b'/', name) else { continue };
        let folder = name.get(..=end)?;
        match &mut common {
            None => common = Some(folder.to_vec()),
            Some(common) => {
                let same = common.iter().zip(folder).take_while(|(a, b)| a == b).count();
                let whole = memchr::memrchr(b'/', common.get(..same)?).map_or(0, |at| at + 1);
                common.truncate(whole);
            }
        }
        if common.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
    }
    common.map(|folder| String::from_utf8_lossy(&folder).into_owned())
}
