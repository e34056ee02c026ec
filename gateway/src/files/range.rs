//! Parts of a file (RFC 9110, section 14): one range of bytes; several at once get the whole file.

use std::ops::Range;

/// What a `Range` header asks of a file of a certain size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// The whole file: no range, several, another unit, or a text that makes no sense, which is to be ignored.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes the file does not have.
    Unsatisfiable,
}

/// Reads a `Range` header.
pub fn requested(header: Option<&str>, size: u64) -> Requested {
    let Some(spec) = header.and_then(bytes_unit) else { return Requested::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Requested::Whole };
    match (number(first), number(last)) {
        (Number::None, Number::Some(0)) => Requested::Unsatisfiable,
        (Number::None, Number::Some(_)) if size == 0 => Requested::Unsatisfiable,
        (Number::None, Number::Some(length)) => Requested::Part(size.saturating_sub(length)..size),
        (Number::Some(first), Number::None) => part(first, u64::MAX, size),
        (Number::Some(first), Number::Some(last)) if first <= last => part(first, last, size),
        (Number::Some(_), Number::Some(_)) | (Number::None, Number::None) => Requested::Whole,
        (Number::Bad, _) | (_, Number::Bad) => Requested::Whole,
    }
}

fn bytes_unit(header: &str) -> Option<&str> {
    let (unit, spec) = header.split_once('=')?;
    let is_one_of_bytes = unit.trim().eq_ignore_ascii_case("bytes") && !spec.contains(',');
    is_one_of_bytes.then_some(spec.trim())
}

fn part(first: u64, last: u64, size: u64) -> Requested {
    match first < size {
        true => Requested::Part(first..last.saturating_add(1).min(size)),
        false => Requested::Unsatisfiable,
    }
}

enum Number {
    None,
    Some(u64),
    Bad,
}

/// Digits only: no sign, as `str::parse` would allow. A number past all sizes is as good as the largest.
fn number(text: &str) -> Number {
    if text.is_empty() {
        return Number::None;
    }
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Number::Some(text.parse().unwrap_or(u64::MAX)),
        false => Number::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::Requested::{Part, Unsatisfiable, Whole};
    use super::requested;

    #[test]
    fn one_range_of_bytes_is_served() {
        assert_eq!(requested(Some("bytes=0-0"), 10), Part(0..1));
        assert_eq!(requested(Some("bytes=3-"), 10), Part(3..10));
        assert_eq!(requested(Some("bytes=3-99"), 10), Part(3..10));
        assert_eq!(requested(Some("bytes=-4"), 10), Part(6..10));
        assert_eq!(requested(Some("bytes=-99"), 10), Part(0..10));
        assert_eq!(requested(Some("Bytes=0-99999999999999999999999"), 10), Part(0..10));
    }

    #[test]
    fn a_range_past_the_end_cannot_be_satisfied() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(requested(Some(header), 10), Unsatisfiable, "{header}");
        }
        assert_eq!(requested(Some("bytes=0-"), 0), Unsatisfiable);
        assert_eq!(requested(Some("bytes=-1"), 0), Unsatisfiable);
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for header in ["bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "bytes=-", "bytes=a-b", "bytes=+1-2", "bytes", ""] {
            assert_eq!(requested(Some(header), 10), Whole, "{header}");
        }
        assert_eq!(requested(None, 10), Whole);
    }
}
