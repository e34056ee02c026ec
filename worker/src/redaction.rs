//! Takes secrets and credentials out of what a container says, before it is shown or kept.
//!
//! The image does this already; it is done again because the image is not trusted. Too much taken out does no harm.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::Value;

const REDACTED: &str = "***";

/// Every rule keeps what its first group matched and hides the rest.
static RULES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Headers hidden in a data source, and headers in a log.
        r"(?i)(http-header:[\w-]+(?:=|%3D))[^&\n]+",
        r#"(?i)(\b(?:proxy-)?authorization\s*[:=]\s*)[^&\r\n'"]+"#,
        // user:secret@host, plain and percent-encoded.
        r#"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s'"@?#]+@"#,
        r"(?i)(%3A%2F%2F)[^/\s%]*%3A[^/\s%]*%40",
        // name='value', name="value", name=value; also percent-encoded.
        &format!(r#"(?i)((?:\b|_)(?:{NAMES})\s*=\s*)(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\s&;'"<>|,)]+)"#),
        &format!(r#"(?i)((?:\b|_|%26|%3F|%20)(?:{NAMES})%3D)[^%\s&'"]+"#),
        &format!(r#"(?i)([?&](?:{IN_QUERY})=)[^\s&;'"<>|,]+"#),
    ]
    .iter()
    .map(|rule| Regex::new(rule).expect("the rules are tested"))
    .collect()
});

/// Names of credentials wherever they stand.
const NAMES: &str = "pass(?:word|wd|phrase)?|pwd|user(?:_?name)?|uid|auth_?cfg|authentication|[a-z0-9_-]*(?:token|secret)\
    |[a-z0-9_-]*api[-_]?key|(?:secret[-_]?)?access[-_]?key(?:[-_]?id)?|x-amz-(?:signature|credential)";
/// Names of credentials only in a URL: `key='fid'` of a layer names its primary key.
const IN_QUERY: &str = "key|sig|signature|auth|credential|tk|code|sas|se?ssion(?:id)?|jwt|bearer";

/// Shorter texts say nothing by themselves, and are everywhere.
const SHORTEST: usize = 4;

/// Texts that may be shown to nobody, in every spelling that programs print. It prints none of them.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    /// Longest first: what is part of another text is not hidden within it alone.
    spellings: Arc<[String]>,
}

impl Hidden {
    /// Hides these texts.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut spellings: Vec<String> = texts.flat_map(spellings).filter(|text| text.len() >= SHORTEST).collect();
        spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { spellings: spellings.into() }
    }

    /// The text without them.
    pub(crate) fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut redacted = Cow::Borrowed(text);
        for hidden in self.spellings.iter() {
            if redacted.contains(hidden) {
                redacted = Cow::Owned(redacted.replace(hidden, REDACTED));
            }
        }
        redacted
    }

    /// A text that was cut off at its end, without them; nor does it end with the beginning of one.
    pub(crate) fn redact_cut<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Where a character was cut in two.
        let redacted = self.redact(text.trim_end_matches(char::REPLACEMENT_CHARACTER));
        let begun = |hidden: &String| {
            let is_end = |length: &usize| hidden.get(..*length).is_some_and(|start| redacted.ends_with(start));
            (SHORTEST..hidden.len()).rev().find(is_end)
        };
        match self.spellings.iter().filter_map(begun).max() {
            Some(length) => Cow::Owned(format!("{}{REDACTED}", &redacted[..redacted.len() - length])),
            None => redacted,
        }
    }

    /// Takes them out of every text in a value.
    pub(crate) fn redact_value(&self, value: &mut Value) {
        if !self.spellings.is_empty() {
            each_text(value, &|text| self.redact(text));
        }
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({} spellings)", self.spellings.len())
    }
}

/// A text as it is, within quotes, and within a URL.
fn spellings(text: &str) -> [String; 3] {
    let quoted = Value::from(text).to_string();
    let in_url = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    [text.to_owned(), quoted[1..quoted.len() - 1].to_owned(), in_url.collect()]
}

