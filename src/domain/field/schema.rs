//! What a source is known to send: every path with its kinds, as a tree, so that a payload can be compared with it step by
//! step, and none of its paths need be written down. The comparison stands in [`super::look`].
//!
//! It holds no values and learns nothing by itself: whoever has stored what is new adds it.

use std::collections::BTreeMap;

use super::{FieldKind, path};

/// Where the tree begins.
pub(super) const ROOT: usize = 0;

/// **Limit:** lists right within lists whose items have a place. A payload with deeper ones is laid flat each time: a
/// sender's key may consist of brackets, and the tree must not grow by each of them.
const DEEPEST_LISTS: &str = "[][][][]";

/// The paths of a source with their kinds.
#[derive(Debug)]
pub struct Schema {
    pub(super) nodes: Vec<Node>,
    paths: usize,
}

/// One place in a payload.
#[derive(Default, Debug)]
pub(super) struct Node {
    /// The kinds of its path; `None` of a place that only leads to others.
    pub(super) kinds: Option<Vec<FieldKind>>,
    /// What lies in it, by key.
    pub(super) children: BTreeMap<String, usize>,
    /// What its items are like, when it is a list.
    pub(super) items: Option<usize>,
}

impl Default for Schema {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], paths: 0 }
    }
}

impl FromIterator<(String, Vec<FieldKind>)> for Schema {
    fn from_iter<T: IntoIterator<Item = (String, Vec<FieldKind>)>>(paths: T) -> Self {
        let mut schema = Self::default();
        for (path, kinds) in paths {
            schema.add(&path, &kinds);
        }
        schema
    }
}

impl Schema {
    /// How many paths it knows.
    pub const fn paths(&self) -> usize {
        self.paths
    }

    /// The kinds that a path was seen to have; `None` of one that was never seen.
    pub fn kinds(&self, path: &str) -> Option<&[FieldKind]> {
        let child = |at: usize, key: String| self.nodes.get(at)?.children.get(&key).copied();
        let place = path::split(path).into_iter().try_fold(ROOT, child)?;
        self.nodes.get(place)?.kinds.as_deref()
    }

    /// Adds a path, or kinds to one that it knows.
    pub fn add(&mut self, path: &str, kinds: &[FieldKind]) {
        let place = path::split(path).into_iter().fold(ROOT, |at, key| self.child(at, key));
        let Some(node) = self.nodes.get_mut(place) else { return };
        self.paths += usize::from(node.kinds.is_none());
        let known = node.kinds.get_or_insert_default();
        for kind in kinds {
            if !known.contains(kind) {
                known.push(*kind);
            }
        }
    }

    /// The place under a key, made if it is not there. A key that ends in `[]` stands for the items of the one without,
    /// as far as a path can tell.
    fn child(&mut self, parent: usize, key: String) -> usize {
        if let Some(place) = self.nodes.get(parent).and_then(|node| node.children.get(&key)) {
            return *place;
        }
        let list = key.strip_suffix("[]").filter(|list| !list.ends_with(DEEPEST_LISTS));
        let list = list.map(|list| self.child(parent, list.to_owned()));
        let place = self.nodes.len();
        self.nodes.push(Node::default());
        if let Some(node) = self.nodes.get_mut(parent) {
            node.children.insert(key, place);
        }
        if let Some(list) = list.and_then(|list| self.nodes.get_mut(list)) {
            list.items = Some(place);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_the_kinds_that_it_had() {
        let mut schema = Schema::default();
        schema.add(r"a\.b.c[].d", &[FieldKind::Text]);
        schema.add(r"a\.b.c[].d", &[FieldKind::Null, FieldKind::Text]);
        assert_eq!(schema.kinds(r"a\.b.c[].d"), Some([FieldKind::Text, FieldKind::Null].as_slice()));
        assert_eq!((schema.kinds(r"a\.b"), schema.kinds("a.b.c[].d"), schema.paths()), (None, None, 1));
    }

    #[test]
    fn a_key_of_brackets_makes_no_large_tree() {
        let mut schema = Schema::default();
        let path = format!("a{}", "[]".repeat(120));
        schema.add(&path, &[FieldKind::Text]);
        schema.add("a[][].b", &[FieldKind::Text]);
        assert!(schema.kinds(&path).is_some() && schema.kinds("a[][].b").is_some());
        assert!(schema.nodes.len() < 10, "{}", schema.nodes.len());
    }
}
