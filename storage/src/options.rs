//! What a storage URL does not say: credentials, endpoints and time-outs.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Everything beside the URL.
#[derive(Debug, Clone, Default)]
pub struct StorageOptions {
    /// How to reach the S3 server; ignored by the other backends.
    pub s3: S3Options,
    /// Where a body on its way to S3 waits until it is whole and verified (default: the system's temporary folder).
    ///
    /// It needs room for the largest uploads under way at once. The files in it have no name, so they vanish with the process.
    pub spool_dir: Option<PathBuf>,
}

impl StorageOptions {
    /// The options that the usual `AWS_*` variables of the environment say.
    pub fn from_env() -> Self {
        Self { s3: S3Options::from_env(), spool_dir: None }
    }
}

/// How to reach an S3 server and how long to wait for it.
#[derive(Clone)]
pub struct S3Options {
    /// The server's URL, for anything but Amazon's own; plain `http://` is allowed when it is written here.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: Option<String>,
    /// Without a key pair the usual sources are asked (container and instance roles, web identity).
    pub access_key_id: Option<String>,
    /// Belongs to `access_key_id`.
    pub secret_access_key: Option<String>,
    /// For temporary credentials.
    pub session_token: Option<String>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long one request may go without an answer, and a download without a byte.
    pub read_timeout: Duration,
    /// How often a failed request is tried again.
    pub retries: usize,
    /// How long after its start a failed request is still tried again.
    pub retry_for: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            connect_timeout: Duration::from_secs(3),
            read_timeout: Duration::from_secs(15),
            retries: 3,
            retry_for: Duration::from_secs(10),
        }
    }
}

impl S3Options {
    /// Reads `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION` or `AWS_DEFAULT_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    pub fn from_env() -> Self {
        let var = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            endpoint: var("AWS_ENDPOINT_URL_S3").or_else(|| var("AWS_ENDPOINT_URL")),
            region: var("AWS_REGION").or_else(|| var("AWS_DEFAULT_REGION")),
            access_key_id: var("AWS_ACCESS_KEY_ID"),
            secret_access_key: var("AWS_SECRET_ACCESS_KEY"),
            session_token: var("AWS_SESSION_TOKEN"),
            ..Self::default()
        }
    }
}

impl fmt::Debug for S3Options {
    /// Without the secrets: options end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &self.secret_access_key.as_ref().map(|_| "…"))
            .field("session_token", &self.session_token.as_ref().map(|_| "…"))
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("retries", &self.retries)
            .field("retry_for", &self.retry_for)
            .finish()
    }
}
