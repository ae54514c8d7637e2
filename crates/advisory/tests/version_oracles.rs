//! Batten's version orders against each ecosystem's own program, on versions as people write them and on worse ones.
//!
//! A program that is not on the machine makes its test say NOT RUN, and fail where `CI=true`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that cannot go on stops, and says so"
)]

use batten_advisory::version::Order;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cmp::Ordering;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn oracle(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(script)
}

fn testkit() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/batten-testkit");
    std::env::var_os("BATTEN_TESTKIT").map_or_else(home, PathBuf::from)
}

fn not_run(what: &str) {
    let message = format!("NOT RUN: {what} (run `make test-tools`)");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
}

/// Numbers, separators and words in any order.
fn nasty(
    separators: &'static [&'static str],
    words: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        5 => "[0-9]{1,2}",
        1 => "0{1,2}[0-9]{0,12}",
        4 => prop::sample::select(separators).prop_map(str::to_owned),
        3 => prop::sample::select(words).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

/// `1.2.3`, with something behind it.
fn usual(
    separators: &'static [&'static str],
    words: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let numbers = prop::collection::vec(0u8..4, 1..5);
    let separator = prop::sample::select(separators);
    let tail = (separator, prop::sample::select(words), prop::option::of(0u8..12));
    (numbers, prop::collection::vec(tail, 0..3)).prop_map(|(numbers, tails)| {
        let mut text = numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
        for (separator, word, number) in tails {
            text.push_str(separator);
            text.push_str(word);
            text.extend(number.map(|n| n.to_string()));
        }
        text
    })
}

/// Pairs that are the same in every run: half of them neighbours, which differ in one part only.
fn pairs(
    count: usize,
    separators: &'static [&'static str],
    words: &'static [&'static str],
) -> Vec<(String, String)> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let one = prop_oneof![3 => usual(separators, words), 2 => nasty(separators, words)];
    let pair = (one, usual(separators, words), nasty(separators, words), 0u8..4).prop_map(
        |(left, other, tail, kind)| {
            let right = match kind {
                0 => other,
                1 => format!("{left}{tail}"),
                2 => left.chars().take(left.chars().count().saturating_sub(1)).collect(),
                _ => left.replacen('1', "2", 1),
            };
            (left, right)
        },
    );
    (0..count)
        .map(|_| pair.new_tree(&mut runner).unwrap().current())
        .filter(|(left, right)| !left.is_empty() && !right.is_empty())
        .collect()
}

fn ask(mut command: Command, pairs: &[(String, String)]) -> Vec<Option<Ordering>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut input = child.stdin.take().unwrap();
    let lines: String = pairs.iter().map(|(left, right)| format!("{left}\t{right}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let answers: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| match line {
            "-1" => Some(Ordering::Less),
            "0" => Some(Ordering::Equal),
            "1" => Some(Ordering::Greater),
            "?" => None,
            other => panic!("{other:?} is no answer"),
        })
        .collect();
    assert_eq!(answers.len(), pairs.len(), "one answer for each question");
    answers
}

/// Compares all answers. Where `strict`, what the program refuses must be refused too; what Batten refuses must be
/// refused by the program in any case.
fn agree(order: Order, command: Command, pairs: &[(String, String)], strict: bool) {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for ((left, right), theirs) in pairs.iter().zip(ask(command, pairs)) {
        let ours = order.compare(left, right).ok();
        if theirs.is_none() && !strict {
            continue;
        }
        compared += usize::from(theirs.is_some());
        if ours != theirs {
            wrong.push(format!("{left} and {right}: {ours:?}, not {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{order:?}: {} of {} differ:\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
    assert!(compared * 5 > pairs.len(), "{order:?}: only {compared} of {} were versions", pairs.len());
    eprintln!("{order:?}: {compared} of {} pairs compared", pairs.len());
}

fn found(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

const SEPARATORS: &[&str] = &[".", "-", "+", "~", "_", "^", ":"];

#[test]
fn dpkg() {
    if !found("dpkg") {
        return not_run("dpkg");
    }
    let mut command = Command::new("bash");
    command.arg(oracle("dpkg.sh"));
    let words = &["", "rc", "deb", "ubuntu", "b", "dfsg", "a"];
    agree(Order::Dpkg, command, &pairs(400, SEPARATORS, words), true);
}

#[test]
fn rpm() {
    if !found("rpm") {
        return not_run("rpm");
    }
    let mut command = Command::new("bash");
    command.arg(oracle("rpm.sh"));
    let words = &["", "rc", "el", "git", "fc", "a", "module"];
    // RPM takes an empty version before a release; no package has one, and Batten refuses it.
    let known = |version: &str| Order::Rpm.compare(version, version).is_ok();
    let pairs: Vec<_> =
        pairs(4000, SEPARATORS, words).into_iter().filter(|(l, r)| known(l) && known(r)).collect();
    agree(Order::Rpm, command, &pairs, true);
}

#[test]
fn pep440() {
    let python = testkit().join("venv/bin/python");
    if !python.exists() {
        return not_run("Python's packaging");
    }
    let mut command = Command::new(python);
    command.arg(oracle("pep440.py"));
    let words = &[
        "", "rc", "a", "alpha", "b", "beta", "c", "pre", "preview", "post", "rev", "r", "dev", "DEV",
        "ubuntu",
    ];
    agree(Order::Pep440, command, &pairs(6000, &[".", "-", "_", "", "+", "!"], words), false);
}

#[test]
fn semver() {
    let node = testkit().join("node/node_modules");
    if !found("node") || !node.join("semver").exists() {
        return not_run("Node's semver");
    }
    let mut command = Command::new("node");
    command.arg(oracle("semver.js")).env("NODE_PATH", node);
    let words = &["", "rc.", "alpha", "beta.", "0", "x-y", "SNAPSHOT"];
    let pairs: Vec<_> = pairs(12_000, &["-", "-", "+", "."], words)
        .into_iter()
        // npm wants three numbers; Batten's front end fills them up. npm takes empty identifiers (`1.2.3-`); Batten does not.
        .filter(|(left, right)| Order::Semver.compare(left, right).is_ok())
        .filter(|(left, right)| left.matches('.').count() >= 2 && right.matches('.').count() >= 2)
        .collect();
    agree(Order::Semver, command, &pairs, false);
}

#[test]
fn maven() {
    let jar = testkit().join("java/maven-artifact-3.9.11.jar");
    if !found("java") || !jar.exists() {
        return not_run("Maven's ComparableVersion");
    }
    let mut command = Command::new("java");
    command.arg("-cp").arg(jar).arg(oracle("Maven.java"));
    let words =
        &["", "a", "b", "m", "rc", "cr", "alpha", "SNAPSHOT", "ga", "Final", "sp", "jre", "RELEASE", "x"];
    agree(Order::Maven, command, &pairs(6000, &[".", "-", ""], words), true);
}

#[test]
fn rubygems() {
    if !found("ruby") {
        return not_run("ruby");
    }
    let mut command = Command::new("ruby");
    command.arg(oracle("rubygems.rb"));
    let words = &["", "rc", "a", "beta", "pre", "B", "x86"];
    agree(Order::RubyGems, command, &pairs(6000, &[".", ".", "-", ""], words), true);
}
