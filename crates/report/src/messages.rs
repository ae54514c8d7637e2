//! All words of reports, in English and Simplified Chinese: one list, read from top to bottom.
//!
//! `{name}` stands for a value. English that depends on a number gives both forms, `one|other`. A test fails when a
//! text lacks its Chinese, or when the two do not have the same values.

use batten_model::{FindingStatus, Judged, Lang, Severity, SubjectKind};

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Its name in the catalogue: lower case with underscores.
    pub key: &'static str,
    /// English, perhaps as `one|other`.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

impl Message {
    /// The text in `lang`; the form for many where there are two.
    pub fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en.split_once('|').map_or(self.en, |(_, other)| other),
            Lang::ZhCn => self.zh,
        }
    }

    /// The text with `{name}` replaced by each value in turn.
    pub fn with(&self, lang: Lang, values: &[(&str, &str)]) -> String {
        fill(self.get(lang), values)
    }

    /// The text for a number, which is its value `{n}`.
    pub fn count(&self, lang: Lang, n: usize) -> String {
        let text = match (lang, n, self.en.split_once('|')) {
            (Lang::En, 1, Some((one, _))) => one,
            _ => self.get(lang),
        };
        fill(text, &[("n", &grouped(n))])
    }
}

/// Replaces `{name}`; a value's own braces stay as they are.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((front, back)) = rest.split_once('{') {
        out.push_str(front);
        let (name, after) = back.split_once('}').unwrap_or((back, ""));
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A number with a comma before each three digits.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])* $name:ident $key:ident = $en:literal, $zh:literal;)*) => {
        $($(#[doc = $doc])* #[doc = $en]
        pub const $name: Message = Message { key: stringify!($key), en: $en, zh: $zh };)*
        /// The whole catalogue, in the order of its list.
        pub const ALL: &[Message] = &[$($name),*];
    };
}

