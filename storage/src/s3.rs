//! Blobs in a bucket. Only whole and verified content travels there.

use std::sync::Arc;
use std::time::Duration;

use fieldlog_domain::Sha256Digest;
use http::Method;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use url::Url;

use crate::error::StorageError;
use crate::options::S3Options;
use crate::receive::Content;
use crate::storage::{Backend, Storage};

pub(crate) mod multipart;

/// The smallest part of a multipart upload, and the largest content sent in one request.
pub(crate) const PART_SIZE: u64 = 8 * 1024 * 1024;

/// Headers that a presigned URL makes the S3 server answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseHeaders {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Disposition`, where the file's name for people goes.
    pub content_disposition: Option<String>,
}

/// The bucket's client, under its own type: signing and single parts are not in the `ObjectStore` trait.
#[derive(Clone)]
pub(crate) struct S3 {
    pub(crate) client: Arc<AmazonS3>,
}

impl S3 {
    pub(crate) fn open(bucket: &str, options: &S3Options) -> object_store::Result<Self> {
        let client = ClientOptions::new()
            .with_connect_timeout(options.connect_timeout)
            .with_read_timeout(options.read_timeout)
            // A whole download may take any time; only silence is bounded.
            .with_timeout_disabled()
            .with_allow_http(options.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://")));
        let retry =
            RetryConfig { max_retries: options.retries, retry_timeout: options.retry_for, ..RetryConfig::default() };
        let mut builder =
            AmazonS3Builder::from_env().with_bucket_name(bucket).with_client_options(client).with_retry(retry);
        if let Some(endpoint) = &options.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &options.region {
            builder = builder.with_region(region);
        }
        if let (Some(id), Some(secret)) = (&options.access_key_id, &options.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        if let Some(token) = &options.session_token {
            builder = builder.with_token(token);
        }
        Ok(Self { client: Arc::new(builder.build()?) })
    }

    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.client.clone()
    }
}

impl Storage {
    pub(crate) async fn publish_to_s3(
        &self,
        content: Content,
        digest: Sha256Digest,
        size: u64,
    ) -> Result<bool, StorageError> {
        if self.touch_if_present(&digest, size).await? {
            content.discard().await;
            return Ok(true);
        }
        let key = self.inner.keys.blob(&digest);
        match content {
            Content::Memory(blocks) => {
                let payload = PutPayload::from_iter(blocks);
                let sent = insisting(|| self.inner.store.put(&key, payload.clone())).await;
                sent.map_err(|error| StorageError::store(format!("uploading {key}"), error))?;
            }
            Content::File(file) => self.upload_in_parts(&key, Arc::new(file), size).await?,
        }
        Ok(false)
    }

    /// Whether the blob is there in the right size; if so it counts as put again from now on.
    ///
    /// Objects cannot be touched, so an empty object beside the blob says when. It is written before the second look,
    /// and [`collect`](Storage::collect) looks at it last, so that they cannot both be right.
    pub(crate) async fn touch_if_present(&self, digest: &Sha256Digest, size: u64) -> Result<bool, StorageError> {
        if !self.has(digest, size).await? {
            return Ok(false);
        }
        let touch = self.inner.keys.touch(digest);
        let written = self.inner.store.put(&touch, PutPayload::new()).await;
        written.map_err(|error| StorageError::store(format!("touching {digest}"), error))?;
        self.has(digest, size).await
    }

    async fn has(&self, digest: &Sha256Digest, size: u64) -> Result<bool, StorageError> {
        match self.size(digest).await {
            Ok(found) => Ok(found == size),
            Err(StorageError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A URL at which the S3 server itself hands the blob to anyone who has the URL, until it expires.
    ///
    /// `None` for the other backends: bytes then go through this process (or its proxy, by the reader's local path).
    pub async fn url_of(
        &self,
        digest: &Sha256Digest,
        expires: Duration,
        answer: &ResponseHeaders,
    ) -> Result<Option<Url>, StorageError> {
        let Backend::S3(s3) = &self.inner.backend else { return Ok(None) };
        let query = [
            ("response-content-type", &answer.content_type),
            ("response-content-disposition", &answer.content_disposition),
        ];
        let query = query.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let options = SignedUrlOptions::new().with_query(query);
        let key = self.inner.keys.blob(digest);
        let signed = s3.client.signed_url_opts(Method::GET, &key, expires, &options).await;
        signed.map(Some).map_err(|error| StorageError::store(format!("signing a URL of {key}"), error))
    }
}

/// Sends again what was answered with "no such key": Ceph says so when a body breaks off on its way,
/// and `object_store`, which tries again after other failures, takes it for an answer.
pub(crate) async fn insisting<T, F>(mut send: impl FnMut() -> F) -> object_store::Result<T>
where
    F: Future<Output = object_store::Result<T>>,
{
    for _ in 0..2 {
        match send().await {
            Err(object_store::Error::NotFound { source, .. }) if source.to_string().contains("NoSuchKey") => {
                tracing::debug!(%source, "an upload is sent again");
            }
            answered => return answered,
        }
    }
    send().await
}
