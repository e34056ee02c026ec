//! Files over HTTP: up, down, gone.

pub mod asked;
pub mod conditional;
pub mod delete;
pub mod digest_headers;
pub mod disposition;
pub mod download;
mod hand_over;
pub mod moment;
pub mod range;
pub mod send;
pub mod upload;

use std::fmt::Write;

use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{ResourceId, VersionId};

/// The path of a file's URL.
pub fn url(resource: ResourceId, path: &FilePath, version: Option<VersionId>) -> String {
    let segments: Vec<String> = path.as_str().split('/').map(encode).collect();
    let version = version.map(|version| format!("?version={version}")).unwrap_or_default();
    format!("/files/{resource}/{}{version}", segments.join("/"))
}

/// One segment of a URL's path.
pub fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail"),
        }
    }
    encoded
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn urls_hold_any_name() {
        let path = FilePath::try_new("DCIM/Bäume 1%+.jpg").unwrap();
        let url = url(ResourceId::default(), &path, None);
        assert_eq!(url, "/files/00000000-0000-0000-0000-000000000000/DCIM/B%C3%A4ume%201%25%2B.jpg");
    }
}
