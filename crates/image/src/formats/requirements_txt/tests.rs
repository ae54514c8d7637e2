use super::*;
use crate::formats::python_lock::testing::{Case, summary};

fn facts(path: &str, text: &[u8]) -> Facts {
    Case::facts_of(parse, path, text).unwrap()
}

#[test]
fn what_pip_and_uv_write() {
    let freeze = Case::new(parse, "requirements_txt/requirements-freeze.txt").facts();
    assert_eq!(summary(&freeze).len(), 6);
    assert!(summary(&freeze).contains(&"typing-extensions@4.15.0 Runtime ".to_owned()));
    let case = Case::new(parse, "requirements_txt/requirements-uv.txt");
    let exported = case.facts();
    assert_eq!(summary(&exported).len(), 14);
    assert!(summary(&exported).contains(&"jinja2@2.10 Runtime ".to_owned()));
    case.assert_lines("==");
    for length in 0..300 {
        let cut: String =
            String::from_utf8(std::fs::read(fixture()).unwrap()).unwrap().chars().take(length).collect();
        let _ = Case::facts_of(parse, "requirements.txt", cut.as_bytes());
    }
}

fn fixture() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/requirements_txt/requirements-uv.txt")
}

#[test]
fn continuations_comments_and_lines() {
    let text = b"# a\n\ncertifi == 2019.1.1 \\\n    --hash=sha256:aa \\\n    # why\nidna==2.7 # via x\nurl-x @ https://e.example/url_x-1.0-py3-none-any.whl#sha256=0\n# b \\\nsix==1.16.0\\\n";
    let facts = facts("requirements.txt", text);
    let lines: Vec<_> =
        facts.packages.iter().map(|p| (p.name.as_str(), p.locations[0].line.unwrap())).collect();
    assert_eq!(lines, [("certifi", 3), ("idna", 6), ("url-x", 7), ("six", 9)]);
    assert!(facts.problems.is_empty());
}

#[test]
fn what_has_no_version_is_told_once() {
    let facts =
        facts("requirements.txt", b"flask\nrequests>=2\njinja2==2.10\n-r base.txt\n-r ../shared/libs.txt\n");
    assert_eq!(summary(&facts), ["jinja2@2.10 Runtime "]);
    assert!(
        facts.problems[0].en.contains("2 packages without a version")
            && facts.problems[0].en.contains("flask, requests")
    );
    assert_eq!(facts.problems[1].code, "include-not-read");
    assert!(facts.problems[1].en.contains("libs.txt") && facts.problems.len() == 2);
}

#[test]
fn names_tell_development() {
    let scope = |path: &str| facts(path, b"a==1\n").packages[0].scope;
    for path in
        ["requirements-dev.txt", "test-requirements.txt", "requirements/docs.txt", "requirements_tests.txt"]
    {
        assert_eq!(scope(path), Scope::Development, "{path}");
    }
    for path in ["requirements.txt", "requirements/base.txt", "requirements-device.txt"] {
        assert_eq!(scope(path), Scope::Runtime, "{path}");
    }
}

#[test]
fn encodings() {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend("Jinja2==2.10\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    bytes.push(0);
    assert_eq!(facts("requirements.txt", &bytes).packages[0].version, "2.10");
    assert_eq!(facts("requirements.txt", b"\xef\xbb\xbfa==1\nb==2 # \xe9\n").packages.len(), 2);
}

#[test]
fn prose_is_an_error_and_one_bad_line_is_not() {
    let error =
        Case::facts_of(parse, "system-requirements.txt", b"\nYou need a PC.\n").unwrap_err().to_string();
    assert!(error.contains("line 2"), "{error}");
    let facts = facts("requirements.txt", b"a==1\n$$$\n");
    assert_eq!((facts.packages.len(), facts.problems[0].target.as_str()), (1, "requirements.txt:2"));
    assert!(
        super::parse(&File { path: "requirements.txt", mode: 0, content: &Vec::new() })
            .unwrap()
            .packages
            .is_empty()
    );
}
