//! Words for people, in every language that Batten speaks.

use serde::{Serialize, Serializer};

/// A language that people read. Machine formats are always English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Lang {
    /// The language that a locale or a flag names (`zh-CN`, `zh_CN.UTF-8`, `en`, `C` …); `None` for others.
    pub fn parse(name: &str) -> Option<Lang> {
        let tag = name.split(['.', '@']).next().unwrap_or_default().replace('_', "-").to_ascii_lowercase();
        match tag.split('-').next().unwrap_or_default() {
            "zh" => Some(Lang::ZhCn),
            "en" | "c" | "posix" => Some(Lang::En),
            _ => None,
        }
    }

    /// The BCP 47 tag, as `--lang` and HTML's `lang` take it.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }
}

/// One text in every language. It serializes as its English, because machine formats are English.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Text {
    /// A text from its two languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Text {
        Text { en: en.into(), zh: zh.into() }
    }

    /// A text that is the same in each language: a name, a number, a path.
    pub fn same(text: impl Into<String>) -> Text {
        let en = text.into();
        Text { zh: en.clone(), en }
    }

    /// The text in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::ZhCn => &self.zh,
        }
    }

    /// True where nothing is to be said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.en)
    }
}

/// True for characters that change how other text is shown and show nothing themselves: C0 and C1 controls,
/// bidirectional controls (UAX #9), zero-width characters, line and paragraph separators, soft hyphens, invisible
/// operators, fillers, interlinear annotations, variation selectors' supplement and tags.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Insertions, removals and replacements of characters between two texts (Levenshtein distance), of which the first 64
/// characters count: enough to propose the name that a person meant.
pub fn edit_distance(left: &str, right: &str) -> usize {
    const MAX: usize = 64;
    let right: Vec<char> = right.chars().take(MAX).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, wanted) in left.chars().take(MAX).enumerate() {
        let (mut diagonal, mut before) = (at, at + 1);
        for (c, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(wanted != *c)).min(before + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, here);
            before = here;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_between_names_are_counted() {
        let cases =
            [("abc", "abc", 0), ("", "ab", 2), ("ab", "", 2), ("kitten", "sitting", 3), ("é", "e", 1)];
        for (left, right, wanted) in cases {
            assert_eq!(edit_distance(left, right), wanted, "{left} {right}");
        }
    }

    #[test]
    fn locales_name_languages() {
        assert_eq!(Lang::parse("zh_CN.UTF-8"), Some(Lang::ZhCn));
        assert_eq!(Lang::parse("zh-CN"), Some(Lang::ZhCn));
        assert_eq!(Lang::parse("en_GB"), Some(Lang::En));
        assert_eq!(Lang::parse("C.UTF-8"), Some(Lang::En));
        assert_eq!(Lang::parse("de_DE"), None);
    }

    #[test]
    fn texts_serialize_as_english() {
        assert_eq!(serde_json::to_string(&Text::new("old", "旧")).unwrap(), "\"old\"");
    }
}