/// The text without credentials.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = Cow::Borrowed(text);
    // Nothing is hidden without one of these, and most lines have none.
    if !text.contains(['=', ':', '%']) {
        return redacted;
    }
    for rule in RULES.iter() {
        if rule.is_match(&redacted) {
            let hidden = rule.replace_all(&redacted, |found: &regex::Captures<'_>| hide(found));
            redacted = Cow::Owned(hidden.into_owned());
        }
    }
    redacted
}

fn hide(found: &regex::Captures<'_>) -> String {
    let (whole, name) = (&found[0], &found[1]);
    let value = &whole[name.len()..];
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"')).map(String::from).unwrap_or_default();
    let end = ["@", "%40"].into_iter().find(|end| value.ends_with(end) && name.ends_with(['/', 'F', 'f']));
    format!("{name}{quote}{REDACTED}{quote}{}", end.unwrap_or_default())
}

/// Takes credentials out of every text in a value.
pub(crate) fn redact_value(value: &mut Value) {
    each_text(value, &|text| redact(text));
}

fn each_text(value: &mut Value, change: &impl Fn(&str) -> Cow<'_, str>) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(items) => items.values_mut().for_each(|item| each_text(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_every_spelling_are_taken_out() {
        for text in [
            "dbname='farm' host=db.example user='ana' password='hunter2' key='fid' table=\"bees\"",
            "password=\"hunter2\"",
            "url=https://ana:hunter2@maps.example/wms",
            "https%3A%2F%2Fana%3Ahunter2%40maps.example",
            "https://maps.example/tiles?layer=1&token=hunter2",
            "https://maps.example/tiles?api_key=hunter2&style=",
            "https://maps.example/tiles?key=hunter2",
            "PWD=hunter2;DATABASE=farm",
            "url=https%3A%2F%2Fmaps.example%3Fpassword%3Dhunter2",
            "http-header:Authorization=Bearer hunter2",
            "Authorization: Bearer hunter2",
            "authcfg=hunter2",
        ] {
            let redacted = redact(text);
            assert!(!redacted.contains("hunter2"), "{redacted}");
            assert!(redacted.contains(REDACTED), "{redacted}");
            assert_eq!(redact(&redacted), redacted, "once more changes nothing");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in ["key='fid' table=\"bees\"", "12:03 INFO 14 layers", "https://maps.example/wms?layers=a", ""] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact("host=db password='a b' key='fid'"), "host=db password='***' key='fid'");
        assert_eq!(redact("see https://a:b@c/d"), "see https://***@c/d");
    }

    #[test]
    fn what_is_hidden_is_found_in_every_spelling() {
        let hidden = Hidden::of(["pa ss\"w/ord", "pa ss", "a1"].into_iter());
        for text in ["pa ss\"w/ord", r#"{"p": "pa ss\"w/ord"}"#, "https://a/?p=pa%20ss%22w%2Ford&x", "only pa ss"] {
            let redacted = hidden.redact(text);
            assert!(redacted.contains(REDACTED) && !redacted.contains("pa"), "{redacted}");
        }
        assert_eq!(hidden.redact("a1 is too short"), "a1 is too short");
        assert_eq!(format!("{hidden:?}"), "Hidden(5 spellings)");
        let mut value = serde_json::json!({"a": ["see pa ss"]});
        hidden.redact_value(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["see ***"]}));
    }

    #[test]
    fn a_text_that_was_cut_ends_with_the_beginning_of_nothing_hidden() {
        let hidden = Hidden::of(["größe ist alles"].into_iter());
        assert_eq!(hidden.redact_cut("see größe ist"), "see ***");
        assert_eq!(hidden.redact_cut("see gr\u{fffd}"), "see gr", "too short to tell");
        assert_eq!(hidden.redact_cut("see größe ist alles"), "see ***");
        assert_eq!(hidden.redact_cut("see größer"), "see größer");
    }

    #[test]
    fn a_value_is_redacted_in_depth() {
        let mut value = serde_json::json!({"a": [{"source": "password=x"}], "n": 1});
        redact_value(&mut value);
        assert_eq!(value, serde_json::json!({"a": [{"source": "password=***"}], "n": 1}));
    }
}
