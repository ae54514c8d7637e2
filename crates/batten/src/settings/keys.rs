//! Every key of `batten.yaml` and its environment variable, once.

use super::Settings;
use batten_model::{FindingKind, Lang, Localized as _, Severity, Text};

/// One setting.
pub(crate) struct Key {
    /// Path in the file (`scan.fail-on`); a last part of `*` takes any name (`feeds.addresses.*`).
    pub(crate) path: &'static str,
    /// What it is for, in one line.
    pub(crate) help: Words,
    kind: Kind,
}

/// A text of the program itself, in both languages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    en: &'static str,
    zh: &'static str,
}

impl Words {
    /// The text in `lang`.
    pub(crate) fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::ZhCn => self.zh,
        }
    }
}

/// How a value is read, and where it goes.
enum Kind {
    Text(fn(&mut Settings, String)),
    Number(fn(&mut Settings, u64)),
    Switch(fn(&mut Settings, bool)),
    Lang,
    Severity(fn(&mut Settings, Severity)),
    Severities,
    Kinds,
    List(fn(&mut Settings, Vec<String>)),
    Limits,
    Map(fn(&mut Settings, String, String)),
}

impl Key {
    /// The environment variable: `BATTEN_SCAN_FAIL_ON`.
    pub(crate) fn variable(&self) -> String {
        format!("BATTEN_{}", self.path.trim_end_matches(".*").to_ascii_uppercase().replace(['.', '-'], "_"))
    }

    /// Takes a value; lists are separated by commas, maps are `name=value` pairs separated by commas.
    pub(crate) fn set(&self, settings: &mut Settings, value: &str) -> Result<(), Text> {
        let value = value.trim();
        match &self.kind {
            Kind::Text(put) => put(settings, not_empty(value)?),
            Kind::Number(put) => put(settings, number(value)?),
            Kind::Switch(put) => put(settings, switch(value)?),
            Kind::Lang => settings.lang = Some(lang(value)?),
            Kind::Severity(put) => put(settings, severity(value)?),
            Kind::Severities => settings.severity = list(value).map(severity).collect::<Result<_, _>>()?,
            Kind::Kinds => settings.only = list(value).map(finding_kind).collect::<Result<_, _>>()?,
            Kind::List(put) => put(settings, list(value).map(str::to_owned).collect()),
            Kind::Map(_) | Kind::Limits => {
                for pair in list(value) {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        Text::new(
                            format!("{pair:?} is no pair of the form name=value"),
                            format!("{pair:?} 不是 name=value 形式"),
                        )
                    })?;
                    self.set_named(settings, name.trim(), value.trim())?;
                }
            }
        }
        Ok(())
    }

    /// Takes one named value of a map key.
    pub(crate) fn set_named(&self, settings: &mut Settings, name: &str, value: &str) -> Result<(), Text> {
        match &self.kind {
            Kind::Map(put) => {
                put(settings, name.to_owned(), not_empty(value.trim())?);
                Ok(())
            }
            Kind::Limits => {
                let number = number(value.trim())?;
                settings.limits.set(name, number).map_err(|error| error.text())
            }
            _ => self.set(settings, value),
        }
    }
}

