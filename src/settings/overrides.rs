//! The one list of settings. A field is a flag, a variable and a key of the file.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::PlanTable;

/// What somebody set; everything may be left out.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// Read settings from this file [default: fieldlog.toml, when there is one]
    #[arg(long, env = "FIELDLOG_CONFIG", global = true, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder of everything this node keeps [default: fieldlog-data]
    #[arg(long, env = "FIELDLOG_DATA", global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address the gateway listens on [default: 127.0.0.1:8080]
    #[arg(long, env = "FIELDLOG_LISTEN", global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The event log: sqlite:PATH, postgres://…, or EventStoreDB (KurrentDB) as esdb://USER:PASSWORD@HOST:2113?tls=… or
    /// esdb+discover://… [default: sqlite:DATA/log.sqlite]
    #[arg(long, env = "FIELDLOG_LOG", global = true, value_name = "URL", hide_env_values = true)]
    pub log: Option<String>,
    /// Files: file:PATH or s3://bucket/prefix [default: file:DATA/blobs]
    #[arg(long, env = "FIELDLOG_STORAGE", global = true, value_name = "URL")]
    pub storage: Option<String>,
    /// Data keys: sqlite:PATH or postgres://… [default: beside the log; with esdb://… sqlite:DATA/vault.sqlite, which one machine has]
    #[arg(long, env = "FIELDLOG_VAULT", global = true, value_name = "URL", hide_env_values = true)]
    pub vault: Option<String>,
    /// File with the vault's master key, made when it is missing [default: DATA/master.key]
    #[arg(long, env = "FIELDLOG_MASTER_KEY_FILE", global = true, value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// Folder of this node's read models [default: DATA/read-models]
    #[arg(long, env = "FIELDLOG_READ_MODELS", global = true, value_name = "DIR")]
    pub read_models: Option<PathBuf>,
    /// S3 endpoint, when it is not Amazon's
    #[arg(long, env = "FIELDLOG_S3_ENDPOINT", global = true, value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// S3 region
    #[arg(long, env = "FIELDLOG_S3_REGION", global = true, value_name = "NAME")]
    pub s3_region: Option<String>,
    /// S3 key id
    #[arg(long, env = "FIELDLOG_S3_ACCESS_KEY_ID", global = true, value_name = "ID")]
    pub s3_access_key_id: Option<String>,
    /// S3 key
    #[arg(long, env = "FIELDLOG_S3_SECRET_ACCESS_KEY", global = true, value_name = "KEY", hide_env_values = true)]
    pub s3_secret_access_key: Option<String>,
    /// Container engine: unix:///path, tcp://host:port, or https://host:port with the certificates in DOCKER_CERT_PATH
    /// [default: Docker's usual socket]
    #[arg(long, env = "FIELDLOG_DOCKER", global = true, value_name = "URL")]
    pub docker: Option<String>,
    /// Image that jobs run in [default: fieldlog-qgis:latest]
    #[arg(long, env = "FIELDLOG_IMAGE", global = true, value_name = "NAME")]
    pub image: Option<String>,
    /// Jobs at a time [default: as many as processors and memory allow]
    #[arg(long, env = "FIELDLOG_WORKER_SLOTS", global = true, value_name = "N")]
    pub worker_slots: Option<usize>,
    /// Containers that wait for jobs with QGIS started, at most; 0: none [default: worker-slots]
    #[arg(long, env = "FIELDLOG_WORKER_WARM", global = true, value_name = "N")]
    pub worker_warm: Option<usize>,
    /// Network of the container engine for jobs of projects with layers on servers, where the owner's plan has them. What can be
    /// reached on it can be reached by whoever uploads a project [default: none]
    #[arg(long, env = "FIELDLOG_WORKER_NETWORK", global = true, value_name = "NAME")]
    pub worker_network: Option<String>,
    /// For images that fetch files through QFieldCloud's API, as its own worker image does: address on worker-network at which the
    /// worker listens for its containers, and for nobody else [default: none, such images cannot be used]
    #[arg(long, env = "FIELDLOG_WORKER_API", global = true, value_name = "ADDRESS")]
    pub worker_api: Option<String>,
    /// How containers reach worker-api, where that is not its address [default: http://WORKER_API]
    #[arg(long, env = "FIELDLOG_WORKER_API_URL", global = true, value_name = "URL")]
    pub worker_api_url: Option<String>,
    /// Seconds a job may take [default: 600]
    #[arg(long, env = "FIELDLOG_JOB_TIMEOUT_SECONDS", global = true, value_name = "N")]
    pub job_timeout_seconds: Option<u64>,
    /// Memory of a job's container in MiB [default: 1000]
    #[arg(long, env = "FIELDLOG_JOB_MEMORY_MIB", global = true, value_name = "N")]
    pub job_memory_mib: Option<u64>,
    /// Disk that a job's files may take beside its inputs, in MiB [default: 10240]
    #[arg(long, env = "FIELDLOG_JOB_DISK_MIB", global = true, value_name = "N")]
    pub job_disk_mib: Option<u64>,
    /// Processors of a job's container [default: 1]
    #[arg(long, env = "FIELDLOG_JOB_CPUS", global = true, value_name = "N")]
    pub job_cpus: Option<f64>,
    /// Folder of transformation grids for PROJ, which jobs may read; `fieldlog grids` fills it [default: DATA/grids]
    #[arg(long, env = "FIELDLOG_GRIDS", global = true, value_name = "DIR")]
    pub grids: Option<PathBuf>,
    /// Largest file that may be uploaded, in bytes [default: 10000000000]
    #[arg(long, env = "FIELDLOG_UPLOAD_LIMIT_BYTES", global = true, value_name = "N")]
    pub upload_limit_bytes: Option<u64>,
    /// Most bytes that the files of one owner may have, with all their versions [default: no limit]
    #[arg(long, env = "FIELDLOG_STORAGE_QUOTA_BYTES", global = true, value_name = "N")]
    pub storage_quota_bytes: Option<u64>,
    /// Versions of a file that are kept where the project does not say; the bytes of older ones are freed [default: all]
    #[arg(long, env = "FIELDLOG_KEEP_VERSIONS", global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_versions: Option<u32>,
    /// Plans that accounts can be on, in the file only
    #[arg(skip)]
    pub plans: Option<Vec<PlanTable>>,
    /// Whether anybody may register an account [default: true]
    #[arg(long, env = "FIELDLOG_OPEN_REGISTRATION", global = true, value_name = "BOOL")]
    pub open_registration: Option<bool>,
    /// Hours a log-in is good for [default: 720]
    #[arg(long, env = "FIELDLOG_SESSION_HOURS", global = true, value_name = "N")]
    pub session_hours: Option<u64>,
    /// Proxies whose X-Forwarded-For is believed, as networks: 10.0.0.0/8,192.0.2.7 [default: none]
    #[arg(long, env = "FIELDLOG_TRUSTED_PROXIES", global = true, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// Who sends the bytes of downloads: stream (this server), accel (nginx in front, one of the trusted proxies) or redirect
    /// (object storage, by signed URLs) [default: stream]
    #[arg(long, env = "FIELDLOG_DOWNLOADS", global = true, value_name = "HOW")]
    pub downloads: Option<String>,
    /// Where clients reach the server, put in front of URLs in answers [default: none, URLs are paths]
    #[arg(long, env = "FIELDLOG_PUBLIC_URL", global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Mail server: smtp://user:password@host:port?tls=required, or smtps://… [default: none, no mail is sent]
    #[arg(long, env = "FIELDLOG_SMTP_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Who mail comes from: cloud@example.org or 'Our cloud <cloud@example.org>'; needed beside --smtp-url
    #[arg(long, env = "FIELDLOG_MAIL_FROM", global = true, value_name = "ADDRESS")]
    pub mail_from: Option<String>,
}
