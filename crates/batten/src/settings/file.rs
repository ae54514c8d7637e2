//! `batten.yaml`: read as a tree with positions, so that each mistake names its line and column.

use super::keys::{KEYS, Key};
use super::{Mistake, Settings};
use batten_model::{Text, edit_distance};
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use std::path::Path;

/// A settings file is written by hand; what is larger is no settings file.
const MAX_BYTES: u64 = 1 << 20;

/// Reads the file into `settings` and adds what is wrong with it to `mistakes`.
pub(super) fn read(path: &Path, settings: &mut Settings, mistakes: &mut Vec<Mistake>) {
    let name = path.display().to_string();
    let text = match read_text(path) {
        Ok(text) => text,
        Err(message) => return mistakes.push(Mistake { place: name, message }),
    };
    let documents = match MarkedYaml::load_from_str(&text) {
        Ok(documents) => documents,
        Err(error) => {
            let marker = error.marker();
            let place = format!("{name}:{}:{}", marker.line(), marker.col() + 1);
            let message = Text::new(
                format!("is no readable YAML: {}", error.info()),
                format!("不是可读的 YAML：{}", error.info()),
            );
            return mistakes.push(Mistake { place, message });
        }
    };
    let mut reader = Reader { name: &name, settings, mistakes };
    match documents.as_slice() {
        [] => {}
        [document] => reader.mapping(document, ""),
        [_, second, ..] => {
            reader.mistake(
                second,
                Text::new("is a second document; one is read", "是第二个文档；只能有一个文档"),
            );
        }
    }
}

fn read_text(path: &Path) -> Result<String, Text> {
    let cannot =
        |error: std::io::Error| Text::new(format!("cannot be read: {error}"), format!("无法读取：{error}"));
    let length = std::fs::metadata(path).map_err(cannot)?.len();
    if length > MAX_BYTES {
        return Err(Text::new(
            format!("has {length} bytes; a settings file has at most {MAX_BYTES}"),
            format!("有 {length} 字节；设置文件最多 {MAX_BYTES} 字节"),
        ));
    }
    std::fs::read_to_string(path).map_err(cannot)
}

struct Reader<'a> {
    name: &'a str,
    settings: &'a mut Settings,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(&mut self, node: &MarkedYaml<'_>, message: Text) {
        let start = node.span.start;
        let place = format!("{}:{}:{}", self.name, start.line(), start.col() + 1);
        self.mistakes.push(Mistake { place, message });
    }

    /// Reads a mapping whose keys continue `prefix`.
    fn mapping(&mut self, node: &MarkedYaml<'_>, prefix: &str) {
        let entries = match &node.data {
            YamlData::Mapping(entries) => entries,
            YamlData::Value(Scalar::Null) => return,
            _ => return self.mistake(node, Text::new("is no mapping of keys to values", "不是键值映射")),
        };
        for (key_node, value) in entries {
            let Some(key) = scalar(key_node) else {
                self.mistake(key_node, Text::new("is no key", "不是键"));
                continue;
            };
            let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            self.entry(key_node, value, &path);
        }
    }

    fn entry(&mut self, key_node: &MarkedYaml<'_>, value: &MarkedYaml<'_>, path: &str) {
        if let Some(key) = KEYS.iter().find(|key| key.path == path) {
            return self.value(key, None, value);
        }
        let parent = path.rsplit_once('.').map(|(parent, name)| (format!("{parent}.*"), name));
        if let Some((wildcard, name)) = parent
            && let Some(key) = KEYS.iter().find(|key| key.path == wildcard)
        {
            return self.value(key, Some(name), value);
        }
        let folder = format!("{path}.");
        if KEYS.iter().any(|key| key.path.starts_with(&folder)) {
            return self.mapping(value, path);
        }
        self.mistake(key_node, unknown_key(path));
    }

    fn value(&mut self, key: &Key, name: Option<&str>, node: &MarkedYaml<'_>) {
        let Some(text) = value_text(node) else {
            let message = Text::new("is neither a value nor a list of values", "既不是值也不是值的列表");
            return self.mistake(node, message);
        };
        let result = match name {
            Some(name) => key.set_named(self.settings, name, &text),
            None => key.set(self.settings, &text),
        };
        if let Err(message) = result {
            self.mistake(node, message);
        }
    }
}

/// The text of a scalar, or of a sequence of scalars joined by commas.
fn value_text(node: &MarkedYaml<'_>) -> Option<String> {
    match &node.data {
        YamlData::Sequence(items) => {
            items.iter().map(scalar).collect::<Option<Vec<String>>>().map(|parts| parts.join(","))
        }
        _ => scalar(node),
    }
}

fn scalar(node: &MarkedYaml<'_>) -> Option<String> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        YamlData::Value(Scalar::Boolean(value)) => Some(value.to_string()),
        YamlData::Value(Scalar::Integer(value)) => Some(value.to_string()),
        YamlData::Representation(text, ..) => Some(text.to_string()),
        _ => None,
    }
}

/// Says what the nearest key is called.
fn unknown_key(path: &str) -> Text {
    let nearest = KEYS.iter().map(|key| key.path).min_by_key(|known| edit_distance(path, known));
    match nearest.filter(|known| edit_distance(path, known) <= 4) {
        Some(known) => Text::new(
            format!("{path} is no setting; is {known} meant?"),
            format!("{path} 不是有效的设置；是否指 {known}？"),
        ),
        None => Text::new(
            format!("{path} is no setting; `batten config` lists them"),
            format!("{path} 不是有效的设置；可用 `batten config` 查看全部设置"),
        ),
    }
}
