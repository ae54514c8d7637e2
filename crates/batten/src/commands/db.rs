//! `batten db`: build, take over, update and describe the advisory database.

use super::{World, database};
use crate::cli::{BuildArgs, DbArgs, DbCommand, ImportArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Spinner;
use batten_advisory::build::{BuildOptions, BuildReport, Progress, build};
use batten_advisory::database::{
    Database, DatabaseError, InstallOptions, Installed, PublicKey, install, verify_file,
};
use batten_model::{Date, Digest, Text};
use std::io::Read as _;
use std::path::Path;

/// Runs `batten db …`.
pub(crate) fn run(world: &World, arguments: DbArgs) -> Result<Exit, Failure> {
    let flag = arguments.db.as_deref();
    match arguments.command {
        DbCommand::Info { json } => info(world, flag, json),
        DbCommand::Build(arguments) => build_command(world, &arguments),
        DbCommand::Update(arguments) => super::db_update::run(world, flag, &arguments),
        DbCommand::Import(arguments) => import(world, flag, &arguments),
    }
}

fn info(world: &World, flag: Option<&Path>, json: bool) -> Result<Exit, Failure> {
    let opened = database::open(world, flag)?;
    let today = Date::from_unix_seconds(super::now_unix_seconds());
    let description = super::db_info::Description::of(&opened, today);
    crate::output::write(None, |out| description.write(json, world.lang, out))
        .map_err(|e| world.failed(e))?;
    Ok(Exit::Done)
}

fn build_command(world: &World, arguments: &BuildArgs) -> Result<Exit, Failure> {
    let built = arguments.date.as_deref().map(|text| date(world, text)).transpose()?;
    let mut options = BuildOptions {
        built: built.or_else(source_date),
        starter: arguments.starter,
        exclude: arguments.without.clone(),
        partial: arguments.partial.clone(),
        allow_partial: arguments.allow_partial,
        ..BuildOptions::default()
    };
    for pair in &arguments.feed_date {
        let (feed, day) = pair.split_once('=').ok_or_else(|| {
            world.mistake(
                format!("--feed-date {pair}: is no pair of the form FEED=DATE"),
                format!("--feed-date {pair}：不是 FEED=DATE 形式"),
            )
        })?;
        options.feed_dates.insert(feed.to_owned(), date(world, day)?);
    }
    let report = build_with_progress(world, &arguments.inputs, &arguments.output, &options)?;
    say_built(world, &report, &arguments.output);
    Ok(if report.failures.is_empty() { Exit::Done } else { Exit::NotDone })
}

/// Builds, and shows on a terminal what is read.
pub(crate) fn build_with_progress(
    world: &World,
    inputs: &[std::path::PathBuf],
    output: &Path,
    options: &BuildOptions,
) -> Result<BuildReport, Failure> {
    let spinner = Spinner::start(world.talkative);
    let result = build(inputs, output, options, &mut |progress| match progress {
        Progress::Reading(path) => spinner.say(&path.display().to_string()),
        Progress::Writing(ecosystem) => spinner.say(ecosystem),
    });
    spinner.end();
    result.map_err(|error| Failure::of(world.lang, &error))
}

/// Says what was built and what was not read.
pub(crate) fn say_built(world: &World, report: &BuildReport, output: &Path) {
    for failure in &report.failures {
        Failure::of(world.lang, failure).print();
    }
    for problem in &report.problems {
        world.remark(&problem.text());
    }
    let more = report.problem_count.saturating_sub(report.problems.len() as u64);
    if more > 0 {
        world.remark(&Text::new(format!("… and {more} more records"), format!("……另有 {more} 条记录")));
    }
    let path = output.display();
    let (advisories, packages, cves) = (report.advisories, report.packages, report.cves);
    let mib = report.length as f64 / 1_048_576.0;
    world.remark(&Text::new(
        format!("{path}: {advisories} advisories on {packages} packages, {cves} CVEs, {mib:.1} MiB"),
        format!("{path}：{packages} 个包的 {advisories} 条公告，{cves} 个 CVE，{mib:.1} MiB"),
    ));
}

/// Takes a file over: Batten's own, or another tool's, which is compiled first.
pub(crate) fn import(world: &World, flag: Option<&Path>, arguments: &ImportArgs) -> Result<Exit, Failure> {
    let target = database::file(world, flag);
    let options = InstallOptions {
        expected: arguments.sha256.as_deref().map(|hex| expected(world, hex)).transpose()?,
        signature: signature(world, &arguments.file, arguments.public_key.as_deref())?,
        force: arguments.force,
    };
    if !is_trivy(&arguments.file) {
        return put_in_place(world, &arguments.file, &target, &options);
    }
    verify_foreign(world, &arguments.file, &options)?;
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stage = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempdir_in(folder));
    let stage =
        stage.map_err(|e| world.failed(anyhow::Error::from(e).context(folder.display().to_string())))?;
    let compiled = stage.path().join("imported.battendb");
    let inputs = [arguments.file.clone()];
    let report = build_with_progress(world, &inputs, &compiled, &BuildOptions::default())?;
    say_built(world, &report, &target);
    put_in_place(world, &compiled, &target, &InstallOptions { force: arguments.force, ..Default::default() })
}

