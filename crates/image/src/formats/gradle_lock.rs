//! Gradle's dependency locks (Gradle user manual, "Locking Versions"): `group:artifact:version=configuration,…` lines.
//!
//! `buildscript-gradle.lockfile` holds what the build itself runs on.

use crate::content::File;
use crate::facts::{Facts, Problem};
use crate::formats::{Format, FormatError, Wants};
use batten_model::{Location, Origin, Package, PackageKind, Scope};

pub(crate) const FORMAT: Format = Format {
    name: "gradle_lock",
    version: 1,
    wants: &[
        Wants::Name("gradle.lockfile"),
        Wants::Name("buildscript-gradle.lockfile"),
        // One file for each configuration, as Gradle before 7 wrote them.
        Wants::FolderSuffix("dependency-locks", "buildscript-classpath.lockfile"),
        Wants::FolderSuffix("dependency-locks", "compileClasspath.lockfile"),
        Wants::FolderSuffix("dependency-locks", "runtimeClasspath.lockfile"),
        Wants::FolderSuffix("dependency-locks", "testCompileClasspath.lockfile"),
        Wants::FolderSuffix("dependency-locks", "testRuntimeClasspath.lockfile"),
    ],
    database: false,
    parse,
};

const MAX_BYTES: u64 = 16 << 20;
/// Unreadable lines that are reported one by one.
const MAX_PROBLEMS: usize = 20;

fn parse(file: &File<'_>) -> Result<Facts, FormatError> {
    let bytes = file.bytes(MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    // The configuration of the older files is their name.
    let whole = file.name().strip_suffix(".lockfile").filter(|name| !name.ends_with("gradle"));
    let buildscript = file.name().starts_with("buildscript-");
    let mut facts = Facts::default();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        match locked(line, whole) {
            Some((name, version, configurations)) => {
                let mut place = Location::at(file.path);
                place.line = Some(number);
                let mut package = Package::new(PackageKind::Maven, name, version, place);
                package.origin = Origin::Declared;
                if buildscript || configurations.split(',').all(is_development) {
                    package.scope = Scope::Development;
                }
                facts.packages.push(package);
            }
            None if facts.problems.len() < MAX_PROBLEMS => facts.problems.push(unreadable(file.path, number)),
            None => {}
        }
    }
    Ok(facts)
}

/// `group:artifact`, version and configurations of one line.
fn locked<'a>(line: &'a str, whole: Option<&'a str>) -> Option<(&'a str, &'a str, &'a str)> {
    let (coordinates, configurations) = match (line.split_once('='), whole) {
        (Some(parts), _) => parts,
        (None, Some(configuration)) => (line, configuration),
        (None, None) => return None,
    };
    let (name, version) = coordinates.rsplit_once(':')?;
    let (group, artifact) = name.split_once(':')?;
    let whole_name =
        !group.is_empty() && !artifact.is_empty() && !artifact.contains(':') && !version.is_empty();
    whole_name.then_some((name, version, configurations))
}

/// Configurations that build or test, by Gradle's own naming.
fn is_development(configuration: &str) -> bool {
    let name = configuration.trim();
    let words = ["test", "androidTest", "integrationTest", "functionalTest", "jmh"];
    words.iter().any(|word| name.starts_with(word))
        || name.contains("Test")
        || name.contains("nnotationProcessor")
        || matches!(name, "checkstyle" | "pmd" | "spotbugs" | "jacocoAgent" | "jacocoAnt" | "classpath")
}

fn unreadable(path: &str, line: u32) -> Problem {
    Problem {
        code: "unreadable-gradle_lock".to_owned(),
        target: format!("{path}:{line}"),
        en: format!("{path}:{line} is no line of group:artifact:version=configurations; it was left out"),
        zh: format!("{path}:{line} 不是“组:构件:版本=配置”格式，已略过"),
        fatal: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str, text: &str) -> Facts {
        parse(&File { path, mode: 0o644, content: &text.as_bytes().to_vec() }).unwrap()
    }

    /// synthetic: after the example of Gradle's manual.
    const LOCK: &str = "# This is a Gradle generated file for dependency locking.\n\
        # Manual edits can break the build and are not advised.\n\
        ch.qos.logback:logback-classic:1.2.3=runtimeClasspath,testRuntimeClasspath\n\
        junit:junit:4.12=testCompileClasspath,testRuntimeClasspath\r\n\
        org.projectlombok:lombok:1.18.20=annotationProcessor\n\
        <<<<<<< HEAD\n\
        empty=signatures\n";

    #[test]
    fn lines_scopes_and_damage() {
        let facts = facts("app/gradle.lockfile", LOCK);
        let listed: Vec<_> =
            facts.packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.scope)).collect();
        let expected = [
            ("ch.qos.logback:logback-classic", "1.2.3", Scope::Runtime),
            ("junit:junit", "4.12", Scope::Development),
            ("org.projectlombok:lombok", "1.18.20", Scope::Development),
        ];
        assert_eq!(listed, expected);
        assert_eq!(facts.packages[0].purl(None).as_str(), "pkg:maven/ch.qos.logback/logback-classic@1.2.3");
        assert_eq!(facts.packages[1].locations[0].line, Some(4));
        assert_eq!(facts.problems[0].target, "app/gradle.lockfile:6");
    }

    #[test]
    fn older_files_are_one_configuration() {
        let text = "# x\ncommons-io:commons-io:2.6\n";
        let runtime = facts("gradle/dependency-locks/runtimeClasspath.lockfile", text);
        assert_eq!(runtime.packages[0].scope, Scope::Runtime);
        let test = facts("gradle/dependency-locks/testCompileClasspath.lockfile", text);
        assert_eq!(test.packages[0].scope, Scope::Development);
        assert_eq!(
            facts("buildscript-gradle.lockfile", "a:b:1=classpath\n").packages[0].scope,
            Scope::Development
        );
    }
}
