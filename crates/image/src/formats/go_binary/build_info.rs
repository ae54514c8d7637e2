//! The text form of Go's `runtime/debug.BuildInfo`: one line each for path, modules and build settings.

use std::borrow::Cow;

/// Most modules and settings that are taken from one program; the largest real ones have about 2,000.
const MAX_LINES: usize = 100_000;

/// What the linker wrote about one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::formats) struct BuildInfo {
    /// Import path of the main package; `command-line-arguments` for files named one by one.
    pub(in crate::formats) path: String,
    /// Module of the main package.
    pub(in crate::formats) main: Option<Module>,
    /// Modules that other packages of the program come from.
    pub(in crate::formats) dependencies: Vec<Module>,
    /// Build settings in the order of the text (`-ldflags`, `CGO_ENABLED`, `vcs.revision` …).
    pub(in crate::formats) settings: Vec<(String, String)>,
}

/// One module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::formats) struct Module {
    /// Module path.
    pub(in crate::formats) path: String,
    /// Version as Go writes it; `(devel)` or empty where Go knew none.
    pub(in crate::formats) version: String,
    /// The module that was built in its place.
    pub(in crate::formats) replacement: Option<Box<Module>>,
}

impl BuildInfo {
    /// The value of a build setting.
    pub(in crate::formats) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Reads the text. Lines of kinds that are not known are passed over, as Go's own reader does.
pub(in crate::formats) fn read(text: &str) -> BuildInfo {
    let mut info = BuildInfo::default();
    let mut last_is_main = false;
    for line in text.lines().take(MAX_LINES) {
        let Some((kind, rest)) = line.split_once('\t') else { continue };
        match kind {
            "path" => info.path = rest.to_owned(),
            "mod" => {
                info.main = Some(module(rest));
                last_is_main = true;
            }
            "dep" => {
                info.dependencies.push(module(rest));
                last_is_main = false;
            }
            "=>" => {
                let replaced = if last_is_main { info.main.as_mut() } else { info.dependencies.last_mut() };
                if let Some(replaced) = replaced {
                    replaced.replacement = Some(Box::new(module(rest)));
                }
            }
            "build" => info.settings.extend(setting(rest)),
            _ => {}
        }
    }
    info.dependencies.retain(|module| !module.path.is_empty());
    info.main = info.main.filter(|module| !module.path.is_empty());
    info
}

/// `path<tab>version[<tab>sum]`
fn module(text: &str) -> Module {
    let mut parts = text.split('\t');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    Module { path: next(), version: next(), replacement: None }
}

/// `key=value`, each of them quoted as Go quotes where it holds spaces, quotes or an equals sign.
fn setting(text: &str) -> Option<(String, String)> {
    let (key, value) = if text.starts_with(['"', '`']) {
        let end = quoted_length(text)?;
        (text.get(..end)?, text.get(end..)?.strip_prefix('=')?)
    } else {
        text.split_once('=')?
    };
    Some((unquote(key)?.into_owned(), unquote(value)?.into_owned()))
}

/// Length of the Go string literal at the start of the text, with its quotes.
fn quoted_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The value of a Go string literal, or the text itself where it is none (`strconv.Unquote`).
fn unquote(text: &str) -> Option<Cow<'_, str>> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.strip_suffix('`').map(Cow::Borrowed);
    }
    let Some(inner) = text.strip_prefix('"') else { return Some(Cow::Borrowed(text)) };
    let inner = inner.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.chars();
    let mut utf8 = [0; 4];
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
            continue;
        }
        match rest.next()? {
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            'x' => out.push(u8::try_from(hex(&mut rest, 2)?).ok()?),
            'u' => {
                out.extend_from_slice(char::from_u32(hex(&mut rest, 4)?)?.encode_utf8(&mut utf8).as_bytes())
            }
            'U' => {
                out.extend_from_slice(char::from_u32(hex(&mut rest, 8)?)?.encode_utf8(&mut utf8).as_bytes())
            }
            other => out.extend_from_slice(other.encode_utf8(&mut utf8).as_bytes()),
        }
    }
    Some(Cow::Owned(String::from_utf8_lossy(&out).into_owned()))
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0u32, |value, _| Some((value << 4) | chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_line() {
        let info = read(
            "path\texample.com/app/cmd/x\nmod\texample.com/app\t(devel)\t\n\
             dep\tgolang.org/x/text\tv0.3.6\th1:a=\ndep\ta.com/b\tv1.0.0\n=>\t../b\t(devel)\t\n\
             build\t-compiler=gc\nbuild\t-ldflags=\"-X main.a=\\\"b c\\\" -X 'main.version=1.2'\"\n\
             build\t\"odd key\"=1\nfuture\tline\n",
        );
        assert_eq!(info.path, "example.com/app/cmd/x");
        assert_eq!(info.main.as_ref().unwrap().version, "(devel)");
        assert_eq!(info.dependencies.len(), 2);
        assert_eq!(info.dependencies[1].replacement.as_ref().unwrap().path, "../b");
        assert_eq!(info.setting("-ldflags"), Some("-X main.a=\"b c\" -X 'main.version=1.2'"));
        assert_eq!(info.setting("odd key"), Some("1"));
        assert_eq!(info.setting("-compiler"), Some("gc"));
    }

    #[test]
    fn the_main_module_can_be_replaced_too() {
        let info = read("mod\ta.com/b\tv1.0.0\t\n=>\tc.com/d\tv2.0.0\th1:x\n");
        assert_eq!(info.main.unwrap().replacement.unwrap().version, "v2.0.0");
    }

    #[test]
    fn damaged_literals_are_passed_over() {
        for text in ["\"a\\", "\"", "`", "\"\\x4\"=1", "\"a\"b=1", "=", ""] {
            read(&format!("build\t{text}\nbuild\tk={text}\n"));
        }
        assert_eq!(read("build\tk=\"\\u00e9\\x41\\\\\"\n").setting("k"), Some("éA\\"));
    }
}
