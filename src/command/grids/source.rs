//! A server with grids, laid out like PROJ's: an index, and the files it names.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use reqwest::{Client, Response, StatusCode, Url, header};

use super::index::Entry;

/// Where PROJ has its grids.
pub const PROJ: &str = "https://cdn.proj.org";
const INDEX: &str = "files.geojson";
/// Many times what PROJ's index has.
const LARGEST_INDEX: usize = 64 << 20;

/// A server with grids.
pub struct Source {
    base: Url,
    http: Client,
}

impl Source {
    /// The server at this address, or a folder of one.
    pub fn at(address: &str) -> Result<Self> {
        let wrong = || format!("expected an address such as {PROJ}, found {address:?}");
        let base = Url::parse(&format!("{}/", address.trim_end_matches('/'))).with_context(wrong)?;
        ensure!(matches!(base.scheme(), "http" | "https"), wrong());
        let http = Client::builder()
            .user_agent(concat!("fieldlog/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(20))
            .read_timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self { base, http })
    }

    /// The index, as it is there.
    pub async fn index(&self) -> Result<Vec<u8>> {
        let url = self.base.join(INDEX)?;
        let response = self.http.get(url.clone()).send().await.with_context(|| format!("cannot fetch {url}"))?;
        ensure!(response.status().is_success(), "expected PROJ's index at {url}, found {}", response.status());
        let (mut body, mut bytes) = (response.bytes_stream(), vec![]);
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.with_context(|| format!("cannot fetch {url}"))?);
            ensure!(bytes.len() <= LARGEST_INDEX, "expected at most {LARGEST_INDEX} bytes at {url}, found more");
        }
        Ok(bytes)
    }

    /// Where a grid is: the index of a copy still names the addresses of the original, which are not asked.
    pub fn address_of(&self, entry: &Entry) -> Result<Url> {
        let named = entry.url.as_ref().and_then(|url| self.base.join(url).ok());
        match named.filter(|url| url.origin() == self.base.origin()) {
            Some(url) => Ok(url),
            None => Ok(self.base.join(entry.name.as_str())?),
        }
    }

    /// Asks for a file from byte `from` on.
    pub async fn get(&self, url: &Url, from: u64) -> reqwest::Result<Response> {
        let request = self.http.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
        match from {
            0 => request.send().await,
            from => request.header(header::RANGE, format!("bytes={from}-")).send().await,
        }
    }
}

/// Whether asking again may help.
pub fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

#[cfg(test)]
mod tests {
    use super::super::index::Index;
    use super::*;

    fn address(from: &str, url: &str) -> String {
        let digest = fieldlog_domain::Sha256Digest::of(b"");
        let properties = serde_json::json!({ "name": "a.tif", "url": url, "sha256sum": digest, "file_size": 0 });
        let index = serde_json::json!({ "features": [{ "properties": properties }] }).to_string();
        let index = Index::read(index.as_bytes()).unwrap();
        Source::at(from).unwrap().address_of(index.all()[0]).unwrap().to_string()
    }

    #[test]
    fn a_copy_is_asked_itself_and_not_the_original() {
        assert_eq!(address(PROJ, "https://cdn.proj.org/v2/a.tif"), "https://cdn.proj.org/v2/a.tif");
        assert_eq!(address("http://copy/proj/", "https://cdn.proj.org/a.tif"), "http://copy/proj/a.tif");
        assert_eq!(address("http://copy/proj", "files/a.tif"), "http://copy/proj/files/a.tif");
        assert_eq!(address("http://copy/proj", "file:///etc/passwd"), "http://copy/proj/a.tif");
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for bad in ["", "cdn.proj.org", "ftp://cdn.proj.org", "file:///grids"] {
            let error = Source::at(bad).err().expect(bad);
            assert!(error.to_string().contains("expected an address such as https://"), "{error:#}");
        }
    }
}
