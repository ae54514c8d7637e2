//! One pass over the tar archive of a layer.

use super::blocks::Meter;
use super::error::LayerError;
use super::facts::{FoundFile, LayerFacts, name_hash};
use super::paths::{Shape, link_target, normalise, printable};
use crate::content::ReadAt;
use crate::facts::Problem;
use crate::hold::Budget;
use crate::matcher::Matcher;
use crate::offer::{Sink, offer, refuse};
use crate::source::Region;
use crate::tar::{Entry, Kind, Reader, SparseContent, TarError};
use std::collections::HashMap;
use std::io::BufRead;

/// Files up to this length are taken from the stream even where they could be read in place.
const TAKEN_FROM_STREAM: u64 = 1 << 20;
/// Symbolic links that are remembered for each layer.
const LINKS_MAX: usize = 50_000;
/// Problems with paths that are told one by one.
const PATH_PROBLEMS_MAX: usize = 10;

/// What every layer of a scan is read with.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) matcher: &'a Matcher,
    pub(crate) meter: &'a Meter<'a>,
    pub(crate) budget: &'a Budget,
}

/// A file that has another file's content, and so can only be read once that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alias {
    path: String,
    target: String,
    formats: Vec<u16>,
    /// Through a symbolic link: where the target was taken by the same format under its own name, that suffices.
    symbolic: bool,
}

/// Content that a second pass must look for: target path, and the names and formats that want it.
pub(super) type Wanted = HashMap<String, Vec<(String, Vec<u16>)>>;

