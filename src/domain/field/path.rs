//! How a place in a payload is written: `cliente.nome`, `a\.b` for a dot within a key, `prodotti[].nome` in a list.
//!
//! It does not look anything up.

/// A key as a segment of a path: `.` and `\` get a `\` in front.
pub fn escape(key: &str) -> String {
    let mut segment = String::with_capacity(key.len());
    push_escaped(&mut segment, key);
    segment
}

fn push_escaped(path: &mut String, key: &str) {
    if !key.bytes().any(|byte| matches!(byte, b'.' | b'\\')) {
        return path.push_str(key);
    }
    for c in key.chars() {
        if matches!(c, '.' | '\\') {
            path.push('\\');
        }
        path.push(c);
    }
}

/// The path of a key in what lies at another.
pub(super) fn join(parent: &str, key: &str) -> String {
    let mut path = String::with_capacity(parent.len() + key.len() + 1);
    path.push_str(parent);
    go_to(&mut path, key);
    path
}

/// Makes of a path that of a key in what lies at it.
pub(super) fn go_to(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    push_escaped(path, key);
}

/// The keys of a path, unescaped: the way back from [`escape`]. A `[]` stays at the end of its key.
pub fn split(path: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = String::new();
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.push(chars.next().unwrap_or('\\')),
            '.' => keys.push(std::mem::take(&mut key)),
            c => key.push(c),
        }
    }
    keys.push(key);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_where_it_was_joined() {
        let keys = ["a.b", "c\\", "", "d[]"];
        let path = keys.map(escape).join(".");
        assert_eq!(path, r"a\.b.c\\..d[]");
        assert_eq!(split(&path), keys);
    }
}
