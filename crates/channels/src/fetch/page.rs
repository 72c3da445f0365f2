//! Pages that send their reader on: `<meta http-equiv=refresh>` and scripts that set `location`.
//!
//! No script is run and no page is parsed as a browser would: what is found is one more address to look at, never less.

use std::sync::LazyLock;

use regex::Regex;

/// Longest page in which a script counts, in bytes. A page that only sends on is short; a longer one has scripts for its
/// buttons, and where those lead says nothing.
const SHORT_PAGE: usize = 16 * 1024;

static COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?s)<!--.*?-->").ok());
static META: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?is)<meta[\\s/][^>]*>").ok());
static REFRESH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i)http-equiv\\s*=\\s*[\"']?\\s*refresh").ok());
static CONTENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?is)content\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s>]+))").ok());
/// "Shared declarative refresh steps" of the HTML Standard: a time, then `;` or `,`, then an address with or without `url=`.
static TARGET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?is)^\\s*[\\d.]+\\s*[;,\\s]\\s*(?:url\\s*=)?\\s*(?:\"([^\"]*)|'([^']*)|(.+))").ok());
static SCRIPT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?is)<script[^>]*>(.*?)</script").ok());
static LOCATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("\\blocation(?:\\.href)?\\s*(?:=|\\.(?:replace|assign)\\s*\\()\\s*(?:\"([^\"\\s]+)\"|'([^'\\s]+)')").ok()
});

/// Where a page sends its reader, as written there, if it does.
pub(super) fn sends_to(page: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(page);
    let text = COMMENT.as_ref()?.replace_all(&text, "");
    refreshed(&text).or_else(|| if page.len() <= SHORT_PAGE { scripted(&text) } else { None })
}

fn refreshed(text: &str) -> Option<String> {
    let (refresh, content, target) = (REFRESH.as_ref()?, CONTENT.as_ref()?, TARGET.as_ref()?);
    let mut tags = META.as_ref()?.find_iter(text).filter(|tag| refresh.is_match(tag.as_str()));
    tags.find_map(|tag| {
        let content = first_group(&content.captures(tag.as_str())?)?;
        let content = without_entities(&content);
        first_group(&target.captures(&content)?).map(|address| address.trim().to_owned())
    })
    .filter(|address| !address.is_empty())
}

fn scripted(text: &str) -> Option<String> {
    let location = LOCATION.as_ref()?;
    let mut scripts = SCRIPT.as_ref()?.captures_iter(text).filter_map(|found| found.get(1));
    let address = scripts.find_map(|script| first_group(&location.captures(script.as_str())?))?;
    Some(["\\u0026", "\\x26"].iter().fold(address.replace("\\/", "/"), |text, escape| text.replace(escape, "&")))
}

fn first_group(found: &regex::Captures<'_>) -> Option<String> {
    found.iter().skip(1).flatten().next().map(|group| group.as_str().to_owned())
}

/// The character references in which addresses are hidden: `&amp;`, quotes, and numbers.
fn without_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = after.split_once(';').and_then(|(name, tail)| Some((character(name)?, tail)));
        match named {
            Some((character, tail)) => {
                out.push(character);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "colon" => Some(':'),
        "sol" => Some('/'),
        "period" => Some('.'),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse(), |digits| u32::from_str_radix(digits, 16));
            code.ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(page: &str) -> Option<String> {
        sends_to(page.as_bytes())
    }

    #[test]
    fn every_pattern_is_one() {
        for pattern in [&COMMENT, &META, &REFRESH, &CONTENT, &TARGET, &SCRIPT, &LOCATION] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn refreshes_are_found_however_they_are_written() {
        for page in [
            "<meta http-equiv=\"refresh\" content=\"0;url=http://a.example/?x=1&amp;y=2\">",
            "<META HTTP-EQUIV='Refresh' CONTENT='3; URL=http://a.example/?x=1&y=2'/>",
            "<meta content='0;URL=&quot;http://a.example/?x=1&y=2&quot;' http-equiv=refresh>",
            "<meta\nhttp-equiv=refresh\ncontent=\"0; url='http&#58;//a.example/?x=1&#x26;y=2'\">",
            "<html><noscript><meta http-equiv=refresh content=0,http://a.example/?x=1&y=2></noscript>",
        ] {
            assert_eq!(sent(page).as_deref(), Some("http://a.example/?x=1&y=2"), "{page}");
        }
        for page in [
            "<meta http-equiv=refresh content=5>",
            "<!-- <meta http-equiv=refresh content='0;url=http://a.example'> -->",
            "<meta name=description content='0;url=http://a.example'>",
        ] {
            assert_eq!(sent(page), None, "{page}");
        }
    }

    #[test]
    fn short_pages_send_on_by_script() {
        for script in [
            "location.href = 'http://a.example/'",
            "window.location=\"http:\\/\\/a.example\\/\";",
            "setTimeout(function(){top.location.replace('http://a.example/')}, 100)",
            "document.location.assign('http://a.example/')",
        ] {
            assert_eq!(sent(&format!("<script>{script}</script>")).as_deref(), Some("http://a.example/"), "{script}");
        }
        for page in [
            "<script>if (location.href == 'http://a.example/') {}</script>",
            "<a onclick=\"location.href='http://a.example/'\">x</a>",
            "<script>location.href = next</script>",
        ] {
            assert_eq!(sent(page), None, "{page}");
        }
        let long = format!("<script>location.href='http://a.example/'</script>{}", " ".repeat(SHORT_PAGE));
        assert_eq!(sent(&long), None);
    }

    proptest! {
        #[test]
        fn no_page_is_too_odd(page: Vec<u8>, text in "[<>a-z&;#x0-9=\"' \\-!/]{0,200}") {
            let _ = sends_to(&page);
            let _ = sends_to(text.as_bytes());
            let _ = sends_to(format!("<meta http-equiv=refresh content={text}><script>location={text}").as_bytes());
        }
    }
}