/// The state of one pass.
pub(super) struct Walk<'a> {
    tools: Tools<'a>,
    /// The archive's place in a file, where its content can be read in place.
    region: Option<&'a Region>,
    pub(super) facts: LayerFacts,
    aliases: Vec<Alias>,
    /// Places in `facts.files` by the hash of their path.
    found_at: HashMap<u64, Vec<usize>>,
    path: String,
    wanted: Vec<u16>,
    path_problems: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(tools: Tools<'a>, region: Option<&'a Region>) -> Walk<'a> {
        Walk {
            tools,
            region,
            facts: LayerFacts::default(),
            aliases: Vec::new(),
            found_at: HashMap::new(),
            path: String::new(),
            wanted: Vec::new(),
            path_problems: 0,
        }
    }

    /// Reads the archive to its end, and then whatever follows.
    pub(super) fn run<S: BufRead>(&mut self, reader: &mut Reader<S>) -> Result<(), LayerError> {
        while let Some(entry) = reader.next_entry()? {
            self.tools.meter.count_entry()?;
            self.entry(reader, &entry)?;
        }
        if !reader.drain()? {
            self.facts.problems.push(Problem {
                code: "data-after-archive".to_owned(),
                target: String::new(),
                en: "there is data behind the layer's end of archive; container runtimes do not read it"
                    .to_owned(),
                zh: "层的归档结束标记之后还有数据；容器运行时不会读取它".to_owned(),
                fatal: false,
            });
        }
        Ok(())
    }

    /// Sorts the facts, and says which aliases need a second pass.
    pub(super) fn finish(mut self) -> (LayerFacts, Wanted) {
        let wanted = self.resolve_aliases();
        let mut facts = self.facts;
        facts.files.retain(|file| !file.path.is_empty());
        facts.files.sort_by(|a, b| (&a.path, a.format).cmp(&(&b.path, b.format)));
        facts.names.sort();
        (facts, wanted)
    }

    fn entry<S: BufRead>(&mut self, reader: &mut Reader<S>, entry: &Entry) -> Result<(), LayerError> {
        if matches!(entry.kind, Kind::Other(_)) {
            return Ok(());
        }
        let limits = self.tools.meter.limits;
        match normalise(reader.path(), &mut self.path, limits.path_bytes, limits.path_depth) {
            Shape::Plain => {}
            Shape::Escapes => self.path_problem("path-traversal", reader.path(), ESCAPES),
            Shape::TooLong => {
                self.path_problem("limit-exceeded", reader.path(), TOO_LONG);
                return Ok(());
            }
        }
        if self.path.is_empty() {
            return Ok(());
        }
        if self.whiteout() {
            return Ok(());
        }
        let hash = name_hash(&self.path);
        self.forget(hash);
        match entry.kind {
            Kind::Directory => self.facts.names.folders.push(hash),
            _ => self.facts.names.files.push(hash),
        }
        match entry.kind {
            Kind::File => self.file(reader, entry, hash)?,
            Kind::HardLink => self.hard_link(reader.link()),
            Kind::Symlink => self.symlink(reader.link()),
            Kind::Directory | Kind::Special | Kind::Other(_) => {}
        }
        Ok(())
    }

    /// Takes note of a whiteout (OCI image specification, "Image Layer Filesystem Changeset", "Whiteouts").
    fn whiteout(&mut self) -> bool {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let Some(hidden) = name.strip_prefix(".wh.") else { return false };
        if hidden == ".wh..opq" {
            self.facts.names.opaque.push(name_hash(folder));
        } else if !hidden.starts_with(".wh.") && !hidden.is_empty() {
            let path = if folder.is_empty() { hidden.to_owned() } else { format!("{folder}/{hidden}") };
            self.facts.names.removed.push(name_hash(&path));
        }
        true
    }

    /// A later entry of the same path takes an earlier one's place.
    fn forget(&mut self, hash: u64) {
        if self.found_at.is_empty() {
            return;
        }
        for place in self.found_at.remove(&hash).unwrap_or_default() {
            if let Some(file) = self.facts.files.get_mut(place) {
                // An empty path marks what `finish` takes out.
                *file = FoundFile { path: String::new(), format: 0, facts: Default::default() };
            }
        }
        let path = &self.path;
        self.aliases.retain(|alias| alias.path != *path);
    }

    fn file<S: BufRead>(
        &mut self,
        reader: &mut Reader<S>,
        entry: &Entry,
        hash: u64,
    ) -> Result<(), LayerError> {
        let mut wanted = std::mem::take(&mut self.wanted);
        self.tools.matcher.find(&self.path, &mut wanted);
        let result = self.content(reader, entry, hash, &mut wanted);
        self.wanted = wanted;
        result
    }

    fn content<S: BufRead>(
        &mut self,
        reader: &mut Reader<S>,
        entry: &Entry,
        hash: u64,
        wanted: &mut Vec<u16>,
    ) -> Result<(), LayerError> {
        let is_sparse = reader.sparse().is_some();
        let chunk = reader.content()?;
        if !is_sparse {
            self.tools.matcher.find_by_content(chunk, wanted);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let matcher = self.tools.matcher;
        let limit = self.tools.meter.limits.file_bytes;
        if entry.size > limit {
            let reason = too_large(limit);
            refuse(
                matcher,
                wanted,
                &self.path,
                "limit-exceeded",
                (&reason.0, &reason.1),
                &mut self.facts.problems,
            );
            return Ok(());
        }
        let before = self.facts.files.len();
        let problems_before = self.facts.problems.len();
        if chunk.len() as u64 == entry.size && !is_sparse {
            self.offer(wanted, entry.mode, chunk);
        } else if let (Some(region), false) = (self.region, entry.stored <= TAKEN_FROM_STREAM) {
            let place = Region {
                file: region.file.clone(),
                offset: region.offset + entry.offset,
                length: entry.stored,
            };
            self.offer_stored(reader, wanted, entry.mode, place);
        } else {
            match hold(reader, self.tools.budget, entry.stored)? {
                Ok(held) => self.offer_stored(reader, wanted, entry.mode, held),
                Err(error) => {
                    let en = format!("could not be held for reading: {error}");
                    let zh = format!("无法暂存以供读取：{error}");
                    refuse(matcher, wanted, &self.path, "no-room", (&en, &zh), &mut self.facts.problems);
                    self.facts.transient = true;
                }
            }
        }
        self.tools.meter.check_time()?;
        let after = self.facts.files.len();
        if after > before {
            self.found_at.insert(hash, (before..after).collect());
        }
        debug_assert!(problems_before <= self.facts.problems.len());
        Ok(())
    }

    fn offer_stored<S: BufRead, C: ReadAt>(
        &mut self,
        reader: &Reader<S>,
        wanted: &[u16],
        mode: u32,
        stored: C,
    ) {
        match reader.sparse() {
            Some(map) => self.offer(wanted, mode, &SparseContent::new(stored, map)),
            None => self.offer(wanted, mode, &stored),
        }
    }

    fn offer<C: ReadAt + ?Sized>(&mut self, wanted: &[u16], mode: u32, content: &C) {
        let content = AsReadAt(content);
        offer(self.tools.matcher, wanted, &self.path, mode, &content, Sink::of(&mut self.facts));
    }

    fn hard_link(&mut self, link: &[u8]) {
        let limits = self.tools.meter.limits;
        let mut target = String::new();
        if normalise(link, &mut target, limits.path_bytes, limits.path_depth) == Shape::TooLong
            || target.is_empty()
        {
            return;
        }
        let mut formats = Vec::new();
        self.tools.matcher.find(&self.path, &mut formats);
        // What was recognised by content has that content under this name too.
        for place in self.found_at.get(&name_hash(&target)).into_iter().flatten() {
            if let Some(file) = self.facts.files.get(*place).filter(|file| file.path == target)
                && self.tools.matcher.goes_by_content(file.format)
            {
                formats.push(file.format);
            }
        }
        formats.sort_unstable();
        formats.dedup();
        if !formats.is_empty() {
            self.aliases.push(Alias { path: self.path.clone(), target, formats, symbolic: false });
        }
    }

    fn symlink(&mut self, link: &[u8]) {
        let limits = self.tools.meter.limits;
        let mut formats = Vec::new();
        self.tools.matcher.find(&self.path, &mut formats);
        formats.retain(|format| self.tools.matcher.wants_exactly(&self.path, *format));
        if !formats.is_empty()
            && let Some(target) = link_target(&self.path, link, limits.path_bytes, limits.path_depth)
        {
            self.aliases.push(Alias { path: self.path.clone(), target, formats, symbolic: true });
        }
        let name = self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name);
        if self.facts.links.len() < LINKS_MAX
            && !name.contains(".so")
            && link.len() as u64 <= limits.path_bytes
        {
            self.facts.links.push((self.path.clone(), String::from_utf8_lossy(link).into_owned()));
        }
    }

    /// Gives aliases the facts of their targets where these are known, and returns the others.
    fn resolve_aliases(&mut self) -> Wanted {
        let mut wanted = Wanted::new();
        for alias in std::mem::take(&mut self.aliases) {
            let known: Vec<FoundFile> = self
                .found_at
                .get(&name_hash(&alias.target))
                .into_iter()
                .flatten()
                .filter_map(|place| self.facts.files.get(*place))
                .filter(|file| file.path == alias.target && alias.formats.contains(&file.format))
                .cloned()
                .collect();
            let missing: Vec<u16> = alias
                .formats
                .iter()
                .copied()
                .filter(|f| known.iter().all(|file| file.format != *f))
                .collect();
            if !alias.symbolic {
                self.facts.files.extend(known.into_iter().map(|file| renamed(file, &alias.path)));
            }
            if !missing.is_empty() {
                wanted.entry(alias.target).or_default().push((alias.path, missing));
            }
        }
        wanted
    }

    fn path_problem(&mut self, code: &str, raw: &[u8], words: (&str, &str)) {
        self.path_problems += 1;
        if self.path_problems <= PATH_PROBLEMS_MAX {
            let target = printable(raw);
            self.facts.problems.push(Problem {
                code: code.to_owned(),
                en: format!("{target} {}", words.0),
                zh: format!("{target} {}", words.1),
                target,
                fatal: false,
            });
        }
    }
}

