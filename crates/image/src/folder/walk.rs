//! A walk over a tree by several threads.

use super::also::{self, Opened};
use super::mounts::{CONTAINER_STORAGE, left_out};
use super::open::Root;
use super::{FolderSubject, gather};
use crate::content::ReadAt;
use crate::facts::Problem;
use crate::hold::FileContent;
use crate::layer::paths::{Shape, link_target, normalise};
use crate::layer::{LayerFacts, Tools, too_large};
use crate::offer::{Sink, offer, refuse};
use crate::scan::ScanOptions;
use batten_model::{ScanError, SubjectKind, Text};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

/// Files up to this length are read at once.
const READ_AT_ONCE: u64 = 1 << 20;
/// Unreadable folders and files that are told one by one.
const PROBLEMS_MAX: usize = 1_000;

/// What the threads share.
pub(super) struct Walk<'a> {
    subject: &'a FolderSubject,
    root: &'a Root,
    tools: Tools<'a>,
    options: &'a ScanOptions<'a>,
    queue: Mutex<Queue>,
    wake: Condvar,
}

/// Folders that are left.
#[derive(Default)]
struct Queue {
    folders: Vec<Folder>,
    /// Threads that work on a folder, and so may add more.
    working: usize,
    /// A limit was reached.
    stopped: Option<ScanError>,
}

/// A folder that is to be read, and the file system that its parent lies on.
struct Folder {
    relative: PathBuf,
    device: Option<u64>,
}

