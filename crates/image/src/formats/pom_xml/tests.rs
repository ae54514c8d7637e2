use super::*;
use batten_model::{Origin, Scope};

fn facts(text: &str) -> Result<Facts, FormatError> {
    parse(&File { path: "app/pom.xml", mode: 0o644, content: &text.as_bytes().to_vec() })
}

fn listed(facts: &Facts) -> Vec<String> {
    facts.packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect()
}

fn fixture(path: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/pom_xml/tree/{path}", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
}

#[test]
fn alone_versions_of_others_are_unknown() {
    let facts = facts(&fixture("app/pom.xml")).unwrap();
    let expected = [
        "com.fasterxml.jackson.core:jackson-databind@",
        "commons-io:commons-io@",
        "junit:junit@",
        "org.apache.commons:commons-text@",
    ];
    assert_eq!(listed(&facts), expected);
    assert_eq!(facts.packages[0].locations[0].line, Some(22));
    assert_eq!(facts.packages[0].origin, Origin::Declared);
}

#[test]
fn scopes_properties_and_ranges() {
    let dependency = |artifact: &str, rest: &str| {
        format!("<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId>{rest}</dependency>")
    };
    let dependencies = [
        dependency("a", "<version>${v.${x}}</version><scope>test</scope>"),
        dependency("b", "<version>[1.0,2.0)</version><optional>true</optional>"),
        dependency("c", "<version>[1.5]</version><scope>provided</scope>"),
        dependency("d", "<version>${project.version}-${pom.artifactId}</version>"),
        dependency("${unknown}", "<version>1</version>"),
        dependency("e", "<version><!-- x -->1&#46;<![CDATA[2]]></version>"),
    ];
    let text = format!(
        "\u{feff}<project><artifactId>p</artifactId><version>7</version><properties><w>3.1</w></properties>\
         <dependencies>{}</dependencies><build><plugins><plugin><dependencies>{}</dependencies></plugin></plugins>\
         </build></project>",
        dependencies.concat(),
        dependency("plugin", "")
    );
    let facts = facts(&text).unwrap();
    assert_eq!(listed(&facts), ["g:a@", "g:b@", "g:c@1.5", "g:d@7-p", "g:e@1.2"]);
    let scopes: Vec<Scope> = facts.packages.iter().map(|p| p.scope).collect();
    use Scope::{Development, Optional, Runtime};
    assert_eq!(scopes, [Development, Optional, Optional, Runtime, Runtime]);
    assert_eq!(facts.problems[0].target, "app/pom.xml:1");
}

#[test]
fn properties_that_grow_without_end_stop() {
    let mut properties = "<p0>aaaaaaaaaa</p0>".to_owned();
    for n in 1..40 {
        let before = format!("${{p{}}}", n - 1).repeat(10);
        properties.push_str(&format!("<p{n}>{before}</p{n}>"));
    }
    let text = format!(
        "<project><artifactId>p</artifactId><properties>{properties}</properties><dependencies><dependency>\
         <groupId>g</groupId><artifactId>a</artifactId><version>${{p39}}</version></dependency></dependencies></project>"
    );
    assert_eq!(listed(&facts(&text).unwrap()), ["g:a@"]);
}

#[test]
fn damage_is_an_error_with_its_line() {
    let good = fixture("pom.xml");
    for length in (0..good.len()).step_by(5) {
        let _ = facts(good.split_at(length).0);
    }
    let error = facts(good.split_at(good.len() / 2).0).unwrap_err();
    assert!(error.to_string().contains("line"), "{error}");
    assert!(facts("<html><body/></html>").unwrap().packages.is_empty());
}
