//! Flags on top of settings: what a scan is to do, parsed once.

use super::World;
use crate::cli::{FormatArg, RegistryArgs, ScanOptions, SubjectArgs};
use crate::exit::{Filter, Gate};
use crate::failure::Failure;
use batten_fetch::{ClientOptions, Login, Mirror, Secret};
use batten_image::limits::Limits;
use batten_model::{FindingKind, Localized as _, Severity};
use clap::ValueEnum as _;
use std::io::Read as _;
use std::path::PathBuf;

/// One place that the answer goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Its format.
    pub(crate) format: FormatArg,
    /// The file; stdout without one.
    pub(crate) path: Option<PathBuf>,
}

/// All places, the main one first.
pub(crate) fn destinations(
    world: &World,
    format: FormatArg,
    subject: &SubjectArgs,
) -> Result<Vec<Destination>, Failure> {
    let mut all = vec![Destination { format, path: subject.output.clone() }];
    for pair in &subject.also {
        let parsed = pair.split_once('=').and_then(|(format, path)| {
            let format = FormatArg::from_str(format, true).ok()?;
            (!path.is_empty()).then(|| Destination { format, path: Some(path.into()) })
        });
        all.push(parsed.ok_or_else(|| {
            world.mistake(
                format!("--also {pair}: is not of the form FORMAT=FILE; formats are table, json, cyclonedx, sarif, html"),
                format!("--also {pair}：不是 FORMAT=FILE 形式；格式有 table、json、cyclonedx、sarif、html"),
            )
        })?);
    }
    Ok(all)
}

/// What decides the exit status.
pub(crate) fn gate(
    world: &World,
    subject: &SubjectArgs,
    options: Option<&ScanOptions>,
) -> Result<Gate, Failure> {
    let settings = &world.settings;
    let level = |flag: Option<&String>, name: &str| flag.map(|word| severity(world, name, word)).transpose();
    Ok(Gate {
        fail_on: level(options.and_then(|o| o.fail_on.as_ref()), "--fail-on")?
            .or(settings.fail_on.filter(|_| options.is_some())),
        unknown_as: level(options.and_then(|o| o.unknown_as.as_ref()), "--unknown-as")?
            .or(settings.unknown_as)
            .unwrap_or(Severity::High),
        allow_unjudged: settings.allow_unjudged || options.is_some_and(|o| o.allow_unjudged),
        allow_partial: settings.allow_partial || subject.allow_partial,
        strict: settings.strict || subject.strict,
    })
}

/// Which findings are reported.
pub(crate) fn filter(world: &World, options: &ScanOptions) -> Result<Filter, Failure> {
    let settings = &world.settings;
    let words =
        |list: &str| list.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let severities = match &options.severity {
        None => settings.severity.clone(),
        Some(list) => {
            let words: Vec<String> = words(list);
            words.iter().map(|word| severity(world, "--severity", word)).collect::<Result<_, _>>()?
        }
    };
    let only = match &options.only {
        None => settings.only.clone(),
        Some(list) => {
            let words: Vec<String> = words(list);
            words.iter().map(|word| kind(world, word)).collect::<Result<_, _>>()?
        }
    };
    Ok(Filter {
        severity: severities,
        only,
        ignore_unfixed: settings.ignore_unfixed || options.ignore_unfixed,
    })
}

/// Limits with `--limit` on top.
pub(crate) fn limits(world: &World, subject: &SubjectArgs) -> Result<Limits, Failure> {
    let mut limits = world.settings.limits.clone();
    for pair in &subject.limit {
        let parsed =
            pair.split_once('=').and_then(|(name, n)| Some((name, n.replace('_', "").parse().ok()?)));
        let (name, value) = parsed.ok_or_else(|| {
            world.mistake(
                format!("--limit {pair}: is not of the form NAME=N; limits are {}", Limits::NAMES.join(", ")),
                format!("--limit {pair}：不是 NAME=N 形式；限制有 {}", Limits::NAMES.join("、")),
            )
        })?;
        limits.set(name, value).map_err(|error| Failure::new(world.lang, error.text()))?;
    }
    Ok(limits)
}

/// How to connect.
pub(crate) fn client(world: &World, flags: &RegistryArgs) -> Result<ClientOptions, Failure> {
    let settings = &world.settings;
    let mut options = ClientOptions { offline: settings.offline, ..ClientOptions::default() };
    options.insecure = settings.insecure_registries.clone();
    if flags.insecure {
        options.insecure.push("*".to_owned());
    }
    options.ca_files = settings.ca_file.iter().chain(&flags.ca_file).cloned().collect();
    options.mirrors = settings
        .registry_mirrors
        .iter()
        .map(|(registry, location)| Mirror { registry: registry.clone(), ..Mirror::parse(location) })
        .collect();
    if let Some(username) = &flags.username {
        let password = if flags.password_stdin { password(world)? } else { Secret::new("") };
        options.login = Some(Login { username: username.clone(), password });
    }
    Ok(options)
}

fn password(world: &World) -> Result<Secret, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(1 << 16)
        .read_to_string(&mut text)
        .map_err(|error| world.failed(anyhow::Error::from(error).context("--password-stdin")))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

fn severity(world: &World, flag: &str, word: &str) -> Result<Severity, Failure> {
    Severity::parse(word).ok_or_else(|| {
        world.mistake(
            format!("{flag} {word}: is no severity: critical, high, medium, low, none or unknown"),
            format!("{flag} {word}：不是严重级别：critical、high、medium、low、none 或 unknown"),
        )
    })
}

fn kind(world: &World, word: &str) -> Result<FindingKind, Failure> {
    [FindingKind::Vulnerability, FindingKind::Misconfiguration]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| {
            world.mistake(
                format!("--only {word}: is no kind of finding: vulnerability or misconfiguration"),
                format!("--only {word}：不是发现类型：vulnerability 或 misconfiguration"),
            )
        })
}