const ESCAPES: (&str, &str) = (
    "leads out of the layer by `..`; it was taken as if the root were its end",
    "通过 `..` 指向层之外；已按根目录截断处理",
);
const TOO_LONG: (&str, &str) = (
    "exceeds the limit path-bytes or path-depth, and was not read",
    "超过限制 path-bytes 或 path-depth，未读取",
);

/// Words for a file that is larger than formats read.
pub(crate) fn too_large(limit: u64) -> (String, String) {
    (
        format!("is larger than the limit file-bytes={limit}, and was not read"),
        format!("大于限制 file-bytes={limit}，未读取"),
    )
}

/// The second pass: content of hard links whose target nobody wanted under its own name.
pub(super) fn read_wanted<S: BufRead>(
    tools: Tools<'_>,
    reader: &mut Reader<S>,
    wanted: &mut Wanted,
    facts: &mut LayerFacts,
) -> Result<(), LayerError> {
    let limits = tools.meter.limits;
    let mut path = String::new();
    while let Some(entry) = reader.next_entry()? {
        normalise(reader.path(), &mut path, limits.path_bytes, limits.path_depth);
        if entry.kind != Kind::File || entry.size > limits.file_bytes {
            continue;
        }
        let Some(aliases) = wanted.remove(&path) else { continue };
        let held = hold(reader, tools.budget, entry.stored)?;
        for (alias, formats) in &aliases {
            match (&held, reader.sparse()) {
                (Ok(held), None) => offer(tools.matcher, formats, alias, entry.mode, held, Sink::of(facts)),
                (Ok(held), Some(map)) => {
                    let content = SparseContent::new(AsReadAt(held), map);
                    offer(tools.matcher, formats, alias, entry.mode, &content, Sink::of(facts));
                }
                (Err(error), _) => {
                    let en = format!("could not be held for reading: {error}");
                    let zh = format!("无法暂存以供读取：{error}");
                    refuse(tools.matcher, formats, alias, "no-room", (&en, &zh), &mut facts.problems);
                    facts.transient = true;
                }
            }
        }
        if wanted.is_empty() {
            break;
        }
    }
    facts.files.sort_by(|a, b| (&a.path, a.format).cmp(&(&b.path, b.format)));
    Ok(())
}