/// One thread's finds.
#[derive(Default)]
struct Finds {
    facts: LayerFacts,
    wanted: Vec<u16>,
    path: String,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        subject: &'a FolderSubject,
        root: &'a Root,
        tools: Tools<'a>,
        options: &'a ScanOptions<'a>,
    ) -> Walk<'a> {
        Walk { subject, root, tools, options, queue: Mutex::default(), wake: Condvar::new() }
    }

    /// Reads one file of the root folder.
    pub(super) fn single(self, name: &OsStr) -> (LayerFacts, Vec<ScanError>) {
        let mut finds = Finds::default();
        if self.path_of(Path::new(name), &mut finds) {
            self.offer_opened(self.root.file(Path::new(name)), &mut finds);
        }
        (gather(vec![finds.facts]), Vec::new())
    }

    /// Reads the whole tree, and then the files that lie elsewhere.
    pub(super) fn run(self) -> (LayerFacts, Vec<ScanError>) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.folders.push(Folder { relative: PathBuf::new(), device: None });
        }
        let also = also::open(self.root, &self.subject.also);
        let threads = self.options.threads_for(usize::MAX);
        let mut all = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.work())).collect();
            handles.into_iter().filter_map(|handle| handle.join().ok()).collect::<Vec<LayerFacts>>()
        });
        let mut ended = all.len();
        if !also.is_empty() {
            let known = all.iter().flat_map(|facts| &facts.files).map(|file| file.path.clone()).collect();
            match std::thread::scope(|scope| scope.spawn(|| self.also(also, &known)).join()) {
                Ok(rest) => all.push(rest),
                Err(_) => ended = 0,
            }
        }
        let mut errors = Vec::new();
        if ended < threads {
            let text =
                Text::new("a reading thread failed; files may be missing", "一个读取线程失败；可能缺少文件");
            errors.push(ScanError::fatal("internal-error", self.subject.name.clone(), text));
        }
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        errors.extend(queue.stopped);
        (gather(all), errors)
    }

    fn work(&self) -> LayerFacts {
        if let Some(confine) = self.options.on_thread {
            confine();
        }
        let mut finds = Finds::default();
        while let Some(folder) = self.next() {
            // Whatever happens, the others must not wait for this thread.
            let _done = Done(self);
            self.folder(&folder, &mut finds);
        }
        finds.facts
    }

    /// Reads files that were opened before, unless the walk has come by them.
    fn also(&self, opened: Vec<Opened>, known: &HashSet<String>) -> LayerFacts {
        if let Some(confine) = self.options.on_thread {
            confine();
        }
        let mut finds = Finds::default();
        for one in opened {
            if !self.path_of(&one.path, &mut finds) || known.contains(&finds.path) {
                continue;
            }
            self.offer_opened(one.file, &mut finds);
        }
        finds.facts
    }

    /// The next folder; waits while others may still find some.
    fn next(&self) -> Option<Folder> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if queue.stopped.is_some() {
                return None;
            }
            if let Some(folder) = queue.folders.pop() {
                queue.working += 1;
                return Some(folder);
            }
            if queue.working == 0 {
                return None;
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn folder(&self, folder: &Folder, finds: &mut Finds) {
        let absolute = self.root.path.join(&folder.relative);
        let Some(device) = self.enter(folder, &absolute, finds) else { return };
        let entries = match std::fs::read_dir(&absolute) {
            Ok(entries) => entries,
            // A folder that went away in the meantime is not there.
            Err(error) if error.kind() == io::ErrorKind::NotFound && device.is_some() => return,
            Err(error) => return self.unreadable_folder(folder, &error, finds),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable_folder(folder, &error, finds);
                    break;
                }
            };
            if let Err(error) = self.tools.meter.count_entry().and_then(|()| self.tools.meter.check_time()) {
                let text = Text::new(
                    format!("{} {error}", self.subject.name),
                    format!("{} {}", self.subject.name, batten_model::Localized::zh(&error)),
                );
                self.stop(ScanError::fatal(error.code(), self.subject.name.clone(), text));
                return;
            }
            let relative = folder.relative.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(Folder { relative, device }),
                Ok(kind) if kind.is_file() => self.file(&relative, finds),
                Ok(kind) if kind.is_symlink() => self.symlink(&relative, finds),
                Ok(_) => {}
                Err(error) => {
                    if self.path_of(&relative, finds) {
                        self.unreadable(finds, Some(&error));
                    }
                }
            }
        }
        if !folders.is_empty() {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.folders.append(&mut folders);
            drop(queue);
            self.wake.notify_all();
        }
    }

    /// Whether the folder is part of the subject; if so, the file system that it lies on, where that is known.
    fn enter(&self, folder: &Folder, absolute: &Path, finds: &mut Finds) -> Option<Option<u64>> {
        let is_root = folder.relative.as_os_str().is_empty();
        if !is_root && !self.path_of(&folder.relative, finds) {
            return None;
        }
        if is_root {
            finds.path.clear();
        }
        let path = finds.path.as_str();
        if self.subject.skip.iter().any(|skip| skip.trim_matches('/') == path && !is_root) {
            return None;
        }
        if self.subject.kind == SubjectKind::Host && CONTAINER_STORAGE.contains(&path) {
            self.note_storage(path);
            return None;
        }
        let metadata = match if is_root { absolute.metadata() } else { absolute.symlink_metadata() } {
            Ok(metadata) if metadata.is_dir() => metadata,
            // Exchanged for something else in the meantime.
            Ok(_) => return None,
            Err(_) => return Some(folder.device),
        };
        let crossed = folder.device.is_none_or(|device| device != metadata.dev());
        if crossed
            && !is_root
            && let Some(reason) = left_out(absolute, self.subject.kind)
        {
            if let Some(note) = reason.note(path) {
                self.options.progress.note(&note);
            }
            return None;
        }
        Some(Some(metadata.dev()))
    }

    fn note_storage(&self, path: &str) {
        if path.starts_with("var/lib/") {
            self.options.progress.note(&Text::new(
                format!("{path} is container storage and was left out; scan the images"),
                format!("{path} 是容器存储，未扫描；请扫描镜像"),
            ));
        }
    }

    fn file(&self, relative: &Path, finds: &mut Finds) {
        if !self.path_of(relative, finds) {
            return;
        }
        let mut wanted = std::mem::take(&mut finds.wanted);
        self.tools.matcher.find(&finds.path, &mut wanted);
        let named = !wanted.is_empty();
        finds.wanted = wanted;
        if !named && !self.may_be_program(relative) {
            return;
        }
        match self.root.file(relative) {
            // It went away in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => self.offer_opened(file, finds),
        }
    }

    /// Whether to look into a file for a program: it is executable, or a library, or its name has no extension.
    fn may_be_program(&self, relative: &Path) -> bool {
        let name = relative.file_name().unwrap_or_default().as_bytes();
        if memchr::memmem::find(name, b".so").is_some() || memchr::memchr(b'.', name).is_none() {
            return true;
        }
        let metadata = self.root.path.join(relative).symlink_metadata();
        metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }

    /// Offers the file at `finds.path`, or says that it cannot be opened.
    fn offer_opened(&self, file: io::Result<File>, finds: &mut Finds) {
        match file.and_then(|file| Ok((file.metadata()?, file))) {
            Ok((metadata, file)) => self.offer_file(file, &metadata, finds),
            Err(error) => self.unreadable(finds, Some(&error)),
        }
    }

    /// Offers the file at `finds.path` to the formats that want it by name or by content.
    fn offer_file(&self, mut file: File, metadata: &Metadata, finds: &mut Finds) {
        if !metadata.is_file() {
            return;
        }
        let Finds { facts, wanted, path } = finds;
        self.tools.matcher.find(path, wanted);
        let mut front = [0; 64];
        let front = match read_front(&mut file, &mut front) {
            Ok(length) => front.get(..length).unwrap_or_default(),
            Err(error) => {
                let reason = (format!("cannot be read: {error}"), format!("无法读取：{error}"));
                let problems = &mut facts.problems;
                refuse(self.tools.matcher, wanted, path, "unreadable-file", (&reason.0, &reason.1), problems);
                return;
            }
        };
        self.tools.matcher.find_by_content(front, wanted);
        if wanted.is_empty() {
            return;
        }
        let limit = self.tools.meter.limits.file_bytes;
        if metadata.len() > limit {
            let reason = too_large(limit);
            refuse(
                self.tools.matcher,
                wanted,
                path,
                "limit-exceeded",
                (&reason.0, &reason.1),
                &mut facts.problems,
            );
            return;
        }
        self.options.progress.item(path);
        let content = FileContent::new(file, metadata.len());
        let mode = metadata.permissions().mode() & 0o7777;
        match read_whole(&content) {
            Some(bytes) => offer(self.tools.matcher, wanted, path, mode, &bytes, Sink::of(facts)),
            None => offer(self.tools.matcher, wanted, path, mode, &content, Sink::of(facts)),
        }
    }

    /// A symbolic link at an exact path that a format wants is followed, within the root, unless its target is
    /// wanted under its own name.
    fn symlink(&self, relative: &Path, finds: &mut Finds) {
        if !self.path_of(relative, finds) {
            return;
        }
        let matcher = self.tools.matcher;
        let mut wanted = std::mem::take(&mut finds.wanted);
        matcher.find(&finds.path, &mut wanted);
        wanted.retain(|format| matcher.wants_exactly(&finds.path, *format));
        if !wanted.is_empty() {
            let limits = self.tools.meter.limits;
            let target = std::fs::read_link(self.root.path.join(relative)).ok().and_then(|target| {
                let target = target.as_os_str().as_bytes();
                link_target(&finds.path, target, limits.path_bytes, limits.path_depth)
            });
            let mut by_own_name = Vec::new();
            if let Some(target) = target {
                matcher.find(&target, &mut by_own_name);
            }
            wanted.retain(|format| !by_own_name.contains(format));
        }
        let follow = !wanted.is_empty();
        finds.wanted = wanted;
        if follow
            && let Ok(file) = self.root.file_by_links(relative)
            && let Ok(metadata) = file.metadata()
        {
            self.offer_file(file, &metadata, finds);
        }
    }

    /// Puts the path into `finds`; false where it is too long.
    fn path_of(&self, relative: &Path, finds: &mut Finds) -> bool {
        let limits = self.tools.meter.limits;
        let raw = relative.as_os_str().as_bytes();
        let shape = normalise(raw, &mut finds.path, limits.path_bytes, limits.path_depth);
        if shape == Shape::Plain {
            return true;
        }
        let shown = crate::layer::paths::printable(raw);
        self.problem(
            finds,
            Problem {
                code: "limit-exceeded".to_owned(),
                en: format!("{shown} exceeds the limit path-bytes or path-depth, and was not read"),
                zh: format!("{shown} 超过限制 path-bytes 或 path-depth，未读取"),
                target: shown,
                fatal: false,
            },
        );
        false
    }

    /// The file at `finds.path` is wanted and cannot be opened.
    fn unreadable(&self, finds: &mut Finds, error: Option<&io::Error>) {
        let cause = error.map_or_else(String::new, io::Error::to_string);
        let Finds { facts, wanted, path } = finds;
        self.tools.matcher.find(path, wanted);
        let before = facts.problems.len();
        let (en, zh) = (format!("cannot be opened: {cause}"), format!("无法打开：{cause}"));
        refuse(self.tools.matcher, wanted, path, "unreadable-file", (&en, &zh), &mut facts.problems);
        if facts.problems.len() == before {
            // It may have been a program: nobody knows.
            let problem = Problem {
                code: "unreadable-file".to_owned(),
                target: path.clone(),
                en: format!("{path} {en}"),
                zh: format!("{path} {zh}"),
                fatal: false,
            };
            self.problem(finds, problem);
        }
    }

    fn unreadable_folder(&self, folder: &Folder, error: &io::Error, finds: &mut Finds) {
        let path = match folder.relative.as_os_str().is_empty() {
            true => String::new(),
            false => finds.path.clone(),
        };
        let shown = if path.is_empty() { "." } else { path.as_str() };
        let problem = Problem {
            code: "unreadable-folder".to_owned(),
            target: shown.to_owned(),
            en: format!("the folder {shown} cannot be read, and what is in it is unknown: {error}"),
            zh: format!("无法读取目录 {shown}，其中内容未知：{error}"),
            fatal: path.is_empty() || self.tools.matcher.database_below(&path),
        };
        self.problem(finds, problem);
    }

    fn problem(&self, finds: &mut Finds, problem: Problem) {
        if finds.facts.problems.len() < PROBLEMS_MAX || problem.fatal {
            finds.facts.problems.push(problem);
        }
    }

    fn stop(&self, error: ScanError) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.stopped.get_or_insert(error);
        drop(queue);
        self.wake.notify_all();
    }
}

/// A thread is done with its folder.
struct Done<'w, 'a>(&'w Walk<'a>);

impl Drop for Done<'_, '_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.working -= 1;
        let over = queue.working == 0;
        drop(queue);
        if over {
            self.0.wake.notify_all();
        }
    }
}

fn read_front(file: &mut File, front: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = front.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The content of a file that is not large.
fn read_whole(content: &FileContent) -> Option<Vec<u8>> {
    let length = usize::try_from(content.len()).ok().filter(|_| content.len() <= READ_AT_ONCE)?;
    let mut bytes = vec![0; length];
    content.read_exact_at(0, &mut bytes).ok()?;
    Some(bytes)
}
