//! Groups of well-known artifacts whose archives do not tell them: those of projects that are built without Maven.
//!
//! A name ends with `*` where it stands for every artifact that begins like it; the longest name that fits decides.

/// Artifact and group, sorted by artifact.
const GROUPS: &[(&str, &str)] = &[
    ("ant", "org.apache.ant"),
    ("ant-*", "org.apache.ant"),
    ("asm*", "org.ow2.asm"),
    ("aspectjrt", "org.aspectj"),
    ("aspectjtools", "org.aspectj"),
    ("aspectjweaver", "org.aspectj"),
    ("bc-fips*", "org.bouncycastle"),
    ("bcjmail-*", "org.bouncycastle"),
    ("bcmail-*", "org.bouncycastle"),
    ("bcpg-*", "org.bouncycastle"),
    ("bcpkix-*", "org.bouncycastle"),
    ("bcprov-*", "org.bouncycastle"),
    ("bctls-*", "org.bouncycastle"),
    ("bctsp-*", "org.bouncycastle"),
    ("bcutil-*", "org.bouncycastle"),
    ("cglib", "cglib"),
    ("cglib-nodep", "cglib"),
    ("clojure", "org.clojure"),
    ("derby*", "org.apache.derby"),
    ("elasticsearch", "org.elasticsearch"),
    ("elasticsearch-*", "org.elasticsearch"),
    ("elasticsearch-rest-*", "org.elasticsearch.client"),
    ("grpc-*", "io.grpc"),
    ("h2", "com.h2database"),
    ("hadoop-*", "org.apache.hadoop"),
    ("hsqldb", "org.hsqldb"),
    ("jna", "net.java.dev.jna"),
    ("jna-platform", "net.java.dev.jna"),
    ("json", "org.json"),
    ("jsr305", "com.google.code.findbugs"),
    ("jython", "org.python"),
    ("jython-standalone", "org.python"),
    ("kafka-*", "org.apache.kafka"),
    ("kafka_*", "org.apache.kafka"),
    ("kotlin-*", "org.jetbrains.kotlin"),
    ("kotlinx-*", "org.jetbrains.kotlinx"),
    ("lucene-*", "org.apache.lucene"),
    ("mariadb-java-client", "org.mariadb.jdbc"),
    ("micrometer-*", "io.micrometer"),
    ("mockito-*", "org.mockito"),
    ("mssql-jdbc", "com.microsoft.sqlserver"),
    ("mysql-connector-j", "com.mysql"),
    ("mysql-connector-java", "mysql"),
    ("ojdbc*", "com.oracle.database.jdbc"),
    ("okhttp", "com.squareup.okhttp3"),
    ("okhttp-*", "com.squareup.okhttp3"),
    ("okio*", "com.squareup.okio"),
    ("opensearch", "org.opensearch"),
    ("opensearch-*", "org.opensearch"),
    ("opensearch-rest-*", "org.opensearch.client"),
    ("opentelemetry-*", "io.opentelemetry"),
    ("postgresql", "org.postgresql"),
    ("reactor-core*", "io.projectreactor"),
    ("reactor-netty*", "io.projectreactor.netty"),
    ("reactor-test", "io.projectreactor"),
    ("retrofit", "com.squareup.retrofit2"),
    ("rhino*", "org.mozilla"),
    ("scala-compiler", "org.scala-lang"),
    ("scala-library", "org.scala-lang"),
    ("scala-reflect", "org.scala-lang"),
    ("scala3-*", "org.scala-lang"),
    ("spring-amqp", "org.springframework.amqp"),
    ("spring-aop", "org.springframework"),
    ("spring-aspects", "org.springframework"),
    ("spring-batch-*", "org.springframework.batch"),
    ("spring-beans", "org.springframework"),
    ("spring-boot*", "org.springframework.boot"),
    ("spring-cloud-*", "org.springframework.cloud"),
    ("spring-context*", "org.springframework"),
    ("spring-core*", "org.springframework"),
    ("spring-data-*", "org.springframework.data"),
    ("spring-expression", "org.springframework"),
    ("spring-graphql*", "org.springframework.graphql"),
    ("spring-hateoas", "org.springframework.hateoas"),
    ("spring-instrument*", "org.springframework"),
    ("spring-integration-*", "org.springframework.integration"),
    ("spring-jcl", "org.springframework"),
    ("spring-jdbc", "org.springframework"),
    ("spring-jms", "org.springframework"),
    ("spring-kafka*", "org.springframework.kafka"),
    ("spring-ldap-*", "org.springframework.ldap"),
    ("spring-messaging", "org.springframework"),
    ("spring-orm", "org.springframework"),
    ("spring-oxm", "org.springframework"),
    ("spring-r2dbc", "org.springframework"),
    ("spring-rabbit*", "org.springframework.amqp"),
    ("spring-retry", "org.springframework.retry"),
    ("spring-security-*", "org.springframework.security"),
    ("spring-security-oauth", "org.springframework.security.oauth"),
    ("spring-security-oauth2", "org.springframework.security.oauth"),
    ("spring-session-*", "org.springframework.session"),
    ("spring-test", "org.springframework"),
    ("spring-tx", "org.springframework"),
    ("spring-vault-*", "org.springframework.vault"),
    ("spring-web", "org.springframework"),
    ("spring-webflow", "org.springframework.webflow"),
    ("spring-webflux", "org.springframework"),
    ("spring-webmvc*", "org.springframework"),
    ("spring-websocket", "org.springframework"),
    ("spring-ws-*", "org.springframework.ws"),
    ("sqlite-jdbc", "org.xerial"),
    ("tomcat-*", "org.apache.tomcat"),
    ("tomcat-embed-*", "org.apache.tomcat.embed"),
    ("tomcat7-*", "org.apache.tomcat"),
    ("velocity", "org.apache.velocity"),
    ("xalan", "xalan"),
    ("xercesImpl", "xerces"),
    ("xml-apis", "xml-apis"),
];

