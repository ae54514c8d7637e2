//! From a target to its inventory: the source that fits, the confinement of threads, progress.

use super::target::{self, ImageTarget};
use super::{World, resolve};
use crate::cli::SubjectArgs;
use crate::failure::Failure;
use crate::progress::Bars;
use crate::sandbox::{self, Profile};
use batten_fetch::{Client, ImageOptions, RegistryImage};
use batten_image::archive::ImageChoice;
use batten_image::limits::Limits;
use batten_image::platform::Platform;
use batten_image::scan::{CacheOptions, FolderSubject, ScanFailure, scan_archive, scan_folder, scan_image};
use batten_model::{Inventory, Localized, SubjectKind};
use std::path::{Path, PathBuf};

/// Folders of a host that hold no software of its own, besides what the scan of a host leaves out by itself.
const NOT_THE_HOST: &[&str] = &["proc", "sys", "dev", "run", "tmp/.X11-unix"];
/// Size that the layer cache is kept below where no setting says another.
const CACHE_MAX_MIB: u64 = 2_048;

/// Where a scan's bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Files of this machine.
    InPlace,
    /// A registry.
    Remote,
}

/// Collects inventories of one kind of subject.
pub(crate) struct Collector<'a> {
    world: &'a World,
    kind: SubjectKind,
    subject: &'a SubjectArgs,
    targets: Vec<String>,
    limits: Limits,
    platform: Option<Platform>,
    cache: Option<CacheOptions>,
    client: Client,
}

impl<'a> Collector<'a> {
    /// Resolves all that the targets have in common.
    pub(crate) fn new(
        world: &'a World,
        kind: SubjectKind,
        subject: &'a SubjectArgs,
    ) -> Result<Collector<'a>, Failure> {
        let platform = subject.platform.as_ref().or(world.settings.platform.as_ref());
        let platform = platform.map(|text| text.parse::<Platform>()).transpose();
        Ok(Collector {
            world,
            kind,
            subject,
            targets: targets(world, kind, subject)?,
            limits: resolve::limits(world, subject)?,
            platform: platform.map_err(|error| Failure::of(world.lang, &error))?,
            cache: cache(world, subject),
            client: Client::new(resolve::client(world, &subject.registry)?),
        })
    }

    /// The targets.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(String::as_str)
    }

    /// Collects one target's inventory.
    pub(crate) fn collect(&self, target: &str) -> Result<Inventory, Failure> {
        match self.kind {
            SubjectKind::Image => self.image(target),
            SubjectKind::Fs => {
                let subject =
                    FolderSubject { name: target.to_owned(), ..FolderSubject::at(Path::new(target)) };
                self.with_options(Reads::InPlace, |options| scan_folder(&subject, options))
            }
            SubjectKind::Host => self.host(Path::new(target)),
        }
    }

    fn image(&self, target: &str) -> Result<Inventory, Failure> {
        match target::image(self.world, target)? {
            ImageTarget::Local { path, name } => {
                let choice = ImageChoice { name, platform: self.platform.clone() };
                self.with_options(Reads::InPlace, |options| scan_archive(&path, choice, options))
            }
            ImageTarget::Registry(reference) => {
                let options = ImageOptions { platform: self.platform.clone() };
                let image: RegistryImage =
                    self.client.image(&reference, &options).map_err(|e| self.failed(&e))?;
                self.with_options(Reads::Remote, |options| scan_image(&image, options))
            }
        }
    }

    fn host(&self, root: &Path) -> Result<Inventory, Failure> {
        let subject = FolderSubject {
            path: root.to_owned(),
            kind: SubjectKind::Host,
            name: batten_host::name(root),
            skip: NOT_THE_HOST.iter().map(|folder| (*folder).to_owned()).collect(),
            // Runtimes often run from storage that is left out.
            also: batten_host::extra_paths(root),
        };
        let mut inventory = self.with_options(Reads::InPlace, |options| scan_folder(&subject, options))?;
        batten_host::collect(root, &mut inventory);
        Ok(inventory)
    }

    /// Runs a scan with the options that all have in common. Threads that read strangers' bytes are confined first;
    /// a registry's threads connect while they read, and so keep their sockets.
    fn with_options(
        &self,
        reads: Reads,
        scan: impl FnOnce(&batten_image::scan::ScanOptions<'_>) -> Result<Inventory, ScanFailure>,
    ) -> Result<Inventory, Failure> {
        let bars = Bars::start(self.world.talkative, self.world.lang);
        let temp_folder = std::env::temp_dir();
        let profile = Profile {
            writable: self.cache.iter().map(|c| c.folder.clone()).chain([temp_folder.clone()]).collect(),
            // A registry's threads read certificates and the resolver's files.
            read_everywhere: true,
            connect: reads == Reads::Remote,
        };
        if let Some(cache) = &self.cache {
            // Confined threads may write in the folder but not make it. A failure shows when it is used.
            let _ = std::fs::create_dir_all(&cache.folder);
        }
        let confine = || {
            sandbox::confine_thread(&profile);
        };
        let options = batten_image::scan::ScanOptions {
            limits: self.limits.clone(),
            threads: self.subject.jobs.or(self.world.settings.jobs.map(|n| n as usize)).unwrap_or(0),
            temp_folder,
            cache: self.cache.clone(),
            keep_declared: self.subject.declared || self.world.settings.declared,
            progress: &bars,
            on_thread: Some(&confine),
            ..batten_image::scan::ScanOptions::default()
        };
        let result = scan(&options);
        bars.end();
        result.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &dyn Localized) -> Failure {
        Failure::of(self.world.lang, error)
    }
}

fn targets(world: &World, kind: SubjectKind, subject: &SubjectArgs) -> Result<Vec<String>, Failure> {
    match (kind, subject.targets.as_slice()) {
        (SubjectKind::Host, []) => Ok(vec!["/".to_owned()]),
        (_, []) => Err(world.mistake(
            "there is no target; name at least one (`batten scan --help` has examples)",
            "没有指定目标；请至少指定一个（`batten scan --help` 有示例）",
        )),
        (_, named) => Ok(named.to_vec()),
    }
}

/// The layer cache: the flag, the setting, else `$XDG_CACHE_HOME/batten/layers`, else `~/.cache/batten/layers`.
fn cache(world: &World, subject: &SubjectArgs) -> Option<CacheOptions> {
    if subject.no_cache {
        return None;
    }
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || {
        variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .map(|cache| cache.join("batten/layers"))
    };
    let folder = subject.cache_dir.clone().or_else(|| world.settings.cache_dir.clone()).or_else(usual)?;
    let max_mib = world.settings.cache_max_mib.unwrap_or(CACHE_MAX_MIB);
    Some(CacheOptions { folder, max_bytes: max_mib.saturating_mul(1 << 20) })
}
