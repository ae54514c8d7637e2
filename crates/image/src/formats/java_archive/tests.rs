use super::*;
use crate::zip::tests::archive;

fn facts(path: &str, bytes: Vec<u8>) -> Result<Facts, FormatError> {
    parse(&File { path, mode: 0o644, content: &bytes })
}

fn listed(facts: &Facts) -> Vec<String> {
    let path = |p: &batten_model::Package| p.locations[0].path.clone();
    facts.packages.iter().map(|p| format!("{}@{} {}", p.name, p.version, path(p))).collect()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/java_archive/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn properties(group: &str, artifact: &str, version: &str) -> (String, Vec<u8>) {
    let text = format!("artifactId={artifact}\ngroupId={group}\nversion={version}\n");
    (format!("META-INF/maven/{group}/{artifact}/pom.properties"), text.into_bytes())
}

fn jar(entries: &[(String, Vec<u8>)], deflate: bool) -> Vec<u8> {
    let entries: Vec<(&str, &[u8], bool)> =
        entries.iter().map(|(name, content)| (name.as_str(), content.as_slice(), deflate)).collect();
    archive(&entries)
}

#[test]
fn a_real_application_with_stored_libraries() {
    let facts = facts("app/demo.jar", fixture("demo-boot.jar")).unwrap();
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
    let expected = [
        "com.acme:demo@1.4.0 app/demo.jar",
        "org.slf4j:slf4j-api@1.7.30 app/demo.jar!BOOT-INF/lib/slf4j-api-1.7.30.jar",
        "com.acme:shaded@2.0.0 app/demo.jar!BOOT-INF/lib/shaded-2.0.0.jar",
        "org.apiguardian:apiguardian-api@1.1.2 app/demo.jar!BOOT-INF/lib/apiguardian-api-1.1.2.jar",
    ];
    let mut listed = listed(&facts);
    listed.sort();
    for package in expected {
        assert!(listed.iter().any(|p| p == package), "{package} is not in {listed:#?}");
    }
}

#[test]
fn a_real_shaded_archive() {
    let facts = facts("shaded-2.0.0.jar", fixture("shaded-2.0.0.jar")).unwrap();
    let expected = ["com.acme:shaded@2.0.0 shaded-2.0.0.jar", "org.slf4j:slf4j-api@1.7.30 shaded-2.0.0.jar"];
    assert_eq!(listed(&facts), expected);
    assert_eq!(facts.packages[0].licence.as_deref(), Some("Apache-2.0"));
    assert_eq!(facts.packages[1].licence.as_deref(), None);
}

#[test]
fn archives_in_archives_whether_stored_or_deflated() {
    let inner = jar(&[properties("org.a", "inner", "1.0")], true);
    for (deflate_middle, deflate_outer) in [(false, false), (true, false), (false, true), (true, true)] {
        let middle = jar(&[("WEB-INF/lib/inner-1.0.jar".to_owned(), inner.clone())], deflate_middle);
        let outer = jar(&[("web.war".to_owned(), middle)], deflate_outer);
        let facts = facts("x/app.ear", outer).unwrap();
        assert_eq!(listed(&facts), ["org.a:inner@1.0 x/app.ear!web.war!WEB-INF/lib/inner-1.0.jar"]);
    }
}

#[test]
fn one_bad_library_does_not_lose_the_others() {
    let good = jar(&[properties("org.a", "good", "1.0")], true);
    let mut cut = good.clone();
    cut.truncate(60);
    let outer = jar(&[("lib/cut.jar".to_owned(), cut), ("lib/good.jar".to_owned(), good)], true);
    let facts = facts("app.war", outer).unwrap();
    assert_eq!(listed(&facts), ["org.a:good@1.0 app.war!lib/good.jar"]);
    assert_eq!(facts.problems.len(), 1);
    assert_eq!(facts.problems[0].target, "app.war!lib/cut.jar");
}

#[test]
fn manifests_and_file_names_where_there_are_no_properties() {
    let manifest = |text: &str| ("META-INF/MANIFEST.MF".to_owned(), text.as_bytes().to_vec());
    let class = |path: &str| (path.to_owned(), b"\xca\xfe\xba\xbe".to_vec());
    let name = |path: &str, entries: &[(String, Vec<u8>)]| {
        let facts = facts(path, jar(entries, true)).unwrap();
        facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect::<Vec<_>>().join(" ")
    };
    let spring = manifest("Implementation-Title: spring-core\nImplementation-Version: 5.3.17\n");
    assert_eq!(name("lib/spring-core-5.3.17.jar", &[spring]), "org.springframework:spring-core@5.3.17");
    assert_eq!(name("lib/tool-1.0.jar", &[class("org/acme/tool/A.class")]), "org.acme:tool@1.0");
    assert_eq!(name("lib/tool.jar", &[class("org/acme/tool/A.class")]), "org.acme:tool@");
    assert_eq!(name("lib/data.jar", &[("a.txt".to_owned(), vec![])]), "");
    let other = properties("com.google.guava", "guava", "30.0-jre");
    let own = manifest("Implementation-Version: 4.1\nImplementation-Vendor-Id: com.acme\n");
    let both = "com.google.guava:guava@30.0-jre com.acme:agent@4.1";
    assert_eq!(name("lib/agent-4.1.jar", &[other.clone(), own]), both);
    assert_eq!(name("lib/renamed.jar", &[other]), "com.google.guava:guava@30.0-jre");
}

#[test]
fn bombs_stop_at_the_limits() {
    let mut nested = jar(&[properties("org.a", "deep", "1.0")], true);
    for _ in 0..10 {
        nested = jar(&[("a.jar".to_owned(), nested)], true);
    }
    let facts = facts("bomb.jar", nested).unwrap();
    assert!(facts.packages.is_empty());
    assert!(facts.problems[0].en.contains("exceeds the limit of 5 levels"), "{:?}", facts.problems);
}

#[test]
fn what_is_no_archive() {
    assert!(facts("empty.jar", Vec::new()).unwrap().packages.is_empty());
    assert!(facts("text.jar", b"no archive".to_vec()).is_err());
    assert!(facts("text.rar", b"Rar!\x1a\x07".to_vec()).unwrap().packages.is_empty());
}

#[test]
fn damaged_archives_never_panic() {
    let good = fixture("shaded-2.0.0.jar");
    for length in (0..good.len()).step_by(good.len() / 300) {
        let _ = facts("a.jar", good[..length].to_vec());
    }
    let mut bytes = good;
    for at in (0..bytes.len()).step_by(bytes.len() / 700) {
        bytes[at] ^= 0xff;
        let _ = facts("a.jar", bytes.clone());
        bytes[at] ^= 0xff;
    }
}
