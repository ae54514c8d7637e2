//! Which of several files in one folder is rpm's database, and what it holds together with its write-ahead log.

use super::FileFacts;
use crate::facts::{OwnedFiles, Problem};
use crate::formats::rpm_ledger::Ledger;
use batten_model::Package;
use std::collections::HashMap;

const LOG_SUFFIX: &str = "-wal";
/// Forms of the database, of which rpm reads the first that is there.
const FORMS: &[&str] = &["rpmdb.sqlite", "Packages.db", "Packages"];
/// The list with more columns goes before the one with less.
const MANIFESTS: &[&str] = &["container-manifest-2", "container-manifest-1"];

/// Puts databases and logs together, and drops what an older form of the same database left behind.
#[expect(clippy::ptr_arg, reason = "the signature of every relation")]
pub(super) fn relate(files: &mut Vec<FileFacts>) {
    let places: Vec<usize> =
        (0..files.len()).filter(|at| files.get(*at).is_some_and(|f| f.format == "rpm")).collect();
    for &at in &places {
        let Some(path) = files.get(at).map(|file| file.path.clone()) else { continue };
        if let Some(database) = path.strip_suffix(LOG_SUFFIX) {
            let main =
                places.iter().copied().find(|other| files.get(*other).is_some_and(|f| f.path == database));
            apply(files, main, at);
        }
    }
    for file in files.iter_mut().filter(|file| file.format == "rpm") {
        let _ = Ledger::take(&mut file.facts);
    }
    for forms in [FORMS, MANIFESTS] {
        keep_first(files, &places, forms);
    }
}

/// Applies the log at `log` to the database at `main`, and leaves nothing in the log's own facts.
fn apply(files: &mut [FileFacts], main: Option<usize>, log: usize) {
    let Some(taken) = files.get_mut(log).map(|file| std::mem::take(&mut file.facts)) else { return };
    let mut newer = taken;
    let log_ledger = Ledger::take(&mut newer);
    let Some(file) = main.and_then(|at| files.get_mut(at)) else { return };
    if log_ledger.is_empty() {
        return;
    }
    let ledger = Ledger::take(&mut file.facts);
    let Some(rows) = ledger.rows_with(&log_ledger) else {
        file.facts.problems.push(problem(&file.path));
        return;
    };
    let mut packages: HashMap<u64, (Package, Option<OwnedFiles>)> = HashMap::new();
    for (ledger, facts) in [(&ledger, &mut file.facts), (&log_ledger, &mut newer)] {
        let mut owned: HashMap<String, OwnedFiles> = std::mem::take(&mut facts.owned)
            .into_iter()
            .map(|owned| (owned.package.clone(), owned))
            .collect();
        for (row, mut package) in ledger.packages.iter().zip(std::mem::take(&mut facts.packages)) {
            for location in &mut package.locations {
                location.path.clone_from(&file.path);
            }
            let files = owned.remove(&package.reference());
            packages.insert(*row, (package, files));
        }
    }
    let mut lost = false;
    for row in rows {
        match packages.remove(&row) {
            Some((package, owned)) => {
                file.facts.packages.push(package);
                file.facts.owned.extend(owned);
            }
            None => lost |= !ledger.keys.contains(&row) && !log_ledger.keys.contains(&row),
        }
    }
    if lost {
        file.facts.problems.push(problem(&file.path));
    }
}

fn problem(path: &str) -> Problem {
    Problem {
        code: "damaged-rpm".to_owned(),
        target: format!("{path}{LOG_SUFFIX}"),
        en: format!(
            "{path}{LOG_SUFFIX} does not fit {path}; its newer packages are missing from the answer, let rpm write \
             them into the database by any rpm command that changes it"
        ),
        zh: format!(
            "{path}{LOG_SUFFIX} 与 {path} 不匹配；结果中缺少较新的软件包，请运行任一会修改数据库的 rpm 命令写回"
        ),
        fatal: true,
    }
}

/// Of several files of one folder, keeps the packages of the first that has some.
fn keep_first(files: &mut [FileFacts], places: &[usize], forms: &[&str]) {
    let rank = |file: &FileFacts| {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        Some((folder.to_owned(), forms.iter().position(|form| *form == name)?))
    };
    let mut first: HashMap<String, usize> = HashMap::new();
    for file in places.iter().filter_map(|at| files.get(*at)).filter(|file| !file.facts.packages.is_empty()) {
        if let Some((folder, rank)) = rank(file) {
            first.entry(folder).and_modify(|best| *best = rank.min(*best)).or_insert(rank);
        }
    }
    for &at in places {
        let Some(file) = files.get_mut(at) else { continue };
        let Some((folder, rank)) = rank(file) else { continue };
        if first.get(&folder).is_some_and(|best| *best < rank) {
            file.facts.packages.clear();
            file.facts.owned.clear();
        }
    }
}
