//! Whether a client's copy is still good (RFC 9110, section 13): ETag and Last-Modified.

use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, SubsecRound, Utc};

/// What makes one state of a file differ from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    /// Without quotes.
    pub etag: String,
    /// When it came to be.
    pub modified: DateTime<Utc>,
}

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send it.
    Send,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client thinks.
    PreconditionFailed,
}

impl Validators {
    /// The quoted ETag.
    pub fn etag_header(&self) -> String {
        format!("\"{}\"", self.etag)
    }

    /// The time in the form of HTTP.
    pub fn modified_header(&self) -> String {
        self.modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Judges a GET or HEAD, in the order RFC 9110 wants.
    pub fn judge(&self, headers: &HeaderMap) -> Verdict {
        let unmodified_since = time(headers, header::IF_UNMODIFIED_SINCE);
        let failed = match text(headers, header::IF_MATCH) {
            Some(tags) => !self.matches(&tags, Comparison::Strong),
            None => unmodified_since.is_some_and(|time| self.modified.trunc_subsecs(0) > time),
        };
        if failed {
            return Verdict::PreconditionFailed;
        }
        let modified_since = time(headers, header::IF_MODIFIED_SINCE);
        let has_it = match text(headers, header::IF_NONE_MATCH) {
            Some(tags) => self.matches(&tags, Comparison::Weak),
            None => modified_since.is_some_and(|time| self.modified.trunc_subsecs(0) <= time),
        };
        if has_it { Verdict::NotModified } else { Verdict::Send }
    }

    /// Whether a range may be served: the client's part is of this state. Without `If-Range` it is taken to be.
    pub fn allows_range(&self, headers: &HeaderMap) -> bool {
        match text(headers, header::IF_RANGE) {
            None => true,
            Some(condition) => match time(headers, header::IF_RANGE) {
                Some(time) => self.modified.trunc_subsecs(0) == time,
                None => self.matches(&condition, Comparison::Strong),
            },
        }
    }

    /// Tags may be weak and, as `qfieldcloud-sdk` sends them, without quotes.
    fn matches(&self, tags: &str, comparison: Comparison) -> bool {
        tags.split(',').map(str::trim).any(|tag| {
            let (is_weak, tag) = tag.strip_prefix("W/").map_or((false, tag), |tag| (true, tag));
            let same = tag == "*" || tag.trim_matches('"') == self.etag;
            same && (comparison == Comparison::Weak || !is_weak)
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// All lines of one header as one.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn time(headers: &HeaderMap, name: HeaderName) -> Option<DateTime<Utc>> {
    let text = headers.get(name)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file() -> Validators {
        Validators { etag: "abc-2".into(), modified: "2026-08-21T09:15:02.5Z".parse().unwrap() }
    }

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_copy_with_the_same_tag_is_good_however_the_tag_is_written() {
        for tag in ["\"abc-2\"", "abc-2", "W/\"abc-2\"", "\"x\", \"abc-2\"", "*"] {
            assert_eq!(file().judge(&with(header::IF_NONE_MATCH, tag)), Verdict::NotModified, "{tag}");
        }
        assert_eq!(file().judge(&with(header::IF_NONE_MATCH, "\"other\"")), Verdict::Send);
    }

    #[test]
    fn a_copy_can_be_told_by_its_time() {
        assert_eq!(file().modified_header(), "Fri, 21 Aug 2026 09:15:02 GMT");
        let since = |time| file().judge(&with(header::IF_MODIFIED_SINCE, time));
        assert_eq!(since("Fri, 21 Aug 2026 09:15:02 GMT"), Verdict::NotModified);
        assert_eq!(since("Fri, 21 Aug 2026 09:15:01 GMT"), Verdict::Send);
        assert_eq!(since("yesterday"), Verdict::Send);
    }

    #[test]
    fn a_condition_on_another_state_fails() {
        assert_eq!(file().judge(&with(header::IF_MATCH, "\"other\"")), Verdict::PreconditionFailed);
        assert_eq!(file().judge(&with(header::IF_MATCH, "W/\"abc-2\"")), Verdict::PreconditionFailed);
        assert_eq!(file().judge(&with(header::IF_MATCH, "\"abc-2\"")), Verdict::Send);
        let earlier = with(header::IF_UNMODIFIED_SINCE, "Fri, 21 Aug 2026 09:15:01 GMT");
        assert_eq!(file().judge(&earlier), Verdict::PreconditionFailed);
    }

    #[test]
    fn a_part_of_another_state_is_not_continued() {
        assert!(file().allows_range(&HeaderMap::new()));
        assert!(file().allows_range(&with(header::IF_RANGE, "\"abc-2\"")));
        assert!(file().allows_range(&with(header::IF_RANGE, "Fri, 21 Aug 2026 09:15:02 GMT")));
        assert!(!file().allows_range(&with(header::IF_RANGE, "\"other\"")));
        assert!(!file().allows_range(&with(header::IF_RANGE, "W/\"abc-2\"")));
    }
}
