//! Documents too large for a tree: fields and entries one by one, as they come.

use super::{Key, malformed, skip_seq};
use crate::formats::FormatError;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What takes the fields of a document's outermost object as they come, so that no tree of the whole is needed.
pub(crate) trait Fields<'a> {
    /// Reads the value of `key` from `map`, or skips it.
    fn field<A: MapAccess<'a>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a document, which is an object, field by field; `words` names the format in the error.
pub(crate) fn read_fields<'a>(
    text: &'a str,
    words: &'static str,
    fields: &mut impl Fields<'a>,
) -> Result<(), FormatError> {
    struct V<'f, F>(&'f mut F);
    impl<'de, F: Fields<'de>> Visitor<'de> for V<'_, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Key<'de>>()? {
                self.0.field(&key.0, &mut map)?;
            }
            Ok(())
        }
    }
    let mut document = serde_json::Deserializer::from_str(text);
    let read = document.deserialize_map(V(fields)).and_then(|()| document.end());
    read.map_err(|error| malformed(&error, words))
}

/// Skips the value of a field.
pub(crate) fn skip<'a, A: MapAccess<'a>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

/// Gives the entries of an object one by one to `take`; anything else has none.
pub(crate) fn each_entry<'a, A: MapAccess<'a>, T: Deserialize<'a>>(
    map: &mut A,
    take: impl FnMut(Cow<'a, str>, T),
) -> Result<(), A::Error> {
    map.next_value_seed(EachEntry { take, value: PhantomData })
}

struct EachEntry<F, T> {
    take: F,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(Cow<'de, str>, T)> DeserializeSeed<'de> for EachEntry<F, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(Cow<'de, str>, T)> Visitor<'de> for EachEntry<F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    absent!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        skip_seq(seq)
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<Key<'de>, T>()? {
            (self.take)(key.0, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    struct Seen(Vec<String>);

    impl<'a> Fields<'a> for Seen {
        fn field<A: MapAccess<'a>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
            match key {
                "a" => each_entry(map, |key, value: Text<'a>| {
                    self.0.push(format!("{key} {:?}", value.get()));
                }),
                _ => skip(map),
            }
        }
    }

    #[test]
    fn entries_come_one_by_one() {
        let mut seen = Seen(Vec::new());
        read_fields(r#"{"a": {"x": "1", "y": [2]}, "b": {"z": 3}, "a": 7, "a": [{}]}"#, "x", &mut seen)
            .unwrap();
        assert_eq!(seen.0, ["x Some(\"1\")", "y None"]);
        for bad in ["[]", "3", "{} {}", "{\"a\": {\"x\": }}"] {
            let error = read_fields(bad, "x", &mut seen).unwrap_err().to_string();
            assert!(error.contains("line 1 column"), "{error}");
        }
    }
}
