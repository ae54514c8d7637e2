//! Why a package is there: the steps from what was asked for to it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// `name@version` steps from what was asked for to a package. Empty where nothing tells; one step where the package
/// was asked for itself.
///
/// A path that was made by [`DependencyPath::then`] shares the steps in front of its last one with the path that it
/// was made from: the paths of all packages of a lock file take memory for one step each, however long they are.
#[derive(Clone, Default)]
pub struct DependencyPath(Option<Arc<Step>>);

struct Step {
    name: Box<str>,
    /// The steps in front.
    front: DependencyPath,
    /// Steps up to this one.
    length: usize,
}

impl DependencyPath {
    /// The path with no step.
    pub fn new() -> DependencyPath {
        DependencyPath::default()
    }

    /// This path with one more step behind it.
    #[must_use]
    pub fn then(&self, step: impl Into<Box<str>>) -> DependencyPath {
        let step = Step { name: step.into(), front: self.clone(), length: self.len() + 1 };
        DependencyPath(Some(Arc::new(step)))
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.length)
    }

    /// Whether nothing tells why the package is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The last step, which is the package itself.
    pub fn last(&self) -> Option<&str> {
        self.0.as_deref().map(|step| &*step.name)
    }

    /// The path in front of the last step: that of the package which needs this one.
    pub fn front(&self) -> Option<&DependencyPath> {
        self.0.as_deref().map(|step| &step.front)
    }

    /// The steps from what was asked for to the package.
    pub fn steps(&self) -> Vec<&str> {
        let mut steps = Vec::with_capacity(self.len());
        let mut at = self;
        while let DependencyPath(Some(step)) = at {
            steps.push(&*step.name);
            at = &step.front;
        }
        steps.reverse();
        steps
    }
}

/// One step after the other: the compiler's own way would go as deep as the path is long.
impl Drop for DependencyPath {
    fn drop(&mut self) {
        let mut at = self.0.take();
        while let Some(step) = at.and_then(Arc::into_inner) {
            let mut step = step;
            at = step.front.0.take();
        }
    }
}

impl PartialEq for DependencyPath {
    fn eq(&self, other: &DependencyPath) -> bool {
        let (mut a, mut b) = (self, other);
        loop {
            match (&a.0, &b.0) {
                (None, None) => return true,
                (Some(left), Some(right)) if Arc::ptr_eq(left, right) => return true,
                (Some(left), Some(right)) if left.length == right.length && left.name == right.name => {
                    (a, b) = (&left.front, &right.front);
                }
                _ => return false,
            }
        }
    }
}

impl Eq for DependencyPath {}

impl fmt::Debug for DependencyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps().fmt(f)
    }
}

impl<S: Into<Box<str>>> FromIterator<S> for DependencyPath {
    fn from_iter<I: IntoIterator<Item = S>>(steps: I) -> DependencyPath {
        steps.into_iter().fold(DependencyPath::new(), |path, step| path.then(step))
    }
}

/// As a list of texts.
impl Serialize for DependencyPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.steps())
    }
}

impl<'de> Deserialize<'de> for DependencyPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DependencyPath, D::Error> {
        Vec::<Box<str>>::deserialize(deserializer).map(DependencyPath::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_front() {
        let a = DependencyPath::new().then("a@1");
        let (b, c) = (a.then("b@1"), a.then("c@1"));
        assert_eq!((b.steps(), c.steps()), (vec!["a@1", "b@1"], vec!["a@1", "c@1"]));
        assert_eq!((b.len(), b.last(), b.front()), (2, Some("b@1"), Some(&a)));
        drop(a);
        assert_ne!(b, c);
        assert_eq!(b, ["a@1", "b@1"].into_iter().collect());
        assert!(DependencyPath::new().is_empty() && DependencyPath::new().front().is_none());
    }

    #[test]
    fn as_a_list() {
        let path: DependencyPath = ["a@1", "b@1"].into_iter().collect();
        let json = serde_json::to_string(&path).unwrap();
        assert_eq!(json, r#"["a@1","b@1"]"#);
        assert_eq!(serde_json::from_str::<DependencyPath>(&json).unwrap(), path);
    }

    #[test]
    fn long_paths_end_without_recursion() {
        let long: DependencyPath = (0..1_000_000).map(|n| n.to_string()).collect();
        assert_eq!(long.clone(), long);
        assert_eq!(long.steps().len(), 1_000_000);
    }
}
