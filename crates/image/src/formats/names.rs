//! Texts that a lock file repeats, kept once each and known by a number.

use std::collections::HashMap;
use std::rc::Rc;

/// A text of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u32);

impl Name {
    /// Its place in a list that has one item for each text, in the order in which they came.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The texts. A lock file is some ten times smaller than the number of texts that a [`Name`] can tell apart.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Rc<str>, Name>,
    texts: Vec<Rc<str>>,
}

impl Names {
    /// The number of a text.
    pub(crate) fn of(&mut self, text: &str) -> Name {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.numbers.insert(text, name);
        name
    }

    /// The number of a text that is known already.
    pub(crate) fn known(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    /// The text of a number.
    pub(crate) fn text(&self, name: Name) -> &str {
        self.texts.get(name.index()).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let mut names = Names::default();
        let (a, b) = (names.of("a"), names.of("b"));
        assert!(a != b && a == names.of("a") && b.index() == 1);
        assert_eq!((names.text(b), names.known("b"), names.known("c")), ("b", Some(b), None));
    }
}
