//! What a client says about the bytes it sends: `Content-Digest` and `Repr-Digest` (RFC 9530), `Digest` (RFC 3230),
//! `Content-MD5`, and `X-Content-SHA256` for those who have the hexadecimal form at hand.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldlog_domain::{Md5Digest, Sha256Digest};

use crate::http::problem::Problem;

/// The digests a client sent; a body that differs is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentDigests {
    /// SHA-256 of the body.
    pub sha256: Option<Sha256Digest>,
    /// MD5 of the body.
    pub md5: Option<Md5Digest>,
}

impl SentDigests {
    /// Reads every header of the kind. Algorithms Fieldlog does not know are passed over, as the RFCs want.
    pub fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut sent = Self::default();
        for name in ["content-digest", "repr-digest", "digest"] {
            for member in headers.get_all(name).iter().map(|value| text(name, value)) {
                member?.split(',').try_for_each(|member| sent.member(name, member.trim()))?;
            }
        }
        if let Some(value) = headers.get("content-md5") {
            sent.set_md5("content-md5", text("content-md5", value)?)?;
        }
        if let Some(value) = headers.get("x-content-sha256") {
            let digest = text("x-content-sha256", value)?.to_ascii_lowercase().parse();
            sent.agree_on_sha256(digest.map_err(|error| bad("x-content-sha256", &format!("{error}")))?)?;
        }
        Ok(sent)
    }

    /// `sha-256=:base64:` or `SHA-256=base64`.
    fn member(&mut self, header: &str, member: &str) -> Result<(), Problem> {
        let Some((algorithm, value)) = member.split_once('=') else {
            return Err(bad(header, &format!("expected algorithm=digest, found {member:?}")));
        };
        let value = value.strip_prefix(':').and_then(|value| value.strip_suffix(':')).unwrap_or(value);
        match algorithm.to_ascii_lowercase().as_str() {
            "sha-256" => self.agree_on_sha256(Sha256Digest(bytes(header, value)?)),
            "md5" => self.set_md5(header, value),
            _ => Ok(()),
        }
    }

    fn set_md5(&mut self, header: &str, value: &str) -> Result<(), Problem> {
        let digest = Md5Digest(bytes(header, value)?);
        match self.md5.replace(digest) {
            Some(earlier) if earlier != digest => Err(bad(header, "two headers give different MD5 digests")),
            Some(_) | None => Ok(()),
        }
    }

    fn agree_on_sha256(&mut self, digest: Sha256Digest) -> Result<(), Problem> {
        match self.sha256.replace(digest) {
            Some(earlier) if earlier != digest => Err(bad("digest", "two headers give different SHA-256 digests")),
            Some(_) | None => Ok(()),
        }
    }
}

fn text<'a>(header: &str, value: &'a HeaderValue) -> Result<&'a str, Problem> {
    value.to_str().map_err(|_| bad(header, "expected ASCII"))
}

fn bytes<const N: usize>(header: &str, value: &str) -> Result<[u8; N], Problem> {
    let decoded = STANDARD.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
    decoded.ok_or_else(|| bad(header, &format!("expected {N} bytes in base64, found {value:?}")))
}

fn bad(header: &str, message: &str) -> Problem {
    Problem::bad_request("bad_digest_header", format!("{header}: {message}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)]) -> Result<SentDigests, Problem> {
        SentDigests::read(
            &headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
        )
    }

    const HEX: &str = "334d016f755cd6dc58c53a86e183882f8ec14f52fb05345887c8a5edd42c87b7";
    const BASE64: &str = "M00Bb3Vc1txYxTqG4YOIL47BT1L7BTRYh8il7dQsh7c=";

    #[test]
    fn every_way_to_send_a_sha256_is_read() {
        let digest = Some(HEX.parse().unwrap());
        for (name, value) in [
            ("content-digest", format!("sha-256=:{BASE64}:")),
            ("repr-digest", format!("sha-512=:eA==:, sha-256=:{BASE64}:")),
            ("digest", format!("SHA-256={BASE64}")),
            ("x-content-sha256", HEX.to_uppercase()),
        ] {
            assert_eq!(read(&[(name, &value)]).unwrap().sha256, digest, "{name}");
        }
        assert_eq!(read(&[]).unwrap(), SentDigests::default());
    }

    #[test]
    fn an_md5_is_read() {
        let sent = read(&[("content-md5", "lS0sVtBIWVgzZ0e83ZhZDQ==")]).unwrap();
        assert_eq!(sent.md5.unwrap().to_hex(), "952d2c56d0485958336747bcdd98590d");
    }

    #[test]
    fn headers_that_make_no_sense_or_disagree_are_refused() {
        for headers in [
            &[("content-digest", "sha-256=:xx:")][..],
            &[("content-digest", "sha-256")],
            &[("x-content-sha256", "12")],
            &[("content-md5", "lS0s")],
            &[("x-content-sha256", HEX), ("digest", "SHA-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
        ] {
            assert_eq!(read(headers).unwrap_err().code, "bad_digest_header", "{headers:?}");
        }
    }
}