catalogue! {
    // Subjects.
    IMAGE image = "image", "镜像";
    FOLDER folder = "folder", "目录";
    HOST host = "host", "主机";
    // Severities, in the order of urgency.
    CRITICAL critical = "critical", "严重";
    HIGH high = "high", "高危";
    MEDIUM medium = "medium", "中危";
    LOW low = "low", "低危";
    NONE none = "none", "无害";
    UNKNOWN unknown = "unknown", "未知";
    // Header.
    OS os = "OS", "系统";
    KERNEL kernel = "Kernel", "内核";
    PACKAGES packages = "Packages", "软件包";
    DATABASE database = "Database", "漏洞库";
    OS_UNKNOWN os_unknown = "unknown: {why}", "未知：{why}";
    OS_ABSENT os_absent = "no distribution found", "未发现发行版信息";
    LIVE_PATCHES live_patches = "live patches: {names}", "热补丁：{names}";
    LIVE_PATCHES_UNKNOWN live_patches_unknown = "live patches unknown: {why}", "热补丁未知：{why}";
    DATABASE_BUILT database_built = "of {date}", "{date}";
    DATABASE_UNDATED database_undated = "without a date", "无日期";
    DATABASE_STARTER database_starter = "starter database that came with Batten", "随 Batten 附带的初始漏洞库";
    DATABASE_AGE database_age = "{n} day old|{n} days old", "已有 {n} 天";
    DATABASE_OLD database_old =
        "The database is old: vulnerabilities published since are missing. `batten db update` renews it.",
        "漏洞库已过期：此后公布的漏洞不在其中。请运行 `batten db update` 更新。";
    DATABASE_NONE database_none = "none: packages are listed, not judged", "未使用：仅列出软件包，未判断漏洞";
    // Packages and findings.
    SEVERITY severity = "Severity", "级别";
    PACKAGE package = "Package", "软件包";
    TYPE kind = "Type", "类型";
    INSTALLED installed = "Installed", "已装版本";
    FIXED_IN fixed_in = "Fixed in", "修复版本";
    FINDINGS findings = "Findings", "问题";
    LICENCE licence = "Licence", "许可证";
    WHERE place = "Where", "位置";
    SCORE score = "CVSS", "CVSS";
    EPSS epss = "EPSS", "EPSS";
    KEV kev = "KEV", "KEV";
    EXPLOITED exploited = "exploited", "已被利用";
    MORE more = "{n} more|{n} more", "另 {n} 个";
    PLACES places = "{n} place|{n} places", "{n} 处";
    FIXABLE fixable = "{n} fixable", "{n} 个可修复";
    VULNERABILITIES vulnerabilities = "Vulnerabilities", "漏洞";
    VULNERABLE_PACKAGES vulnerable_packages =
        "{n} vulnerable package, the most urgent first|{n} vulnerable packages, the most urgent first",
        "{n} 个软件包存在漏洞，最紧急的在前";
    MISCONFIGURATIONS misconfigurations = "Configuration", "配置问题";
    REMEDIATION remediation = "What to do", "处置建议";
    EVIDENCE evidence = "Why", "依据";
    // States of a finding.
    STATUS_FIXED status_fixed = "fixed version exists", "已有修复版本";
    STATUS_AFFECTED status_affected = "no fix yet", "暂无修复";
    STATUS_NO_ADVISORY status_no_advisory = "no advisory planned", "不发布公告";
    STATUS_POSTPONED status_postponed = "fix postponed", "修复推迟";
    STATUS_WILL_NOT_FIX status_will_not_fix = "will not be fixed", "不会修复";
    STATUS_END_OF_LIFE status_end_of_life = "end of life", "已停止支持";
    STATUS_UNDETERMINED status_undetermined = "not decided yet", "尚未判定";
    // Coverage.
    COVERAGE coverage = "Coverage", "判断范围";
    PACKAGES_N packages_n = "{n} package|{n} packages", "{n} 个软件包";
    JUDGED_FULL judged_full = "judged", "已判断";
    JUDGED_FIXED_ONLY judged_fixed_only = "fixed versions only", "仅含已修复的漏洞";
    JUDGED_PARTIAL judged_partial = "judged by a selection of advisories", "仅按部分公告判断";
    JUDGED_NO judged_no = "not judged", "未判断";
    FEED_OF feed_of = "feed of {date}", "数据日期 {date}";
    DECLARED_ONLY declared_only =
        "{n} lock file only declares packages and was left out (--declared lists them)|{n} lock files only declare packages and were left out (--declared lists them)",
        "{n} 个锁文件仅声明软件包，未计入（--declared 可列出）";
    // Errors.
    ERRORS errors = "Errors", "错误";
    ERRORS_MORE errors_more = "{n} more; --detail or --format json shows them|{n} more; --detail or --format json shows them",
        "另有 {n} 个；使用 --detail 或 --format json 查看";
    FATAL fatal = "incomplete", "结果不完整";
    // Summary.
    SUMMARY summary = "Summary", "摘要";
    NO_FINDINGS no_findings = "Nothing known to be wrong in what was judged.", "在已判断的范围内未发现已知问题。";
    NOTHING_JUDGED nothing_judged = "Nothing could be judged: this is not a clean result.",
        "没有任何内容可以判断：这不代表没有问题。";
    FINDINGS_N findings_n = "{n} finding|{n} findings", "{n} 个问题";
    EXPLOITED_N exploited_n = "{n} known to be exploited", "{n} 个已知被利用";
    UNJUDGED_N unjudged_n = "{n} package not judged|{n} packages not judged", "{n} 个软件包未判断";
    ERRORS_N errors_n = "{n} error|{n} errors", "{n} 个错误";
    PACKAGES_NONE packages_none = "No packages found.", "未发现软件包。";
    DECLARED declared = "declared", "仅声明";
    // The page.
    PAGE_TITLE page_title = "Security report", "安全报告";
    SKIP skip = "Skip to the findings", "跳到问题列表";
    SUBJECT subject = "Subject", "扫描对象";
    LANGUAGE language = "Language", "语言";
    THEME theme = "Light or dark", "浅色或深色";
    PRINT print = "Print", "打印";
    VULNERABILITY vulnerability = "Vulnerability", "漏洞";
    MISCONFIGURATION misconfiguration = "Misconfiguration", "配置问题";
    SCANNED scanned = "Scanned {date}", "扫描于 {date}";
    DATABASE_OF database_of = "Database {date}", "漏洞库 {date}";
    DATABASE_OLD_TITLE database_old_title = "The database is {n} day old|The database is {n} days old", "漏洞库已有 {n} 天";
    DATABASE_OLD_BODY database_old_body = "Vulnerabilities published since are missing. Renew it with: batten db update", "此后公布的漏洞不在其中。更新命令：batten db update";
    UNJUDGED_TITLE unjudged_title = "{n} package could not be judged|{n} packages could not be judged", "{n} 个软件包无法判断";
    UNJUDGED_BODY unjudged_body = "No advisory source covers them: {names}. That is not the same as clean.", "没有数据源覆盖：{names}。这不代表没有问题。";
    PARTLY_TITLE partly_title = "Judged in part: {names}", "部分判断：{names}";
    PARTLY_BODY partly_body = "The source knows only what has been fixed; what is still open is missing.", "数据源仅包含已修复的漏洞，尚未修复的不在其中。";
    SELECTION_TITLE selection_title = "Judged by a selection of advisories: {names}", "仅按部分公告判断：{names}";
    SELECTION_BODY selection_body = "The database knows only some of the advisories; `batten db update` brings all of them.", "数据库只包含部分公告；`batten db update` 可获取全部。";
    ERRORS_TITLE errors_title = "{n} item could not be read|{n} items could not be read", "{n} 项无法读取";
    FATAL_TITLE fatal_title = "This report is incomplete", "此报告不完整";
    CRITICAL_HIGH critical_high = "Critical and high", "严重与高危";
    KNOWN_EXPLOITED known_exploited = "Known to be exploited", "已知被利用";
    KEV_NOTE kev_note = "listed by CISA", "CISA 已收录";
    FIXED_VERSION_EXISTS fixed_version_exists = "Fixed version exists", "已有修复版本";
    OF_FINDINGS of_findings = "{share} of the findings", "占全部问题的 {share}";
    VULNERABLE vulnerable = "Vulnerable packages", "有漏洞的软件包";
    OF_PACKAGES of_packages = "of {n}", "共 {n} 个";
    NOT_JUDGED not_judged = "Packages not judged", "未判断的软件包";
    ALL_JUDGED all_judged = "all have an advisory source", "均有数据源覆盖";
    NO_SOURCE no_source = "no advisory source", "无数据源";
    DO_FIRST do_first = "What to do first", "优先处理";
    DO_FIRST_NOTE do_first_note = "Ordered by known exploitation, severity and likelihood", "按已知利用、级别与可能性排序";
    UPGRADE upgrade = "Upgrade to {version}", "升级到 {version}";
    REMOVES removes = "{n} finding|{n} findings", "{n} 个问题";
    BY_SEVERITY by_severity = "Findings by severity", "问题级别分布";
    LIKELIHOOD likelihood = "Likelihood and severity", "可能性与级别";
    LIKELIHOOD_NOTE likelihood_note = "EPSS: probability of exploitation within 30 days. Ringed: known to be exploited", "EPSS：30 天内被利用的概率。带圈：已知被利用";
    NOT_PLOTTED not_plotted = "{n} without EPSS or severity left out|{n} without EPSS or severity left out", "{n} 个无 EPSS 或级别，未显示";
    ACT_NOW act_now = "act now", "立即处理";
    BY_TYPE by_type = "Packages by ecosystem", "软件包生态分布";
    BY_TYPE_NOTE by_type_note = "Solid: with findings", "深色：存在问题";
    BY_LAYER by_layer = "Findings by image layer", "镜像层问题分布";
    BY_PACKAGE by_package = "Packages with most findings", "问题最多的软件包";
    LAYER layer = "Layer", "镜像层";
    LAYER_N layer_n = "Layer {n}", "第 {n} 层";
    SEARCH search = "Search", "搜索";
    SEARCH_HINT search_hint = "Search for a CVE, package, path or title", "搜索 CVE、软件包、路径或标题";
    FINDING_KIND finding_kind = "Kind", "类别";
    ALL_KINDS all_kinds = "All kinds", "全部类别";
    ALL_TYPES all_types = "All ecosystems", "全部生态";
    ALL_LAYERS all_layers = "All layers", "全部镜像层";
    ONLY_FIXABLE only_fixable = "Fixable", "可修复";
    ONLY_EXPLOITED only_exploited = "Exploited", "已被利用";
    CLEAR clear = "Clear", "清除";
    SHOWN shown = "{shown} of {all}", "{shown} / {all}";
    NO_MATCH no_match = "Nothing matches these filters.", "没有符合筛选条件的问题。";
    PAGES pages = "Pages", "分页";
    PAGE_OF page_of = "Page {page} of {all}", "第 {page} / {all} 页";
    PREVIOUS previous = "Previous", "上一页";
    NEXT next = "Next", "下一页";
    EARLIER earlier = "Previous finding", "上一个问题";
    LATER later = "Next finding", "下一个问题";
    CLOSE close = "Close", "关闭";
    VULNERABILITY_COLUMN vulnerability_column = "Finding", "问题";
    STATUS status = "State", "状态";
    SEVERITY_BY severity_by = "according to {source}", "依据 {source}";
    PERCENTILE percentile = "{score} within 30 days, higher than {share} of all", "30 天内 {score}，高于全部漏洞的 {share}";
    KEV_ADDED kev_added = "listed {date}", "{date} 收录";
    KEV_DUE kev_due = "due {date}", "期限 {date}";
    KEV_RANSOMWARE kev_ransomware = "used by ransomware", "被勒索软件利用";
    SYMBOLS symbols = "Symbols", "符号";
    LINE_N line_n = "line {n}", "第 {n} 行";
    DEPENDENCY_PATH dependency_path = "Why it is there", "依赖路径";
    OWNER owner = "Installed by", "所属系统包";
    ALIASES aliases = "Also known as", "别名";
    REFERENCES references = "References", "参考链接";
    CONTROLS controls = "Controls", "控制项";
    FINGERPRINT fingerprint = "Fingerprint", "指纹";
    ALSO_IN also_in = "Also in", "同时影响";
    ECOSYSTEM ecosystem = "Ecosystem", "生态";
    JUDGEMENT judgement = "Judgement", "判断";
    FEED_DATE feed_date = "Feed", "数据日期";
    REASON reason = "Reason", "原因";
    DECLARED_FILES declared_files = "Lock files that only declare packages, left out", "仅声明软件包的锁文件（未计入）";
    INVENTORY inventory = "Inventory", "软件清单";
    INVENTORY_HINT inventory_hint = "Search for a package, licence or path", "搜索软件包、许可证或路径";
    FEEDS feeds = "Sources of the database", "漏洞库数据源";
    FEED feed = "Feed", "数据源";
    DATE date = "Date", "日期";
    RECORDS records = "Records", "记录数";
    MADE_BY made_by = "Made by {tool} {version}", "由 {tool} {version} 生成";
    SELF_CONTAINED self_contained = "This file is complete in itself and asks nothing of any network.", "此文件自包含，不访问任何网络。";
    OPEN_DETAILS open_details = "Details of {id}", "{id} 的详情";
    SORT_BY sort_by = "Sort by {column}", "按{column}排序";
}

