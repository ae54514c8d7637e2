//! Base scores of CVSS vectors: versions 2.0, 3.0, 3.1 and 4.0 (FIRST, specification documents).
//!
//! Only base metrics count. Feeds publish temporal, threat and environmental metrics now and then; they hold for one
//! day or one site, and a score with them could not be compared with others.

use batten_model::Localized;

/// Longest vector that is read; a 4.0 vector with every metric has some 220 bytes.
const MAX_VECTOR_BYTES: usize = 512;

/// A vector's version and base score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseScore {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: &'static str,
    /// 0.0 to 10.0, with one decimal.
    pub score: f32,
}

/// Why a text is no CVSS vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{vector:?} is no CVSS vector: {}", .fault.en())]
pub struct CvssError {
    /// The text, clipped.
    pub vector: String,
    /// What is wrong.
    pub fault: CvssFault,
}

/// What is wrong with a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CvssFault {
    /// Longer than 512 bytes.
    TooLong,
    /// A version that there is not.
    Version,
    /// A base metric is missing, given twice, or has a value that there is not.
    Metric(&'static str),
}

impl CvssFault {
    fn en(&self) -> String {
        match self {
            CvssFault::TooLong => "it is longer than 512 bytes".to_owned(),
            CvssFault::Version => "its version is not 2.0, 3.0, 3.1 or 4.0".to_owned(),
            CvssFault::Metric(name) => {
                format!("its base metric {name} is missing, given twice, or has an unknown value")
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            CvssFault::TooLong => "超过 512 字节".to_owned(),
            CvssFault::Version => "版本不是 2.0、3.0、3.1 或 4.0".to_owned(),
            CvssFault::Metric(name) => format!("基础指标 {name} 缺失、重复或取值未知"),
        }
    }
}

impl Localized for CvssError {
    fn zh(&self) -> String {
        format!("{:?} 不是 CVSS 向量：{}", self.vector, self.fault.zh())
    }
}

/// The base metrics of one version with their values.
struct Scheme {
    version: &'static str,
    prefix: &'static str,
    metrics: &'static [(&'static str, &'static str)],
}

const V2: Scheme = Scheme {
    version: "2.0",
    prefix: "",
    metrics: &[("AV", "LAN"), ("AC", "HML"), ("Au", "MSN"), ("C", "NPC"), ("I", "NPC"), ("A", "NPC")],
};

const V3_METRICS: &[(&str, &str)] = &[
    ("AV", "NALP"),
    ("AC", "LH"),
    ("PR", "NLH"),
    ("UI", "NR"),
    ("S", "UC"),
    ("C", "HLN"),
    ("I", "HLN"),
    ("A", "HLN"),
];

const V4: Scheme = Scheme {
    version: "4.0",
    prefix: "CVSS:4.0/",
    metrics: &[
        ("AV", "NALP"),
        ("AC", "LH"),
        ("AT", "NP"),
        ("PR", "NLH"),
        ("UI", "NPA"),
        ("VC", "HLN"),
        ("VI", "HLN"),
        ("VA", "HLN"),
        ("SC", "HLN"),
        ("SI", "HLN"),
        ("SA", "HLN"),
    ],
};

/// Scores a vector. Version 2.0 vectors come bare, in parentheses or behind `CVSS2#`; the others with their prefix.
pub fn base_score(vector: &str) -> Result<BaseScore, CvssError> {
    let fail = |fault| CvssError { vector: vector.chars().take(120).collect(), fault };
    if vector.len() > MAX_VECTOR_BYTES {
        return Err(fail(CvssFault::TooLong));
    }
    let text = vector.trim().trim_start_matches('(').trim_end_matches(')');
    let text = text.strip_prefix("CVSS2#").or_else(|| text.strip_prefix("CVSS:2.0/")).unwrap_or(text);
    let (scheme, metrics) = match text.strip_prefix("CVSS:") {
        None => (V2, text),
        Some(rest) => match rest.split_once('/') {
            Some(("3.0", metrics)) => {
                (Scheme { version: "3.0", prefix: "CVSS:3.0/", metrics: V3_METRICS }, metrics)
            }
            Some(("3.1", metrics)) => {
                (Scheme { version: "3.1", prefix: "CVSS:3.1/", metrics: V3_METRICS }, metrics)
            }
            Some(("4.0", metrics)) => (V4, metrics),
            _ => return Err(fail(CvssFault::Version)),
        },
    };
    let base = scheme.base_vector(metrics).map_err(|name| fail(CvssFault::Metric(name)))?;
    // Every metric and value has been looked at, so the scorer takes it.
    let scored: cvss::Cvss = base.parse().map_err(|_| fail(CvssFault::Version))?;
    let tenths = (scored.score().clamp(0.0, 10.0) * 10.0).round();
    Ok(BaseScore { version: scheme.version, score: tenths as f32 / 10.0 })
}

impl Scheme {
    /// The vector with base metrics only, in the specification's order; or the metric that is wrong.
    fn base_vector(&self, metrics: &str) -> Result<String, &'static str> {
        let mut out = String::with_capacity(64);
        out.push_str(self.prefix);
        for (at, (name, values)) in self.metrics.iter().enumerate() {
            let mut given = metrics
                .split('/')
                .filter_map(|metric| metric.split_once(':'))
                .filter(|(metric, _)| metric == name)
                .map(|(_, value)| value);
            let value = given.next().ok_or(*name)?;
            if given.next().is_some() || value.len() != 1 || !values.contains(value) {
                return Err(name);
            }
            if at > 0 {
                out.push('/');
            }
            out.push_str(name);
            out.push(':');
            out.push_str(value);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// FIRST's examples: "CVSS v2.0 Complete Guide", section 3.3; "CVSS v3.1 Examples"; "CVSS v4.0 Examples".
    #[test]
    fn published_examples() {
        for (vector, score) in [
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
            ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 10.0),
            ("CVSS2#AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC", 6.2),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
            ("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 8.6),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N/E:F/RL:X/MAV:L", 3.1),
            ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
            ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 7.7),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.8),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:P/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ] {
            assert_eq!(base_score(vector).map(|s| s.score), Ok(score), "{vector}");
        }
        assert_eq!(base_score("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N").unwrap().version, "3.0");
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        for vector in [
            "",
            "CVSS:3.1",
            "CVSS:5.0/AV:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L",
            "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
            "CVSS:4.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
            "7.5",
        ] {
            let error = base_score(vector).unwrap_err();
            assert!(!error.to_string().is_empty() && error.zh().contains("CVSS"), "{vector}");
        }
        assert_eq!(base_score(&"A".repeat(600)).unwrap_err().fault, CvssFault::TooLong);
    }

    proptest! {
        #[test]
        fn every_base_vector_has_a_score(picks in prop::collection::vec(0usize..4, 11), version in 0usize..4) {
            let v3 = |version, prefix| Scheme { version, prefix, metrics: V3_METRICS };
            let scheme = [V2, v3("3.0", "CVSS:3.0/"), v3("3.1", "CVSS:3.1/"), V4].into_iter().nth(version).unwrap();
            let metrics: Vec<String> = scheme.metrics.iter().zip(&picks).map(|((name, values), pick)| {
                format!("{name}:{}", values.chars().nth(pick % values.len()).unwrap())
            }).collect();
            let scored = base_score(&format!("{}{}", scheme.prefix, metrics.join("/"))).unwrap();
            prop_assert!((0.0..=10.0).contains(&scored.score) && scored.version == scheme.version);
        }

        #[test]
        fn nothing_panics(text in "(CVSS:[34]\\.[01]/)?([A-Za-z]{1,2}:[A-Z]/?){0,14}", wild in any::<String>()) {
            let _ = (base_score(&text), base_score(&wild));
        }
    }
}
