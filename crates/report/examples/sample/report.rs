//! A made-up report of a realistic shape: an image with packages of six ecosystems and some two hundred findings. The
//! best known vulnerabilities are real, the others are filled in by a fixed sequence of numbers.

use batten_model::*;

/// What a package is filled with: kind, name, version, fixed version, licence, place.
type Seed = (PackageKind, &'static str, &'static str, &'static str, &'static str, &'static str);

const DPKG: &str = "var/lib/dpkg/status";

use PackageKind::{Cargo, Deb, Golang, Maven, Npm, Pypi};

/// Packages; an empty fixed version says that there is none.
#[rustfmt::skip]
const PACKAGES: &[Seed] = &[
    (Deb, "adduser", "3.134", "", "GPL-2.0-or-later", DPKG),
    (Deb, "apt", "2.6.1", "", "GPL-2.0-or-later", DPKG),
    (Deb, "base-files", "12.4+deb12u5", "", "GPL-2.0-or-later", DPKG),
    (Deb, "bash", "5.2.15-2+b2", "", "GPL-3.0-or-later", DPKG),
    (Deb, "bsdutils", "1:2.38.1-5+b1", "1:2.38.1-5+deb12u1", "GPL-2.0-or-later", DPKG),
    (Deb, "coreutils", "9.1-1", "", "GPL-3.0-or-later", DPKG),
    (Deb, "curl", "7.88.1-10+deb12u5", "7.88.1-10+deb12u8", "curl", DPKG),
    (Deb, "gcc-12-base", "12.2.0-14", "", "GPL-3.0-or-later WITH GCC-exception-3.1", DPKG),
    (Deb, "libc6", "2.36-9+deb12u4", "2.36-9+deb12u7", "LGPL-2.1-or-later", DPKG),
    (Deb, "libcurl4", "7.88.1-10+deb12u5", "7.88.1-10+deb12u8", "curl", DPKG),
    (Deb, "libexpat1", "2.5.0-1", "2.5.0-1+deb12u1", "MIT", DPKG),
    (Deb, "libgnutls30", "3.7.9-2+deb12u1", "3.7.9-2+deb12u3", "LGPL-2.1-or-later", DPKG),
    (Deb, "libheif1", "1.15.1-1", "1.15.1-1+deb12u1", "LGPL-3.0-or-later", DPKG),
    (Deb, "libssl3", "3.0.11-1~deb12u2", "3.0.14-1~deb12u2", "Apache-2.0", DPKG),
    (Deb, "libsystemd0", "252.22-1~deb12u1", "", "LGPL-2.1-or-later", DPKG),
    (Deb, "libtiff6", "4.5.0-6+deb12u1", "4.5.0-6+deb12u2", "HPND", DPKG),
    (Deb, "libxml2", "2.9.14+dfsg-1.3~deb12u1", "", "MIT", DPKG),
    (Deb, "libwebp7", "1.2.4-0.2", "1.2.4-0.2+deb12u1", "BSD-3-Clause", DPKG),
    (Deb, "linux-libc-dev", "6.1.76-1", "6.1.106-1", "GPL-2.0-only", DPKG),
    (Deb, "login", "1:4.13+dfsg1-1+b1", "", "GPL-2.0-or-later", DPKG),
    (Deb, "nginx", "1.25.4-1~bookworm", "", "BSD-2-Clause", DPKG),
    (Deb, "openssl", "3.0.11-1~deb12u2", "3.0.14-1~deb12u2", "Apache-2.0", DPKG),
    (Deb, "perl-base", "5.36.0-7+deb12u1", "", "Artistic-1.0-Perl OR GPL-1.0-or-later", DPKG),
    (Deb, "tar", "1.34+dfsg-1.2", "1.34+dfsg-1.2+deb12u1", "GPL-3.0-or-later", DPKG),
    (Deb, "xz-utils", "5.4.1-0.2", "", "LGPL-2.1-or-later", DPKG),
    (Deb, "zlib1g", "1:1.2.13.dfsg-1", "", "Zlib", DPKG),
    (Golang, "github.com/containerd/containerd", "v1.7.11", "v1.7.13", "Apache-2.0", "usr/bin/containerd"),
    (Golang, "github.com/docker/docker", "v24.0.7+incompatible", "v24.0.9+incompatible", "Apache-2.0", "usr/bin/dockerd"),
    (Golang, "github.com/golang-jwt/jwt/v4", "v4.4.2", "v4.5.1", "MIT", "usr/local/bin/gateway"),
    (Golang, "github.com/opencontainers/runc", "v1.1.11", "v1.1.12", "Apache-2.0", "usr/sbin/runc"),
    (Golang, "golang.org/x/crypto", "v0.14.0", "v0.17.0", "BSD-3-Clause", "usr/local/bin/gateway"),
    (Golang, "golang.org/x/net", "v0.10.0", "v0.17.0", "BSD-3-Clause", "usr/local/bin/gateway"),
    (Golang, "google.golang.org/grpc", "v1.53.0", "v1.56.3", "Apache-2.0", "usr/local/bin/gateway"),
    (Golang, "stdlib", "1.20.8", "1.20.10", "BSD-3-Clause", "usr/local/bin/gateway"),
    (Npm, "@babel/traverse", "7.21.0", "7.23.2", "MIT", "app/node_modules/@babel/traverse/package.json"),
    (Npm, "axios", "1.2.1", "1.6.0", "MIT", "app/node_modules/axios/package.json"),
    (Npm, "braces", "3.0.2", "3.0.3", "MIT", "app/node_modules/braces/package.json"),
    (Npm, "express", "4.17.1", "4.19.2", "MIT", "app/node_modules/express/package.json"),
    (Npm, "follow-redirects", "1.15.2", "1.15.4", "MIT", "app/node_modules/follow-redirects/package.json"),
    (Npm, "ip", "2.0.0", "", "MIT", "app/node_modules/ip/package.json"),
    (Npm, "json5", "1.0.1", "1.0.2", "MIT", "app/node_modules/tsconfig-paths/node_modules/json5/package.json"),
    (Npm, "lodash", "4.17.15", "4.17.21", "MIT", "app/node_modules/lodash/package.json"),
    (Npm, "minimist", "1.2.5", "1.2.6", "MIT", "app/node_modules/mkdirp/node_modules/minimist/package.json"),
    (Npm, "semver", "7.3.5", "7.5.2", "ISC", "app/node_modules/semver/package.json"),
    (Npm, "ws", "8.11.0", "8.17.1", "MIT", "app/node_modules/ws/package.json"),
    (Pypi, "certifi", "2022.12.7", "2023.7.22", "MPL-2.0", "usr/local/lib/python3.11/site-packages/certifi-2022.12.7.dist-info/METADATA"),
    (Pypi, "cryptography", "39.0.1", "41.0.6", "Apache-2.0 OR BSD-3-Clause", "usr/local/lib/python3.11/site-packages/cryptography-39.0.1.dist-info/METADATA"),
    (Pypi, "jinja2", "3.1.2", "3.1.4", "BSD-3-Clause", "usr/local/lib/python3.11/site-packages/Jinja2-3.1.2.dist-info/METADATA"),
    (Pypi, "pillow", "9.5.0", "10.2.0", "HPND", "usr/local/lib/python3.11/site-packages/Pillow-9.5.0.dist-info/METADATA"),
    (Pypi, "requests", "2.28.2", "2.31.0", "Apache-2.0", "usr/local/lib/python3.11/site-packages/requests-2.28.2.dist-info/METADATA"),
    (Pypi, "setuptools", "65.5.0", "65.5.1", "MIT", "usr/local/lib/python3.11/site-packages/setuptools-65.5.0.dist-info/METADATA"),
    (Pypi, "urllib3", "1.26.14", "1.26.18", "MIT", "usr/local/lib/python3.11/site-packages/urllib3-1.26.14.dist-info/METADATA"),
    (Maven, "com.fasterxml.jackson.core:jackson-databind", "2.13.2", "2.13.4.2", "Apache-2.0", "opt/service/app.jar!BOOT-INF/lib/jackson-databind-2.13.2.jar"),
    (Maven, "org.apache.logging.log4j:log4j-core", "2.14.1", "2.17.1", "Apache-2.0", "opt/service/app.jar!BOOT-INF/lib/log4j-core-2.14.1.jar"),
    (Maven, "org.springframework:spring-beans", "5.3.17", "5.3.18", "Apache-2.0", "opt/service/app.jar!BOOT-INF/lib/spring-beans-5.3.17.jar"),
    (Maven, "org.yaml:snakeyaml", "1.30", "2.0", "Apache-2.0", "opt/service/app.jar!BOOT-INF/lib/snakeyaml-1.30.jar"),
    (Cargo, "h2", "0.3.20", "0.3.26", "MIT", "usr/local/bin/edge-proxy"),
    (Cargo, "rustls", "0.20.8", "0.20.9", "Apache-2.0 OR ISC OR MIT", "usr/local/bin/edge-proxy"),
    (Cargo, "time", "0.1.45", "", "MIT OR Apache-2.0", "usr/local/bin/edge-proxy"),
    (Cargo, "tokio", "1.20.1", "1.20.4", "MIT", "usr/local/bin/edge-proxy"),
];

/// Package, id, severity, score, EPSS, KEV day, English and Chinese title.
type Known =
    (&'static str, &'static str, Severity, f32, f32, Option<&'static str>, &'static str, &'static str);

use Severity::{Critical, High, Medium};

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    ("org.apache.logging.log4j:log4j-core", "CVE-2021-44228", Critical, 10.0, 0.9745, Some("2021-12-10"), "Remote code injection in Log4j by JNDI lookups in log messages", "Log4j 日志消息中的 JNDI 查找可导致远程代码注入"),
    ("org.apache.logging.log4j:log4j-core", "CVE-2021-45046", Critical, 9.0, 0.9728, Some("2023-05-01"), "Incomplete fix for CVE-2021-44228 in non-default configurations", "CVE-2021-44228 在非默认配置下修复不完整"),
    ("org.apache.logging.log4j:log4j-core", "CVE-2021-45105", Medium, 5.9, 0.2131, None, "Uncontrolled recursion in Log4j lookups", "Log4j 查找中的无限递归"),
    ("org.springframework:spring-beans", "CVE-2022-22965", Critical, 9.8, 0.9747, Some("2022-04-04"), "Remote code execution in Spring by data binding on JDK 9+", "Spring 在 JDK 9+ 上通过数据绑定执行远程代码"),
    ("github.com/opencontainers/runc", "CVE-2024-21626", High, 8.6, 0.0512, None, "Container breakout by a leaked file descriptor: the working directory can lie in the host's file system", "泄漏的文件描述符导致容器逃逸：工作目录可位于主机文件系统"),
    ("libwebp7", "CVE-2023-4863", High, 8.8, 0.9412, Some("2023-09-13"), "Heap buffer overflow in libwebp's lossless decoder", "libwebp 无损解码器堆缓冲区溢出"),
    ("golang.org/x/net", "CVE-2023-44487", High, 7.5, 0.9442, Some("2023-10-10"), "HTTP/2 rapid reset: cancelled streams exhaust the server", "HTTP/2 快速重置：被取消的流耗尽服务器资源"),
    ("stdlib", "CVE-2023-44487", High, 7.5, 0.9442, Some("2023-10-10"), "HTTP/2 rapid reset: cancelled streams exhaust the server", "HTTP/2 快速重置：被取消的流耗尽服务器资源"),
    ("google.golang.org/grpc", "CVE-2023-44487", High, 7.5, 0.9442, Some("2023-10-10"), "HTTP/2 rapid reset: cancelled streams exhaust the server", "HTTP/2 快速重置：被取消的流耗尽服务器资源"),
    ("golang.org/x/crypto", "CVE-2023-48795", Medium, 5.9, 0.5931, None, "Terrapin: an attacker in the middle can cut messages from the begin of an SSH session", "Terrapin：中间人可截断 SSH 会话开头的消息"),
    ("libc6", "CVE-2023-6246", High, 7.8, 0.0113, None, "Heap buffer overflow in __vsyslog_internal", "__vsyslog_internal 堆缓冲区溢出"),
    ("libc6", "CVE-2024-2961", High, 8.8, 0.8714, None, "Out-of-bounds write in iconv's ISO-2022-CN-EXT", "iconv 的 ISO-2022-CN-EXT 越界写入"),
    ("curl", "CVE-2023-38545", Critical, 9.8, 0.2644, None, "Heap buffer overflow in the SOCKS5 handshake", "SOCKS5 握手堆缓冲区溢出"),
    ("libcurl4", "CVE-2023-38545", Critical, 9.8, 0.2644, None, "Heap buffer overflow in the SOCKS5 handshake", "SOCKS5 握手堆缓冲区溢出"),
    ("libssl3", "CVE-2024-0727", Medium, 5.5, 0.0042, None, "NULL pointer dereference by a PKCS#12 file", "PKCS#12 文件引发空指针解引用"),
    ("openssl", "CVE-2024-0727", Medium, 5.5, 0.0042, None, "NULL pointer dereference by a PKCS#12 file", "PKCS#12 文件引发空指针解引用"),
    ("zlib1g", "CVE-2023-45853", Critical, 9.8, 0.0091, None, "Integer overflow in MiniZip's zipOpenNewFileInZip4_64", "MiniZip 的 zipOpenNewFileInZip4_64 整数溢出"),
    ("lodash", "CVE-2021-23337", High, 7.2, 0.0071, None, "Command injection by template", "template 函数命令注入"),
    ("lodash", "CVE-2020-8203", High, 7.4, 0.0219, None, "Prototype pollution in zipObjectDeep", "zipObjectDeep 原型污染"),
    ("@babel/traverse", "CVE-2023-45133", Critical, 9.3, 0.0008, None, "Arbitrary code execution when compiling crafted code", "编译恶意代码时执行任意代码"),
    ("ip", "CVE-2023-42282", Critical, 9.8, 0.0017, None, "isPublic takes some private addresses for public ones", "isPublic 将部分私有地址误判为公网地址"),
    ("pillow", "CVE-2023-50447", High, 8.1, 0.0042, None, "Arbitrary code execution by ImageMath.eval", "ImageMath.eval 可执行任意代码"),
    ("axios", "CVE-2023-45857", Medium, 6.5, 0.0019, None, "The XSRF token is sent to other hosts", "XSRF 令牌泄露给其他主机"),
    ("jinja2", "CVE-2024-22195", Medium, 5.4, 0.0011, None, "HTML attribute injection by xmlattr", "xmlattr 过滤器 HTML 属性注入"),
    ("org.yaml:snakeyaml", "CVE-2022-1471", Critical, 9.8, 0.0211, None, "Deserialization of any class by Constructor", "Constructor 反序列化任意类"),
];

const TITLES: &[(&str, &str)] = &[
    ("Heap buffer overflow when a crafted file is read", "读取特制文件时堆缓冲区溢出"),
    ("Use after free in connection handling", "连接处理中的释放后使用"),
    ("Denial of service by unbounded allocation", "无界内存分配导致拒绝服务"),
    ("Out-of-bounds read in the parser", "解析器越界读取"),
    ("Race between check and use", "检查与使用之间的竞争条件"),
    ("Information leak by uninitialised memory", "未初始化内存导致信息泄露"),
];

/// A fixed sequence of numbers (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The report of an image: 60 packages, about 200 findings, one misconfiguration, two errors.
pub(crate) fn image() -> Report {
    report_with(200)
}

/// The same with about so many findings.
pub(crate) fn report_with(findings: usize) -> Report {
    let mut subject = Subject::named(SubjectKind::Image, "registry.example.com/shop/storefront:2.8.1");
    subject.digest = Some(Digest::sha256_of(b"storefront"));
    subject.platform = Some("linux/amd64".to_owned());
    let mut inventory = Inventory::empty(subject);
    inventory.os = Observed::Present(OsRelease::parse(
        "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
    ));
    inventory.layers = layers();
    inventory.packages = PACKAGES.iter().map(|seed| package(seed, &inventory.layers)).collect();
    inventory.declared_only = vec!["app/package-lock.json".to_owned(), "opt/service/pom.xml".to_owned()];
    let errors = vec![
        ScanError::item(
            "unreadable-jar",
            "opt/service/app.jar!BOOT-INF/lib/vendor-crypto-1.0.jar",
            Text::new(
                "the archive's central directory ends at byte 20480 of 40211: the file is truncated; rebuild or replace it",
                "归档的中央目录在第 20480 字节处中断（共 40211 字节）：文件被截断；请重新构建或替换该文件",
            ),
        ),
        ScanError::item(
            "bad-lock-file",
            "app/legacy/yarn.lock",
            Text::new(
                "line 412, column 3: a version without a package name; this entry was skipped",
                "第 412 行第 3 列：缺少软件包名称的版本；已跳过该条目",
            ),
        ),
    ];
    inventory.errors.clone_from(&errors);
    let findings = all_findings(&inventory, findings);
    Report {
        tool: Tool { name: "batten".to_owned(), version: "0.1.0".to_owned() },
        created: "2024-08-20T09:30:00Z".to_owned(),
        coverage: coverage(&inventory),
        inventory,
        database: Some(database()),
        findings,
        errors,
    }
}

fn layers() -> Vec<LayerInfo> {
    let commands = [
        "ADD rootfs.tar.xz /",
        "RUN apt-get install -y nginx curl",
        "COPY gateway runc /usr/local/bin/",
        "COPY app /app",
        "COPY app.jar /opt/service/",
    ];
    commands
        .iter()
        .map(|command| LayerInfo {
            digest: Digest::sha256_of(format!("blob {command}").as_bytes()),
            diff_id: Digest::sha256_of(command.as_bytes()),
            created_by: Some((*command).to_owned()),
            skipped: false,
        })
        .collect()
}

fn package(seed: &Seed, layers: &[LayerInfo]) -> Package {
    let (kind, name, version, _, licence, place) = *seed;
    let layer = match kind {
        Deb if matches!(name, "nginx" | "curl" | "libcurl4" | "libwebp7" | "libtiff6" | "libheif1") => 1,
        Deb => 0,
        Golang | Cargo => 2,
        Maven => 4,
        _ => 3,
    };
    let layer = layers.get(layer).map(|l| l.diff_id.clone());
    let mut package =
        Package::new(kind, name, version, Location { path: place.to_owned(), layer, line: None });
    package.licence = Some(licence.to_owned());
    if kind == Deb {
        package.arch = Some("amd64".to_owned());
        let source = name.trim_end_matches(|c: char| c.is_ascii_digit());
        package.source = Some(SourcePackage { name: source.to_owned(), version: version.to_owned() });
    }
    if kind == Npm {
        let asked_for = (name == "semver").then(|| "@babel/traverse@7.21.0".to_owned());
        package.dependency_path = asked_for.into_iter().chain([format!("{name}@{version}")]).collect();
    }
    package
}

fn all_findings(inventory: &Inventory, wanted: usize) -> Vec<Finding> {
    let mut numbers = Numbers(42);
    let mut out = vec![working_directory(&inventory.subject)];
    for known in KNOWN {
        let (name, id, severity, score, epss, kev, en, zh) = *known;
        let Some(at) = PACKAGES.iter().position(|p| p.1 == name) else { continue };
        let mut finding = finding(inventory, at, id, severity, score, Text::new(en, zh));
        finding.epss = Some(Epss { score: epss, percentile: (0.4 + epss * 0.6).min(1.0) });
        finding.kev =
            kev.and_then(Date::parse).map(|added| Kev { added, due: None, ransomware: score >= 10.0 });
        out.push(finding);
    }
    while out.len() < wanted {
        let at = numbers.below(PACKAGES.len() as u64) as usize;
        let score = 2.0 + numbers.below(79) as f32 / 10.0;
        let severity = if numbers.below(25) == 0 { Severity::Unknown } else { Severity::from_score(score) };
        let (en, zh) = TITLES[numbers.below(TITLES.len() as u64) as usize];
        let id = format!("CVE-{}-{}", 2019 + numbers.below(6), 20_000 + numbers.below(29_999));
        let mut finding = finding(inventory, at, &id, severity, score, Text::new(en, zh));
        if severity == Severity::Unknown {
            finding.cvss.clear();
        }
        if numbers.below(5) > 0 {
            let score = (numbers.below(1000) as f32 / 1000.0).powi(5);
            finding.epss = Some(Epss { score, percentile: score.powf(0.2) });
        }
        out.push(finding);
    }
    out.sort_by_cached_key(|f| (f.urgency(), f.id.clone()));
    out
}

fn finding(
    inventory: &Inventory,
    at: usize,
    id: &str,
    severity: Severity,
    score: f32,
    title: Text,
) -> Finding {
    let (seed, package) = (&PACKAGES[at], &inventory.packages[at]);
    let purl = package.purl(inventory.os.present());
    let fixed: Vec<String> = Some(seed.3).filter(|v| !v.is_empty()).map(str::to_owned).into_iter().collect();
    let status = match (fixed.is_empty(), package.kind, id.len() % 3) {
        (false, ..) => FindingStatus::Fixed,
        (true, Deb, 0) => FindingStatus::NoAdvisory,
        (true, Deb, 1) => FindingStatus::WillNotFix,
        (true, ..) => FindingStatus::Affected,
    };
    let source = match package.kind {
        Deb => format!("debian:{id}"),
        Golang => format!("osv:GO-{}", id.trim_start_matches("CVE-")),
        _ => format!("osv:GHSA-{:x}", id.len() * 7919 + at),
    };
    let (from, to) = (seed.2, fixed.first().map_or("", String::as_str));
    let detail = if to.is_empty() {
        Text::new(format!("{from} is affected, no fixed version"), format!("{from} 受影响，暂无修复版本"))
    } else {
        Text::new(format!("{from} is before {to}"), format!("{from} 早于 {to}"))
    };
    let remediation = if to.is_empty() {
        Text::default()
    } else {
        Text::new(format!("Upgrade {} to {to}.", package.name), format!("将 {} 升级到 {to}。", package.name))
    };
    let symbols = if package.kind == Golang { vec![format!("{}.Serve", package.name)] } else { Vec::new() };
    Finding {
        id: id.to_owned(),
        aliases: if package.kind == Deb {
            Vec::new()
        } else {
            vec![source.trim_start_matches("osv:").to_owned()]
        },
        kind: FindingKind::Vulnerability,
        severity,
        severity_source: if package.kind == Deb { "debian".to_owned() } else { "cvss-3.1".to_owned() },
        cvss: vec![Cvss {
            version: "3.1".to_owned(),
            vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned(),
            score,
            source: "nvd".to_owned(),
        }],
        kev: None,
        epss: None,
        title,
        fingerprint: Fingerprint::of(FindingKind::Vulnerability, id, &inventory.subject, Some(&purl), seed.5),
        package: Some(AffectedPackage::of(package, purl, fixed)),
        locations: package.locations.clone(),
        evidence: vec![Evidence { source, detail, symbols }],
        controls: Vec::new(),
        remediation,
        references: vec![format!("https://nvd.nist.gov/vuln/detail/{id}")],
        status,
    }
}

fn working_directory(subject: &Subject) -> Finding {
    let id = "BATTEN-IMG-0001";
    Finding {
        id: id.to_owned(),
        aliases: vec!["CVE-2024-21626".to_owned()],
        kind: FindingKind::Misconfiguration,
        severity: Critical,
        severity_source: "batten".to_owned(),
        cvss: Vec::new(),
        kev: None,
        epss: None,
        title: Text::new(
            "The image's working directory lies under /proc/self/fd: it makes use of CVE-2024-21626",
            "镜像的工作目录位于 /proc/self/fd 之下：利用了 CVE-2024-21626",
        ),
        package: None,
        locations: vec![Location::at("config.json")],
        evidence: vec![Evidence {
            source: "image-config".to_owned(),
            detail: Text::new("WorkingDir is \"/proc/self/fd/8\"", "WorkingDir 为 \"/proc/self/fd/8\""),
            symbols: Vec::new(),
        }],
        controls: vec!["CIS-DI-0001".to_owned()],
        remediation: Text::new(
            "Do not run this image. Set WORKDIR to a folder of the image, and find out who built it.",
            "请勿运行此镜像。将 WORKDIR 设为镜像内的目录，并查明构建者。",
        ),
        references: vec![
            "https://github.com/opencontainers/runc/security/advisories/GHSA-xr7r-f8xq-vfvv".to_owned(),
        ],
        fingerprint: Fingerprint::of(FindingKind::Misconfiguration, id, subject, None, "config.json"),
        status: FindingStatus::Affected,
    }
}

fn coverage(inventory: &Inventory) -> Vec<Coverage> {
    let count = |kind| inventory.packages.iter().filter(|p| p.kind == kind).count();
    let line = |ecosystem: &str, kind, judged, reason| Coverage {
        ecosystem: ecosystem.to_owned(),
        packages: count(kind),
        judged,
        reason,
        feed_date: if judged == Judged::No { None } else { Date::parse("2024-07-01") },
    };
    vec![
        line(
            "Debian:12",
            Deb,
            Judged::FixedOnly,
            Text::new(
                "the source knows only what has been fixed; what is still open is missing",
                "数据源仅包含已修复的漏洞，尚未修复的不在其中",
            ),
        ),
        line("Go", Golang, Judged::Full, Text::default()),
        line("Maven", Maven, Judged::Full, Text::default()),
        line("PyPI", Pypi, Judged::Full, Text::default()),
        line(
            "crates.io",
            Cargo,
            Judged::No,
            Text::new("the database has no feed for crates.io", "漏洞库中没有 crates.io 的数据"),
        ),
        line("npm", Npm, Judged::Full, Text::default()),
    ]
}

fn database() -> DatabaseInfo {
    let feed = |name: &str, date: &str, records| FeedInfo {
        name: name.to_owned(),
        date: Date::parse(date),
        records,
    };
    DatabaseInfo {
        built: Date::parse("2024-07-02"),
        starter: true,
        sources: vec![
            feed("epss", "2024-07-01", 254_112),
            feed("kev", "2024-06-30", 1_131),
            feed("osv:Debian", "2024-07-01", 48_302),
            feed("osv:Go", "2024-07-01", 2_871),
            feed("osv:Maven", "2024-07-01", 5_322),
            feed("osv:PyPI", "2024-07-01", 14_220),
            feed("osv:npm", "2024-07-01", 15_804),
        ],
    }
}

/// A report in which every text that a stranger can choose tries to do harm.
#[allow(dead_code, reason = "who includes this file uses what it needs")]
pub(crate) fn hostile() -> Report {
    const EVIL: &str = "x\x1b]0;pwned\x07\u{9b}31m\u{202e}<img src=x onerror=\"window.pwned=1\"></script><!--[a](javascript:alert(1))\r\n| `b` \u{2028}漏\u{200b}";
    let mut report = report_with(12);
    let evil = || EVIL.to_owned();
    report.inventory.subject.name = evil();
    report.inventory.subject.platform = Some(evil());
    report.inventory.os = Observed::Present(OsRelease {
        id: evil(),
        id_like: vec![evil()],
        version_id: evil(),
        codename: evil(),
        name: evil(),
    });
    report.inventory.declared_only = vec![evil()];
    for layer in &mut report.inventory.layers {
        layer.created_by = Some(evil());
    }
    for package in &mut report.inventory.packages {
        package.name = format!("{}{EVIL}", package.name);
        package.version = format!("{}{EVIL}", package.version);
        package.vendor = Some(evil());
        package.licence = Some(evil());
        package.dependency_path = [evil(), evil()].into_iter().collect();
        package.locations = vec![Location::at(evil()), Location::at("../../etc/passwd")];
    }
    for coverage in &mut report.coverage {
        coverage.ecosystem = evil();
        coverage.reason = Text::same(evil());
    }
    for error in &mut report.errors {
        error.target = evil();
        error.message = Text::same(evil());
    }
    let packages = report.inventory.packages.clone();
    for (finding, package) in report.findings.iter_mut().zip(&packages) {
        finding.title = Text::same(evil());
        finding.id = format!("{}{EVIL}", finding.id);
        finding.aliases = vec![evil()];
        finding.controls = vec![evil()];
        finding.remediation = Text::same(evil());
        finding.references =
            vec!["javascript:alert(1)".to_owned(), evil(), "https://example.com/a b\"<x>".to_owned()];
        finding.evidence =
            vec![Evidence { source: evil(), detail: Text::same(evil()), symbols: vec![evil()] }];
        finding.locations = package.locations.clone();
        for cvss in &mut finding.cvss {
            cvss.vector = evil();
            cvss.source = evil();
        }
        if finding.package.is_some() {
            finding.package = Some(AffectedPackage::of(package, package.purl(None), vec![evil()]));
        }
    }
    report
}