/// Installs a compiled database and says so.
pub(crate) fn put_in_place(
    world: &World,
    source: &Path,
    target: &Path,
    options: &InstallOptions,
) -> Result<Exit, Failure> {
    let Installed { built, .. } =
        install(source, target, options).map_err(|error| Failure::of(world.lang, &error))?;
    let day = built.map_or_else(|| "?".to_owned(), |day| day.to_string());
    world.remark(&Text::new(
        format!("{}: the database of {day} is in place", target.display()),
        format!("{}：{day} 的数据库已就位", target.display()),
    ));
    Ok(Exit::Done)
}

/// What is no database of Batten's own is taken for another tool's; what is neither fails where it is read.
fn is_trivy(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        return true;
    }
    let mut start = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    let compressed = start == [0x28, 0xb5, 0x2f, 0xfd] || start.starts_with(&[0x1f, 0x8b]);
    read.is_ok() && !compressed && matches!(Database::open(path), Err(DatabaseError::NotADatabase { .. }))
}

/// Another tool's file is compiled before it is installed, so its digest and signature are checked here.
fn verify_foreign(world: &World, path: &Path, options: &InstallOptions) -> Result<(), Failure> {
    verify_file(path, options).map_err(|error| Failure::of(world.lang, &error))
}

fn expected(world: &World, hex: &str) -> Result<Digest, Failure> {
    Digest::parse(&format!("sha256:{}", hex.trim().trim_start_matches("sha256:").to_ascii_lowercase()))
        .map_err(|_| {
            world.mistake(
                format!("--sha256 {hex}: is no SHA-256 of 64 hexadecimal digits"),
                format!("--sha256 {hex}：不是 64 位十六进制的 SHA-256"),
            )
        })
}

/// Reads a minisign public key.
pub(crate) fn public_key(world: &World, text: &str) -> Result<PublicKey, Failure> {
    PublicKey::parse(text).map_err(|reason| {
        world.mistake(
            format!("--public-key: {reason}"),
            format!("--public-key：不是 minisign 公钥（{reason}）"),
        )
    })
}

/// The key, and the signature that lies beside the file.
fn signature(world: &World, file: &Path, key: Option<&str>) -> Result<Option<(PublicKey, String)>, Failure> {
    let Some(text) = key else { return Ok(None) };
    let key = public_key(world, text)?;
    let mut beside = file.as_os_str().to_owned();
    beside.push(".minisig");
    let signature = std::fs::read_to_string(&beside).map_err(|error| {
        let path = Path::new(&beside).display();
        world.mistake(
            format!("{path}: the signature cannot be read: {error}"),
            format!("{path}：无法读取签名：{error}"),
        )
    })?;
    Ok(Some((key, signature)))
}

fn date(world: &World, text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| {
        world.mistake(
            format!("{text:?} is no date of the form YYYY-MM-DD"),
            format!("{text:?} 不是 YYYY-MM-DD 形式的日期"),
        )
    })
}

/// `SOURCE_DATE_EPOCH` as a day (reproducible-builds.org).
fn source_date() -> Option<Date> {
    let seconds = std::env::var("SOURCE_DATE_EPOCH").ok()?.parse().ok()?;
    Date::from_unix_seconds(seconds)
}
