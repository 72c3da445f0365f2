//! Path and query: one spelling.

use super::escape::{append_escaped, unescape};

/// Appends the canonical path and query of `rest` (what follows the host, with its first `/` or `?`) to `out`, which holds
/// the host. Returns where the path ends.
///
/// Escapes come off first, over path and query together, so that an escaped `?` counts as one; then `.` and `..` are
/// resolved, runs of slashes become one, and what Safe Browsing escapes is escaped. A backslash in the path is a slash, as
/// in browsers. The query is only unescaped and escaped.
pub(super) fn append(out: &mut Vec<u8>, rest: &[u8]) -> usize {
    let plain = unescape(rest);
    let query_at = plain.iter().position(|byte| *byte == b'?').unwrap_or(plain.len());
    let (path, query) = plain.split_at_checked(query_at).unwrap_or((&plain, &[]));
    append_path(out, path);
    let path_end = out.len();
    append_escaped(out, query);
    path_end
}

fn append_path(out: &mut Vec<u8>, path: &[u8]) {
    let root = out.len();
    let mut is_folder = true;
    for segment in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment {
            b"" | b"." => is_folder = true,
            b".." => {
                let parent = out.iter().skip(root).rposition(|byte| *byte == b'/').unwrap_or(0);
                out.truncate(root + parent);
                is_folder = true;
            }
            name => {
                out.push(b'/');
                append_escaped(out, name);
                is_folder = false;
            }
        }
    }
    if is_folder {
        out.push(b'/');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(rest: &str) -> (String, String) {
        let mut out = b"h".to_vec();
        let end = append(&mut out, rest.as_bytes());
        let query = out.split_off(end);
        (String::from_utf8(out.split_off(1)).expect("ASCII"), String::from_utf8(query).expect("ASCII"))
    }

    #[test]
    fn dots_and_slashes_are_resolved() {
        for (raw, path) in [
            ("", "/"),
            ("/", "/"),
            ("/a", "/a"),
            ("//a//b///c////", "/a/b/c/"),
            ("/blah/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/b/.", "/a/b/"),
            ("/foo/.././bar/./../foo.html", "/foo.html"),
            ("/../../x", "/x"),
            ("/a/...", "/a/..."),
            ("/abc/%2e%2e%2fdef", "/def"),
            ("\\a\\b", "/a/b"),
        ] {
            assert_eq!(canonical(raw), (path.to_owned(), String::new()), "{raw}");
        }
    }

    #[test]
    fn a_query_is_left_alone_but_for_escapes() {
        assert_eq!(canonical("/q?r//s/.."), ("/q".to_owned(), "?r//s/..".to_owned()));
        assert_eq!(canonical("?a\\b c?d"), ("/".to_owned(), "?a\\b%20c?d".to_owned()));
        assert_eq!(canonical("/q?"), ("/q".to_owned(), "?".to_owned()));
        assert_eq!(canonical("/a/..%3Fb"), ("/".to_owned(), "?b".to_owned()));
        assert_eq!(canonical("/a%23b?c%23"), ("/a%23b".to_owned(), "?c%23".to_owned()));
    }
}
