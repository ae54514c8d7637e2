//! `batten db update`: the feeds, or a compiled database, from outside; then the new database in its place.

use super::{World, database, db, resolve};
use crate::cli::{ImportArgs, UpdateArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Spinner;
use batten_advisory::build::BuildOptions;
use batten_advisory::database::InstallOptions;
use batten_fetch::{Client, DatabaseSource, FeedOutcome, FeedSet, FeedStatus, pull_database, update_feeds};
use batten_model::Text;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Runs `batten db update`.
pub(crate) fn run(world: &World, flag: Option<&Path>, arguments: &UpdateArgs) -> Result<Exit, Failure> {
    match &arguments.source {
        None => from_feeds(world, flag, arguments),
        Some(source) if Path::new(source).exists() => from_file(world, flag, arguments, source),
        Some(source) => from_compiled(world, flag, arguments, source),
    }
}

/// A file for a site without a network.
fn from_file(
    world: &World,
    flag: Option<&Path>,
    arguments: &UpdateArgs,
    file: &str,
) -> Result<Exit, Failure> {
    let import = ImportArgs {
        file: file.into(),
        sha256: None,
        public_key: arguments.public_key.clone(),
        force: arguments.force,
    };
    db::import(world, flag, &import)
}

fn from_compiled(
    world: &World,
    flag: Option<&Path>,
    arguments: &UpdateArgs,
    source: &str,
) -> Result<Exit, Failure> {
    let failure = |error: &dyn batten_model::Localized| Failure::of(world.lang, error);
    let source = DatabaseSource::parse(source).map_err(|e| failure(&e))?;
    let client = Client::new(resolve::client(world, &arguments.registry)?);
    let target = database::file(world, flag);
    let stage = stage(world, &target)?;
    let file = stage.path().join("pulled.battendb");
    let spinner = Spinner::start(world.talkative);
    let pulled = pull_database(&client, &source, &file, &|done, total| spinner.say(&amount(done, total)));
    spinner.end();
    let pulled = pulled.map_err(|e| failure(&e))?;
    let signature = match &arguments.public_key {
        None => None,
        Some(key) => Some((db::public_key(world, key)?, signature_text(world, pulled.signature)?)),
    };
    let options = InstallOptions { expected: Some(pulled.digest), signature, force: arguments.force };
    db::put_in_place(world, &file, &target, &options)
}

fn signature_text(world: &World, signature: Option<String>) -> Result<String, Failure> {
    signature.ok_or_else(|| {
        world.mistake(
            "the database has no signature, and --public-key wants one; nothing was installed",
            "数据库没有签名，而 --public-key 要求签名；未安装任何内容",
        )
    })
}

fn from_feeds(world: &World, flag: Option<&Path>, arguments: &UpdateArgs) -> Result<Exit, Failure> {
    let set = feed_set(world, arguments)?;
    let client = Client::new(resolve::client(world, &arguments.registry)?);
    let folder = database::folder(world);
    let spinner = Spinner::start(world.talkative);
    let busy: Mutex<()> = Mutex::new(());
    let outcome = update_feeds(&client, &set, &folder, &|progress| {
        // One line for all threads: who holds it writes, the others go on.
        if let Ok(_line) = busy.try_lock() {
            spinner.say(&format!("{} {}", progress.name, amount(progress.received, progress.total)));
        }
    });
    spinner.end();
    let outcome = outcome.map_err(|error| Failure::of(world.lang, &error))?;
    let failed = say(world, &outcome);
    if let Some(full) = outcome.disk_full() {
        return Err(Failure::of(world.lang, full));
    }
    if outcome.feeds.iter().all(|feed| feed.file.is_none()) {
        return Err(world.mistake(
            "no feed could be fetched and none was there; the database stays as it is",
            "没有获取到任何数据源，本地也没有；数据库保持不变",
        ));
    }
    build(world, flag, arguments, &outcome.folder)?;
    Ok(if failed { Exit::NotDone } else { Exit::Done })
}

fn build(world: &World, flag: Option<&Path>, arguments: &UpdateArgs, feeds: &Path) -> Result<(), Failure> {
    let target = database::file(world, flag);
    let stage = stage(world, &target)?;
    let compiled = stage.path().join("built.battendb");
    let options = BuildOptions { allow_partial: true, ..BuildOptions::default() };
    let report = db::build_with_progress(world, &[PathBuf::from(feeds)], &compiled, &options)?;
    db::say_built(world, &report, &target);
    let install = InstallOptions { force: arguments.force, ..InstallOptions::default() };
    db::put_in_place(world, &compiled, &target, &install)?;
    Ok(())
}

/// Prints what happened to each feed; true where one failed.
fn say(world: &World, outcome: &FeedOutcome) -> bool {
    let mut failed = false;
    for feed in &outcome.feeds {
        match &feed.status {
            FeedStatus::New => {
                world.remark(&Text::new(format!("{}: new", feed.name), format!("{}：有更新", feed.name)))
            }
            FeedStatus::Unchanged => {
                world.remark(&Text::new(
                    format!("{}: unchanged", feed.name),
                    format!("{}：无变化", feed.name),
                ));
            }
            FeedStatus::Failed(error) => {
                failed = true;
                Failure::of(world.lang, error).print();
            }
        }
    }
    failed
}

fn feed_set(world: &World, arguments: &UpdateArgs) -> Result<FeedSet, Failure> {
    let mut set = FeedSet::default();
    if let Some(mirror) = arguments.mirror.as_ref().or(world.settings.feeds_mirror.as_ref()) {
        set = set.from_mirror(mirror);
    }
    for (name, url) in &world.settings.feeds_addresses {
        if !set.set_url(name, url) {
            return Err(unknown_feed(world, name));
        }
    }
    if arguments.feed.is_empty() {
        return Ok(set);
    }
    let (set, unknown) = set.only(&arguments.feed);
    match unknown.first() {
        Some(name) => Err(unknown_feed(world, name)),
        None => Ok(set),
    }
}

fn unknown_feed(world: &World, name: &str) -> Failure {
    let known: Vec<String> = FeedSet::default().feeds.into_iter().map(|feed| feed.name).collect();
    let known = known.join(", ");
    world.mistake(
        format!("there is no feed {name:?}; there are {known}"),
        format!("没有名为 {name:?} 的数据源；可用的有 {known}"),
    )
}

/// A folder beside the database, so that the last step is a rename.
fn stage(world: &World, target: &Path) -> Result<tempfile::TempDir, Failure> {
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::Builder::new().prefix(".batten-").tempdir_in(folder));
    made.map_err(|error| world.failed(anyhow::Error::from(error).context(folder.display().to_string())))
}

fn amount(done: u64, total: Option<u64>) -> String {
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    match total {
        Some(total) => format!("{:.1} / {:.1} MiB", mib(done), mib(total)),
        None => format!("{:.1} MiB", mib(done)),
    }
}