/// The word for a subject's kind.
pub fn subject_kind(kind: SubjectKind) -> Message {
    match kind {
        SubjectKind::Image => IMAGE,
        SubjectKind::Fs => FOLDER,
        SubjectKind::Host => HOST,
    }
}

/// The word for a severity.
pub fn severity(severity: Severity) -> Message {
    match severity {
        Severity::Critical => CRITICAL,
        Severity::High => HIGH,
        Severity::Medium => MEDIUM,
        Severity::Low => LOW,
        Severity::None => NONE,
        Severity::Unknown => UNKNOWN,
    }
}

/// The words for a finding's state.
pub fn status(status: FindingStatus) -> Message {
    match status {
        FindingStatus::Fixed => STATUS_FIXED,
        FindingStatus::Affected => STATUS_AFFECTED,
        FindingStatus::NoAdvisory => STATUS_NO_ADVISORY,
        FindingStatus::Postponed => STATUS_POSTPONED,
        FindingStatus::WillNotFix => STATUS_WILL_NOT_FIX,
        FindingStatus::EndOfLife => STATUS_END_OF_LIFE,
        FindingStatus::Undetermined => STATUS_UNDETERMINED,
    }
}

/// The words for how far packages were judged.
pub fn judged(judged: Judged) -> Message {
    match judged {
        Judged::Full => JUDGED_FULL,
        Judged::FixedOnly => JUDGED_FIXED_ONLY,
        Judged::Partial => JUDGED_PARTIAL,
        Judged::No => JUDGED_NO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Abbreviations that Chinese takes over.
    const SAME: &[&str] = &["CVSS", "EPSS", "KEV", "{date}", "{shown} / {all}"];

    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
    }

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
    }

    #[test]
    fn every_text_has_its_chinese() {
        let mut keys = BTreeSet::new();
        for message in ALL {
            assert!(keys.insert(message.key), "{} is there twice", message.key);
            assert!(!message.en.is_empty() && !message.zh.is_empty(), "{}", message.key);
            assert!(!is_chinese(message.en), "{}: Chinese in its English", message.key);
            assert!(
                is_chinese(message.zh) || SAME.contains(&message.zh),
                "{} lacks its Chinese",
                message.key
            );
            for form in message.en.split('|') {
                assert!(values(form).is_subset(&values(message.zh)), "{}: values differ", message.key);
            }
            assert_eq!(values(message.en), values(message.zh), "{}: values differ", message.key);
        }
    }

    #[test]
    fn numbers_and_values() {
        assert_eq!(PACKAGES_N.count(Lang::En, 1), "1 package");
        assert_eq!(PACKAGES_N.count(Lang::En, 1_234_567), "1,234,567 packages");
        assert_eq!(PACKAGES_N.count(Lang::ZhCn, 1), "1 个软件包");
        assert_eq!(OS_UNKNOWN.with(Lang::En, &[("why", "a {why} b")]), "unknown: a {why} b");
    }
}