/// Takes the entry's content from the stream. The outer error is the archive's, the inner one lack of room.
fn hold<'b, S: BufRead>(
    reader: &mut Reader<S>,
    budget: &'b Budget,
    length: u64,
) -> Result<std::io::Result<crate::hold::Held<'b>>, TarError> {
    let mut held = match budget.hold(length) {
        Ok(held) => held,
        Err(error) => return Ok(Err(error)),
    };
    while reader.content_left() > 0 {
        let chunk = reader.content()?;
        let amount = chunk.len();
        if let Err(error) = held.push(chunk) {
            return Ok(Err(error));
        }
        reader.consume(amount);
    }
    Ok(Ok(held))
}

/// A found file under another name.
fn renamed(mut file: FoundFile, path: &str) -> FoundFile {
    let old = std::mem::replace(&mut file.path, path.to_owned());
    for location in file.facts.packages.iter_mut().flat_map(|package| &mut package.locations) {
        let rest = location.path.strip_prefix(&old).filter(|rest| rest.is_empty() || rest.starts_with('!'));
        if let Some(rest) = rest {
            location.path = format!("{path}{rest}");
        }
    }
    file
}

/// Any content as sized value.
struct AsReadAt<'a, C: ?Sized>(&'a C);

impl<C: ReadAt + ?Sized> ReadAt for AsReadAt<'_, C> {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.0.read_exact_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        self.0.as_slice()
    }
}
