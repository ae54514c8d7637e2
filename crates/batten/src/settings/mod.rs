//! What the person wants: `batten.yaml`, then the environment, then flags; later wins.
//!
//! Every key stands once, in [`keys::KEYS`]; the file and the environment are read by the same table.

mod file;
mod keys;

use batten_image::limits::Limits;
use batten_model::{FindingKind, Lang, Severity};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use keys::{KEYS, Key};

/// Settings of all commands, resolved from file and environment. Flags change them in the commands' arguments.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    /// Language of what people read; `None` asks the locale.
    pub(crate) lang: Option<Lang>,
    /// Refuse every connection.
    pub(crate) offline: bool,
    /// Folder of the layer cache.
    pub(crate) cache_dir: Option<PathBuf>,
    /// Size that the layer cache is kept below, in MiB.
    pub(crate) cache_max_mib: Option<u64>,
    /// The database file.
    pub(crate) database: Option<PathBuf>,
    /// Folder of downloaded feeds and of the database that `db update` makes.
    pub(crate) database_dir: Option<PathBuf>,
    /// One address in place of every feed's own host.
    pub(crate) feeds_mirror: Option<String>,
    /// Addresses of single feeds, by feed name.
    pub(crate) feeds_addresses: BTreeMap<String, String>,
    /// A file with certificates of authorities to trust besides the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Registries that are spoken to by plain HTTP or with certificates that nobody checks.
    pub(crate) insecure_registries: Vec<String>,
    /// Mirrors by registry.
    pub(crate) registry_mirrors: BTreeMap<String, String>,
    /// `--fail-on`.
    pub(crate) fail_on: Option<Severity>,
    /// `--unknown-as`.
    pub(crate) unknown_as: Option<Severity>,
    /// `--severity`; empty for all.
    pub(crate) severity: Vec<Severity>,
    /// `--only`; empty for all.
    pub(crate) only: Vec<FindingKind>,
    /// `--ignore-unfixed`.
    pub(crate) ignore_unfixed: bool,
    /// `--allow-unjudged`.
    pub(crate) allow_unjudged: bool,
    /// `--allow-partial`.
    pub(crate) allow_partial: bool,
    /// `--strict`.
    pub(crate) strict: bool,
    /// `--declared`.
    pub(crate) declared: bool,
    /// `--platform`.
    pub(crate) platform: Option<String>,
    /// `--jobs`.
    pub(crate) jobs: Option<u64>,
    /// Limits of a scan; `docs/limits.md` lists them.
    pub(crate) limits: Limits,
}

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// `batten.yaml:3:5` or the environment variable.
    pub(crate) place: String,
    /// What is wrong and what would be right.
    pub(crate) message: batten_model::Text,
}

impl Settings {
    /// Reads the file (the one named, else `batten.yaml` of the working folder where there is one) and the
    /// environment. All mistakes are reported at once.
    pub(crate) fn resolve(
        named: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, Vec<Mistake>> {
        let mut settings = Settings::default();
        let mut mistakes = Vec::new();
        let default = Path::new("batten.yaml");
        match named {
            Some(path) => file::read(path, &mut settings, &mut mistakes),
            None if default.exists() => file::read(default, &mut settings, &mut mistakes),
            None => {}
        }
        read_environment(environment, &mut settings, &mut mistakes);
        if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
    }
}

/// Variables that are no settings: they name the settings file or belong to tests.
const OTHER_VARIABLES: &[&str] = &["BATTEN_CONFIG", "BATTEN_SHARED", "BATTEN_TESTKIT", "BATTEN_FULL"];

fn read_environment(
    environment: impl Iterator<Item = (String, String)>,
    settings: &mut Settings,
    mistakes: &mut Vec<Mistake>,
) {
    let mut variables: Vec<(String, String)> =
        environment.filter(|(name, _)| name.starts_with("BATTEN_")).collect();
    variables.sort();
    for (name, value) in variables {
        if OTHER_VARIABLES.contains(&name.as_str()) {
            continue;
        }
        match KEYS.iter().find(|key| key.variable() == name) {
            Some(key) => {
                if let Err(message) = key.set(settings, &value) {
                    mistakes.push(Mistake { place: name, message });
                }
            }
            None => mistakes.push(Mistake { place: name, message: keys::unknown_variable() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(yaml: &str, variables: &[(&str, &str)]) -> Result<Settings, Vec<Mistake>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batten.yaml");
        std::fs::write(&path, yaml).unwrap();
        let variables: Vec<_> = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::resolve(Some(&path), variables.into_iter())
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let yaml =
            "lang: en\nscan:\n  fail-on: high\n  severity: [critical, high]\nlimits:\n  layer-bytes: 5\n";
        let settings = resolve(yaml, &[("BATTEN_LANG", "zh-CN"), ("PATH", "/bin")]).unwrap();
        assert_eq!(settings.lang, Some(Lang::ZhCn));
        assert_eq!(settings.fail_on, Some(Severity::High));
        assert_eq!(settings.severity, vec![Severity::Critical, Severity::High]);
        assert_eq!(settings.limits.layer_bytes, 5);
    }

    #[test]
    fn all_mistakes_come_at_once_with_their_places() {
        let yaml = "lang: fr\nscan:\n  fail-on: bad\n  fial-on: high\n";
        let mistakes = resolve(yaml, &[("BATTEN_OFFLINE", "perhaps"), ("BATTEN_TYPO", "1")]).unwrap_err();
        let places: Vec<&str> = mistakes.iter().map(|m| m.place.rsplit('/').next().unwrap()).collect();
        let wanted =
            ["batten.yaml:1:7", "batten.yaml:3:12", "batten.yaml:4:3", "BATTEN_OFFLINE", "BATTEN_TYPO"];
        assert_eq!(places, wanted);
        assert!(mistakes[2].message.en.contains("scan.fail-on"), "{:?}", mistakes[2]);
        assert!(mistakes.iter().all(|m| !m.message.zh.is_empty() && m.message.zh != m.message.en));
    }

    #[test]
    fn what_is_no_yaml_is_one_mistake() {
        let mistakes = resolve("a: [\n", &[]).unwrap_err();
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].place.contains("batten.yaml:"), "{:?}", mistakes[0]);
        assert!(resolve("", &[]).is_ok());
        assert_eq!(resolve("- a\n", &[]).unwrap_err().len(), 1);
        assert_eq!(resolve("lang: en\nlang: en\n", &[]).unwrap_err().len(), 1);
    }
}