/// All keys, sorted by path.
pub(crate) static KEYS: &[Key] = &[
    Key {
        path: "cache.dir",
        help: Words { en: "folder of the layer cache", zh: "层缓存目录" },
        kind: Kind::Text(|s, v| s.cache_dir = Some(v.into())),
    },
    Key {
        path: "cache.max-mib",
        help: Words {
            en: "size that the layer cache is kept below, in MiB", zh: "层缓存的大小上限（MiB）"
        },
        kind: Kind::Number(|s, v| s.cache_max_mib = Some(v)),
    },
    Key {
        path: "database.dir",
        help: Words {
            en: "folder of downloaded feeds and of the database that `batten db update` makes",
            zh: "下载的数据源以及 `batten db update` 生成的数据库所在目录",
        },
        kind: Kind::Text(|s, v| s.database_dir = Some(v.into())),
    },
    Key {
        path: "database.file",
        help: Words { en: "the database to judge by", zh: "判定所用的数据库" },
        kind: Kind::Text(|s, v| s.database = Some(v.into())),
    },
    Key {
        path: "feeds.addresses.*",
        help: Words {
            en: "address of one feed, by its name", zh: "某个数据源的地址，按名称指定"
        },
        kind: Kind::Map(|s, name, v| {
            s.feeds_addresses.insert(name, v);
        }),
    },
    Key {
        path: "feeds.mirror",
        help: Words {
            en: "one address in place of every feed's own host",
            zh: "代替所有数据源主机的单一地址",
        },
        kind: Kind::Text(|s, v| s.feeds_mirror = Some(v)),
    },
    Key { path: "lang", help: Words { en: "en or zh-CN", zh: "en 或 zh-CN" }, kind: Kind::Lang },
    Key {
        path: "limits.*",
        help: Words {
            en: "a limit of docs/limits.md, by its name (layer-bytes …)",
            zh: "docs/limits.md 中的某个限制，按名称指定（layer-bytes 等）",
        },
        kind: Kind::Limits,
    },
    Key {
        path: "offline",
        help: Words { en: "refuse every connection", zh: "拒绝一切网络连接" },
        kind: Kind::Switch(|s, v| s.offline = v),
    },
    Key {
        path: "registry.ca-file",
        help: Words {
            en: "certificates of authorities to trust besides the system's",
            zh: "除系统证书外信任的证书颁发机构证书",
        },
        kind: Kind::Text(|s, v| s.ca_file = Some(v.into())),
    },
    Key {
        path: "registry.insecure",
        help: Words {
            en: "registries spoken to by plain HTTP or with unchecked certificates",
            zh: "使用明文 HTTP 或不校验证书访问的镜像仓库",
        },
        kind: Kind::List(|s, v| s.insecure_registries = v),
    },
    Key {
        path: "registry.mirrors.*",
        help: Words {
            en: "mirror of one registry, by the registry's name",
            zh: "某个镜像仓库的镜像站，按仓库名称指定",
        },
        kind: Kind::Map(|s, name, v| {
            s.registry_mirrors.insert(name, v);
        }),
    },
    Key {
        path: "scan.allow-partial",
        help: Words { en: "a partial result is no failure", zh: "不完整的结果不算失败" },
        kind: Kind::Switch(|s, v| s.allow_partial = v),
    },
    Key {
        path: "scan.allow-unjudged",
        help: Words {
            en: "with fail-on: packages without an advisory source are accepted",
            zh: "与 fail-on 同用：接受没有公告来源的包",
        },
        kind: Kind::Switch(|s, v| s.allow_unjudged = v),
    },
    Key {
        path: "scan.declared",
        help: Words {
            en: "list what lock files of an image or a host only declare",
            zh: "列出镜像或主机的锁文件中仅声明的包",
        },
        kind: Kind::Switch(|s, v| s.declared = v),
    },
    Key {
        path: "scan.fail-on",
        help: Words {
            en: "exit 1 when a finding is at least this severe",
            zh: "有发现达到此严重级别时以状态 1 退出",
        },
        kind: Kind::Severity(|s, v| s.fail_on = Some(v)),
    },
    Key {
        path: "scan.ignore-unfixed",
        help: Words { en: "leave out what has no fixed version", zh: "忽略没有修复版本的发现" },
        kind: Kind::Switch(|s, v| s.ignore_unfixed = v),
    },
    Key {
        path: "scan.jobs",
        help: Words { en: "threads", zh: "线程数" },
        kind: Kind::Number(|s, v| s.jobs = Some(v)),
    },
    Key {
        path: "scan.only",
        help: Words { en: "kinds of findings to report", zh: "要报告的发现类型" },
        kind: Kind::Kinds,
    },
    Key {
        path: "scan.platform",
        help: Words {
            en: "os/architecture[/variant] to choose from an index of images",
            zh: "从镜像索引中选择的 os/architecture[/variant]",
        },
        kind: Kind::Text(|s, v| s.platform = Some(v)),
    },
    Key {
        path: "scan.severity",
        help: Words { en: "severities to report", zh: "要报告的严重级别" },
        kind: Kind::Severities,
    },
    Key {
        path: "scan.strict",
        help: Words { en: "any unreadable item is a failure", zh: "任何无法读取的条目都算失败" },
        kind: Kind::Switch(|s, v| s.strict = v),
    },
    Key {
        path: "scan.unknown-as",
        help: Words {
            en: "severity that counts for fail-on where none is known",
            zh: "严重级别未知时按此级别计入 fail-on",
        },
        kind: Kind::Severity(|s, v| s.unknown_as = Some(v)),
    },
];

/// The mistake of a variable that no key has.
pub(super) fn unknown_variable() -> Text {
    Text::new(
        "is no setting; `batten config` lists them",
        "不是有效的设置；可用 `batten config` 查看全部设置",
    )
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn not_empty(value: &str) -> Result<String, Text> {
    if value.is_empty() { Err(Text::new("has no value", "没有值")) } else { Ok(value.to_owned()) }
}

fn number(value: &str) -> Result<u64, Text> {
    value.replace('_', "").parse().map_err(|_| {
        Text::new(format!("{value:?} is no whole number from 0 up"), format!("{value:?} 不是非负整数"))
    })
}

fn switch(value: &str) -> Result<bool, Text> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Text::new(
            format!("{value:?} is neither true nor false"),
            format!("{value:?} 既不是 true 也不是 false"),
        )),
    }
}

fn lang(value: &str) -> Result<Lang, Text> {
    Lang::parse(value).ok_or_else(|| {
        Text::new(
            format!("{value:?} is no language of Batten: en or zh-CN"),
            format!("{value:?} 不是受支持的语言：en 或 zh-CN"),
        )
    })
}

fn severity(value: &str) -> Result<Severity, Text> {
    Severity::parse(value).ok_or_else(|| {
        Text::new(
            format!("{value:?} is no severity: critical, high, medium, low, none or unknown"),
            format!("{value:?} 不是严重级别：critical、high、medium、low、none 或 unknown"),
        )
    })
}

fn finding_kind(value: &str) -> Result<FindingKind, Text> {
    match value {
        "vulnerability" => Ok(FindingKind::Vulnerability),
        "misconfiguration" => Ok(FindingKind::Misconfiguration),
        _ => Err(Text::new(
            format!("{value:?} is no kind of finding: vulnerability or misconfiguration"),
            format!("{value:?} 不是发现类型：vulnerability 或 misconfiguration"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_their_variables_differ() {
        assert!(KEYS.windows(2).all(|pair| pair[0].path < pair[1].path));
        let mut variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
    }

    #[test]
    fn maps_take_pairs() {
        let mut settings = Settings::default();
        let key = KEYS.iter().find(|key| key.path == "registry.mirrors.*").unwrap();
        assert_eq!(key.variable(), "BATTEN_REGISTRY_MIRRORS");
        key.set(&mut settings, "docker.io=mirror.local:5000, quay.io=other").unwrap();
        assert_eq!(settings.registry_mirrors.len(), 2);
        assert!(key.set(&mut settings, "docker.io").is_err());
    }
}