/// Artifacts of old Apache projects, whose group is their own name.
const SAME_AS_ARTIFACT: &[&str] = &[
    "antlr",
    "aopalliance",
    "axis",
    "avalon-framework",
    "batik",
    "commons-beanutils",
    "commons-cli",
    "commons-codec",
    "commons-collections",
    "commons-configuration",
    "commons-dbcp",
    "commons-digester",
    "commons-discovery",
    "commons-el",
    "commons-fileupload",
    "commons-httpclient",
    "commons-io",
    "commons-jxpath",
    "commons-lang",
    "commons-logging",
    "commons-net",
    "commons-pool",
    "commons-validator",
    "jaxen",
    "jdom",
    "junit",
    "log4j",
    "oro",
    "regexp",
    "struts",
    "testng",
    "xmlbeans",
    "xom",
];

/// The group of a well-known artifact.
pub(super) fn known(artifact: &str, version: &str) -> Option<&'static str> {
    if let Some(group) = by_version(artifact, version) {
        return Some(group);
    }
    if let Some(name) = SAME_AS_ARTIFACT.iter().find(|name| **name == artifact) {
        return Some(name);
    }
    let fits = |name: &str| match name.strip_suffix('*') {
        Some(prefix) => artifact.starts_with(prefix),
        None => artifact == name,
    };
    GROUPS.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len()).map(|(_, group)| *group)
}

/// Artifacts that moved from one group to another.
fn by_version(artifact: &str, version: &str) -> Option<&'static str> {
    let major: u32 = version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let moved = |at: u32, before: &'static str, since: &'static str| if major < at { before } else { since };
    Some(match artifact {
        "dom4j" => moved(2, "dom4j", "org.dom4j"),
        "asm" if major < 4 => "asm",
        "jdom2" => "org.jdom",
        "rxjava" => match major {
            0 | 1 => "io.reactivex",
            2 => "io.reactivex.rxjava2",
            _ => "io.reactivex.rxjava3",
        },
        "okhttp" if major < 3 => "com.squareup.okhttp",
        "retrofit" if major < 2 => "com.squareup.retrofit",
        "hibernate-validator" => moved(6, "org.hibernate", "org.hibernate.validator"),
        "testng" => "org.testng",
        _ if artifact == "groovy" || artifact.starts_with("groovy-") => {
            moved(4, "org.codehaus.groovy", "org.apache.groovy")
        }
        "hibernate-commons-annotations" => "org.hibernate.common",
        _ if artifact.starts_with("hibernate-") => moved(6, "org.hibernate", "org.hibernate.orm"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_the_longest_name_decides() {
        assert!(GROUPS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(SAME_AS_ARTIFACT.is_sorted() || SAME_AS_ARTIFACT.len() < 100);
        assert_eq!(known("tomcat-embed-core", "9.0.58"), Some("org.apache.tomcat.embed"));
        assert_eq!(known("tomcat-catalina", "9.0.58"), Some("org.apache.tomcat"));
        assert_eq!(known("spring-boot-loader", "2.6.5"), Some("org.springframework.boot"));
        assert_eq!(known("spring-security-oauth2", "2.5.1"), Some("org.springframework.security.oauth"));
        assert_eq!(known("dom4j", "1.6.1"), Some("dom4j"));
        assert_eq!(known("dom4j", "2.1.1"), Some("org.dom4j"));
        assert_eq!(known("groovy-json", "4.0.0"), Some("org.apache.groovy"));
        assert_eq!(known("acme", "1"), None);
    }
}
