//! JSON of which only some fields matter, and none may spoil the others: a value of an unexpected type reads as
//! absent, so that only a syntax error loses a file. Texts are borrowed where they hold no escapes.

use crate::formats::FormatError;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The visits that give nothing for a type that wants something else.
macro_rules! absent {
    ($($visit:ident($value:ty)),*) => {
        $(fn $visit<E>(self, _: $value) -> Result<Self::Value, E> { Ok(Self::Value::default()) })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
    };
}

/// Reads a document; `words` names the format in the error.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str, words: &'static str) -> Result<T, FormatError> {
    serde_json::from_str(text).map_err(|error| malformed(&error, words))
}

fn malformed(error: &serde_json::Error, words: &'static str) -> FormatError {
    let (line, column) = (error.line(), error.column());
    let said = error.to_string();
    // The library appends the place, which the message has already.
    let reason = said.rsplit_once(" at line ").map_or(said.as_str(), |(reason, _)| reason);
    FormatError::Malformed {
        format: words,
        reason: reason.chars().take(200).collect(),
        place: format!("line {line} column {column}"),
    }
}

/// Reads all of a sequence and forgets it.
fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads all of an object and forgets it.
fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

mod fields;
pub(crate) use fields::{Fields, each_entry, read_fields, skip};

/// A string; anything else is `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl Text<'_> {
    /// The string, where it is one and not empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            absent!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text<'de>, A::Error> {
                skip_seq(seq).map(|()| Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
                skip_map(map).map(|()| Text(None))
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// `true`; anything else is false.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }
            absent!(visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Flag, A::Error> {
                skip_seq(seq).map(|()| Flag(false))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Flag, A::Error> {
                skip_map(map).map(|()| Flag(false))
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// A whole number that is not negative; anything else is `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Number(pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Some(number)))
            }
            absent!(visit_bool(bool), visit_i64(i64), visit_f64(f64), visit_str(&str));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Number, A::Error> {
                skip_seq(seq).map(|()| Number(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
                skip_map(map).map(|()| Number(None))
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// An object of a known shape; anything else is `None`.
#[derive(Debug, Clone)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Object(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            absent!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Object<T>, A::Error> {
                skip_seq(seq).map(|()| Object(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|value| Object(Some(value)))
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// The entries of an object in their order, duplicate keys too; anything else has none.
#[derive(Debug, Clone)]
pub(crate) struct Entries<'a, T>(pub(crate) Vec<(Cow<'a, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

/// Defines a structure that is read from an object: unknown keys are skipped, and of a key that stands there twice
/// the last one counts, as in JavaScript.
macro_rules! lenient {
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$life:lifetime> { $($(#[$doc:meta])* $key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name<$life> { $($(#[$doc])* $vis $field: $type,)* }

        impl<'de: $life, $life> serde::Deserialize<'de> for $name<$life> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct V<$life>(std::marker::PhantomData<&$life ()>);
                impl<'de: $life, $life> serde::de::Visitor<'de> for V<$life> {
                    type Value = $name<$life>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut out = $name::default();
                        while let Some(key) = map.next_key::<$crate::formats::json_lenient::Key<'de>>()? {
                            match &*key.0 {
                                $($key => out.$field = map.next_value::<$type>()?,)*
                                _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                            }
                        }
                        Ok(out)
                    }
                }
                deserializer.deserialize_map(V(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use lenient;

/// A key, borrowed where it can be.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(|text| Key(text.0.unwrap_or_default()))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Entries<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = Entries<'de, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            absent!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                skip_seq(seq).map(|()| Entries(Vec::new()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key<'de>, T>()? {
                    entries.push((key.0, value));
                }
                entries.shrink_to_fit();
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// The elements of an array, or one element that stands alone; `null` has none.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany(Vec::new())
    }
}

/// What a licence field or a lock's array holds: a string, or an object of a known shape.
#[derive(Debug, Clone)]
pub(crate) enum TextOr<'a, T> {
    /// A string.
    Text(Cow<'a, str>),
    /// An object.
    Object(T),
    /// Anything else.
    Other,
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OneOrMany::<TextOr<'a, T>>::deserialize(deserializer)
            .map(|mut many| if many.0.len() == 1 { many.0.swap_remove(0) } else { TextOr::Other })
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<TextOr<'a, T>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = OneOrMany<TextOr<'de, T>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            absent!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64));
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(OneOrMany(vec![TextOr::Text(Cow::Borrowed(text))]))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(OneOrMany(vec![TextOr::Text(Cow::Owned(text.to_owned()))]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = seq.next_element::<TextOr<'de, T>>()? {
                    many.push(one);
                }
                Ok(OneOrMany(many))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let one = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OneOrMany(vec![TextOr::Object(one)]))
            }
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    lenient! {
        struct Sample<'a> {
            "name" => name: Text<'a>,
            "dev" => dev: Flag,
            "count" => count: Number,
            "entries" => entries: Entries<'a, Object<Inner<'a>>>,
            "mixed" => mixed: OneOrMany<TextOr<'a, Inner<'a>>>,
        }
    }

    lenient! {
        struct Inner<'a> {
            "name" => name: Text<'a>,
        }
    }

    #[test]
    fn what_does_not_fit_is_absent() {
        for odd in ["null", "true", "1", "-1", "1.5", "\"x\"", "[1, {}]", "{\"a\": [1]}", "{}"] {
            let text = format!(
                r#"{{"name": {odd}, "dev": {odd}, "count": {odd}, "entries": {odd}, "mixed": {odd}, "z": {odd}}}"#
            );
            assert!(read::<Sample<'_>>(&text, "x").is_ok(), "{odd}");
        }
    }

    #[test]
    fn what_fits_is_there() {
        let text = r#"{"name":"n","dev":true,"count":3,"entries":{"a":{"name":"x"},"b":7,"a":{}},"mixed":["t",{"name":"o"},3]}"#;
        let sample: Sample<'_> = read(text, "x").unwrap();
        assert!(matches!(&sample.name.0, Some(Cow::Borrowed("n"))));
        assert!(sample.dev.0 && sample.count.0 == Some(3));
        assert_eq!(sample.entries.0.len(), 3);
        assert_eq!(sample.entries.0[0].1.0.as_ref().unwrap().name.get(), Some("x"));
        assert!(sample.entries.0[1].1.0.is_none());
        assert_eq!(read::<Inner<'_>>(r#"{"name": "a", "name": "b"}"#, "x").unwrap().name.get(), Some("b"));
        assert!(matches!(&sample.mixed.0[..], [TextOr::Text(_), TextOr::Object(_), TextOr::Other]));
    }

    #[test]
    fn errors_have_a_place() {
        let error = read::<Sample<'_>>("{\n\"name\": }", "sample").err().unwrap().to_string();
        assert!(error.contains("line 2 column"), "{error}");
    }
}
