//! What to do about a finding, and the command that does it.

use batten_model::{
    Date, DistroFamily, FindingStatus, Inventory, Kev, Origin, OsRelease, Package, PackageKind, SubjectKind,
    Text,
};

/// What to do.
pub(super) fn of(
    package: &Package,
    fixes: &[String],
    status: FindingStatus,
    kev: Option<&Kev>,
    inventory: &Inventory,
    today: Date,
) -> Text {
    let mut text = match fixes.first() {
        Some(fix) => upgrade(package, fix, inventory),
        None => without_fix(package, status),
    };
    if let Some(due) = kev.and_then(|kev| kev.due) {
        if due < today {
            text.en.push_str(&format!(" It is exploited; CISA's deadline of {due} has passed."));
            text.zh.push_str(&format!("该漏洞已被利用；CISA 的整改期限 {due} 已过。"));
        } else {
            text.en.push_str(&format!(" It is exploited; CISA's deadline is {due}."));
            text.zh.push_str(&format!("该漏洞已被利用；CISA 的整改期限为 {due}。"));
        }
    }
    text
}

fn upgrade(package: &Package, fix: &str, inventory: &Inventory) -> Text {
    let source = package.source.as_ref().filter(|s| package.kind.is_os() && s.name != package.name);
    let (of_en, of_zh) = match source {
        Some(source) => (format!(" (source package {})", source.name), format!("（源码包 {}）", source.name)),
        None => Default::default(),
    };
    let mut text = Text::new(
        format!("Upgrade {}{of_en} to {fix} or later", package.name),
        format!("将 {}{of_zh} 升级到 {fix} 或更高版本", package.name),
    );
    let names = [Upgrade { name: package.name.clone(), version: fix.to_owned() }];
    if let Some(command) = command(package, &names, inventory.os.present()) {
        text.en.push_str(&format!(": `{command}`"));
        text.zh.push_str(&format!("：`{command}`"));
    }
    if package.running == Some(true) {
        text.en.push_str(", then restart into the new kernel");
        text.zh.push_str("，然后重启进入新内核");
    } else if inventory.subject.kind == SubjectKind::Image {
        text.en.push_str("; then build the image again");
        text.zh.push_str("，然后重新构建镜像");
    }
    text.en.push('.');
    text.zh.push('。');
    text
}

fn without_fix(package: &Package, status: FindingStatus) -> Text {
    let name = &package.name;
    match status {
        FindingStatus::WillNotFix => Text::new(
            format!("The distribution will not fix {name}. Remove it, or keep what it does out of reach."),
            format!("发行版不会修复 {name}。请移除该软件包，或限制对其功能的访问。"),
        ),
        FindingStatus::EndOfLife => Text::new(
            format!("Support for {name} has ended. Move to a release that is still supported."),
            format!("{name} 已停止支持。请迁移到仍受支持的版本。"),
        ),
        FindingStatus::Postponed | FindingStatus::NoAdvisory => Text::new(
            format!(
                "The distribution will fix {name} with a later update. Watch for it, or remove the package."
            ),
            format!("发行版将在后续更新中修复 {name}。请关注更新，或移除该软件包。"),
        ),
        FindingStatus::Undetermined => Text::new(
            format!("Nobody has decided yet whether {name} is affected. Look at the advisory before acting."),
            format!("尚未确定 {name} 是否受影响。请先查看公告再决定。"),
        ),
        FindingStatus::Fixed | FindingStatus::Affected => Text::new(
            format!("No fixed version of {name} is known. Remove it, or keep what it does out of reach."),
            format!("{name} 尚无已知的修复版本。请移除该软件包，或限制对其功能的访问。"),
        ),
    }
}

/// One package with the version that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upgrade {
    /// Name.
    pub(crate) name: String,
    /// The version, or for binary packages of a distribution the source's.
    pub(crate) version: String,
}

/// The package manager's command that upgrades packages like `package`; `None` where no command does it.
pub(crate) fn command(package: &Package, upgrades: &[Upgrade], os: Option<&OsRelease>) -> Option<String> {
    let names = || upgrades.iter().map(|u| quoted(&u.name)).collect::<Vec<_>>().join(" ");
    let with = |mark: &str| {
        upgrades
            .iter()
            .map(|u| quoted(&format!("{}{mark}{}", u.name, u.version)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let each = |line: &dyn Fn(&Upgrade) -> String| upgrades.iter().map(line).collect::<Vec<_>>().join(" && ");
    Some(match package.kind {
        PackageKind::Deb => format!("apt-get install --only-upgrade {}", names()),
        PackageKind::Apk => format!("apk add --upgrade {}", names()),
        PackageKind::Rpm => format!("{} {}", rpm_manager(os), names()),
        PackageKind::Npm => format!("npm install {}", with("@")),
        PackageKind::Pypi => format!("pip install --upgrade {}", with("==")),
        PackageKind::Cargo => {
            each(&|u| format!("cargo update -p {} --precise {}", quoted(&u.name), quoted(&u.version)))
        }
        PackageKind::Golang if matches!(package.name.as_str(), "stdlib" | "toolchain") => {
            let version = &upgrades.first()?.version;
            match package.origin {
                Origin::Declared => format!("go get go@{version} toolchain@go{version}"),
                Origin::Installed => return None,
            }
        }
        PackageKind::Golang if package.origin == Origin::Declared => {
            let module = |u: &Upgrade| {
                let digit = u.version.starts_with(|c: char| c.is_ascii_digit());
                quoted(&format!("{}@{}{}", u.name, if digit { "v" } else { "" }, u.version))
            };
            format!("go get {}", upgrades.iter().map(module).collect::<Vec<_>>().join(" "))
        }
        PackageKind::Maven | PackageKind::Golang | PackageKind::Generic | PackageKind::Kubernetes => {
            return None;
        }
    })
}

fn rpm_manager(os: Option<&OsRelease>) -> &'static str {
    match os {
        Some(os) if os.family() == DistroFamily::Suse => "zypper update",
        Some(os) if os.id == "amzn" && os.version_id == "2" || os.major() == "7" => "yum update",
        Some(os) if os.id == "photon" => "tdnf update",
        _ => "dnf upgrade",
    }
}

/// Quotes what a shell would read as more than one word.
fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./@:+=,%".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
