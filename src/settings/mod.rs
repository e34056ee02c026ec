//! What can be set: defaults < `fieldlog.toml` < `FIELDLOG_*` environment < flags.
//!
//! [`Overrides`] is the one list of names; flags, environment and file all say the same things.

mod file;
mod overrides;
mod plans;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use fieldlog_commands::plan::Plans;
use fieldlog_eventlog::LogUrl;
use fieldlog_gateway::{Downloads, MailOptions, Network};
use fieldlog_storage::StorageUrl;
use fieldlog_vault::VaultUrl;
use fieldlog_worker::JobApiOptions;
use fieldlog_worker::containers::docker::DockerAddress;

pub use overrides::Overrides;
pub use plans::PlanTable;

/// Everything a Fieldlog process can be told, resolved.
pub struct Settings {
    /// The folder of everything this node keeps: log, blobs, vault, read models, job directories.
    pub data: PathBuf,
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// The event log.
    pub log: LogUrl,
    /// Blobs.
    pub storage: StorageUrl,
    /// Data keys.
    pub vault: VaultUrl,
    /// The file with the vault's master key.
    pub master_key_file: PathBuf,
    /// Read models of this node.
    pub read_models: PathBuf,
    /// S3, as usual.
    pub s3: S3Settings,
    /// The container engine.
    pub docker: DockerAddress,
    /// The image jobs run in.
    pub image: String,
    /// Jobs at a time; none: as many as the machine allows.
    pub worker_slots: Option<usize>,
    /// Containers that wait for jobs, at most; none: as many as jobs at a time.
    pub worker_warm: Option<usize>,
    /// The container engine's network for jobs that read layers from servers; none: no job has a network.
    pub worker_network: Option<String>,
    /// For images that fetch files themselves; none: they cannot be used.
    pub worker_api: Option<JobApiOptions>,
    /// A job may take this long.
    pub job_timeout: Duration,
    /// Memory of a job's container, in bytes.
    pub job_memory_bytes: u64,
    /// Bytes of disk that a job's files may take beside its inputs.
    pub job_disk_bytes: u64,
    /// Processors of a job's container.
    pub job_cpus: f64,
    /// Transformation grids for PROJ.
    pub grids: PathBuf,
    /// The largest file that may be uploaded, in bytes.
    pub upload_limit_bytes: u64,
    /// The most bytes that the files of one owner may have, with all their versions; none: no limit.
    pub storage_quota_bytes: Option<u64>,
    /// How many versions of a file are kept where the project does not say; none: all of them.
    pub keep_versions: Option<u32>,
    /// Plans that accounts can be on.
    pub plans: Plans,
    /// Whether anybody may register an account.
    pub open_registration: bool,
    /// A token is good for this long.
    pub session_lifetime: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Where clients reach the server, put in front of URLs in answers.
    pub public_url: Option<String>,
    /// Who sends the bytes of downloads.
    pub downloads: Downloads,
    /// How mail is sent; none: it is not.
    pub mail: Option<MailOptions>,
}

/// How to reach S3.
#[derive(Default, Clone)]
pub struct S3Settings {
    /// `https://host:port`, when it is not Amazon's.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Key id.
    pub access_key_id: Option<String>,
    /// Key.
    pub secret_access_key: Option<String>,
}

impl Settings {
    /// Resolves what was given on the command line, in the environment and in the file.
    pub fn resolve(given: &Overrides) -> Result<Self> {
        let set = file::beneath(given)?;
        let data = set.data.clone().unwrap_or_else(|| PathBuf::from("fieldlog-data"));
        let log = parsed("log", set.log.as_deref(), || format!("sqlite:{}", within(&data, "log.sqlite")))?;
        let storage = parsed("storage", set.storage.as_deref(), || format!("file:{}", within(&data, "blobs")))?;
        let trusted_proxies = networks(set.trusted_proxies.as_deref())?;
        Ok(Self {
            downloads: downloads(set.downloads.as_deref(), &storage, &trusted_proxies)?,
            listen: address("listen", set.listen.as_deref().unwrap_or("127.0.0.1:8080"))?,
            storage,
            vault: parsed("vault", set.vault.as_deref(), || default_vault(&data, set.log.as_deref()))?,
            log,
            master_key_file: set.master_key_file.unwrap_or_else(|| data.join("master.key")),
            read_models: set.read_models.unwrap_or_else(|| data.join("read-models")),
            s3: S3Settings {
                endpoint: set.s3_endpoint,
                region: set.s3_region,
                access_key_id: set.s3_access_key_id,
                secret_access_key: set.s3_secret_access_key,
            },
            docker: parsed("docker", set.docker.as_deref(), || "default".to_owned())?,
            image: set.image.unwrap_or_else(|| "fieldlog-qgis:latest".to_owned()),
            worker_slots: set.worker_slots.map(|slots| at_least("worker-slots", slots, 1)).transpose()?,
            worker_warm: set.worker_warm,
            worker_api: worker_api(set.worker_api.as_deref(), set.worker_api_url, set.worker_network.as_deref())?,
            worker_network: set.worker_network,
            job_timeout: Duration::from_secs(at_least(
                "job-timeout-seconds",
                set.job_timeout_seconds.unwrap_or(600),
                1,
            )?),
            job_memory_bytes: at_least("job-memory-mib", set.job_memory_mib.unwrap_or(1000), 64)? * 1024 * 1024,
            job_disk_bytes: at_least("job-disk-mib", set.job_disk_mib.unwrap_or(10 * 1024), 64)? * 1024 * 1024,
            job_cpus: at_least("job-cpus", set.job_cpus.unwrap_or(1.0), 0.1)?,
            grids: set.grids.unwrap_or_else(|| data.join("grids")),
            storage_quota_bytes: set.storage_quota_bytes,
            keep_versions: set.keep_versions,
            plans: plans::resolve(set.plans)?,
            upload_limit_bytes: set.upload_limit_bytes.unwrap_or(10_000_000_000),
            open_registration: set.open_registration.unwrap_or(true),
            session_lifetime: Duration::from_secs(
                at_least("session-hours", set.session_hours.unwrap_or(720), 1)? * 3600,
            ),
            trusted_proxies,
            mail: mail(set.smtp_url.as_deref(), set.mail_from.as_deref(), set.public_url.as_deref())?,
            public_url: set.public_url,
            data,
        })
    }
}

/// All that mail needs, or nothing of it. The links in it must not depend on what a request says about the server's address.
fn mail(smtp_url: Option<&str>, mail_from: Option<&str>, public_url: Option<&str>) -> Result<Option<MailOptions>> {
    let beside = |key: &str| anyhow!("the setting {key:?} is missing: expected it beside \"smtp-url\"");
    let Some(smtp_url) = smtp_url else {
        let is_alone = mail_from.is_some();
        anyhow::ensure!(!is_alone, "the setting \"smtp-url\" is missing: expected it beside \"mail-from\"");
        return Ok(None);
    };
    let mail_from = mail_from.ok_or_else(|| beside("mail-from"))?;
    let public_url = public_url.ok_or_else(|| beside("public-url"))?;
    anyhow::ensure!(
        public_url.starts_with("https://") || public_url.starts_with("http://"),
        "the setting \"public-url\" is wrong: expected https://host where mail is sent, found {public_url:?}"
    );
    Ok(Some(MailOptions {
        server: parsed("smtp-url", Some(smtp_url), String::new)?,
        sender: parsed("mail-from", Some(mail_from), String::new)?,
        public_url: public_url.to_owned(),
    }))
}

/// Where containers reach the worker, which they do on a network only.
fn worker_api(listen: Option<&str>, url: Option<String>, network: Option<&str>) -> Result<Option<JobApiOptions>> {
    let missing = |key: &str, beside: &str| anyhow!("the setting {key:?} is missing: expected it beside {beside:?}");
    let Some(listen) = listen else {
        return match url {
            Some(_) => Err(missing("worker-api", "worker-api-url")),
            None => Ok(None),
        };
    };
    network.ok_or_else(|| missing("worker-network", "worker-api"))?;
    if let Some(url) = url.as_ref().filter(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        anyhow::bail!("the setting \"worker-api-url\" is wrong: expected http://host:port, found {url:?}");
    }
    Ok(Some(JobApiOptions { listen: address("worker-api", listen)?, url }))
}

/// Beside a shared log the vault is shared too; beside a log in a file it is a file.
fn default_vault(data: &Path, log: Option<&str>) -> String {
    match log.filter(|log| log.starts_with("postgres")) {
        Some(shared) => shared.to_owned(),
        None => format!("sqlite:{}", within(data, "vault.sqlite")),
    }
}

fn within(data: &Path, name: &str) -> String {
    data.join(name).display().to_string()
}

fn parsed<T: FromStr>(key: &str, text: Option<&str>, default: impl FnOnce() -> String) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    let text = text.map_or_else(default, ToOwned::to_owned);
    // The value may hold a password, so only its parser decides what of it is quoted.
    text.parse().map_err(|error| anyhow!("{error}")).with_context(|| format!("the setting {key:?} is wrong"))
}

fn address(key: &str, text: &str) -> Result<SocketAddr> {
    text.parse().map_err(|_| {
        anyhow!("the setting {key:?} is wrong: expected an address and a port such as 127.0.0.1:8080, found {text:?}")
    })
}

fn networks(list: Option<&str>) -> Result<Vec<Network>> {
    let each = list.into_iter().flat_map(|list| list.split(',')).map(str::trim).filter(|network| !network.is_empty());
    each.map(|network| parsed("trusted-proxies", Some(network), String::new)).collect()
}

/// Handing downloads over needs somebody to hand them to.
fn downloads(text: Option<&str>, storage: &StorageUrl, proxies: &[Network]) -> Result<Downloads> {
    let Some(text) = text else { return Ok(Downloads::default()) };
    let wrong = |why: String| anyhow!("the setting \"downloads\" is wrong: {why}");
    let how = text.parse().map_err(|_| wrong(format!("expected stream, accel or redirect, found {text:?}")))?;
    match (how, storage) {
        (Downloads::Accel, _) if proxies.is_empty() => {
            Err(wrong("accel needs the address of the proxy in \"trusted-proxies\", found none there".to_owned()))
        }
        (Downloads::Redirect, StorageUrl::File(_)) | (Downloads::Accel | Downloads::Redirect, StorageUrl::Memory) => {
            Err(wrong(format!("{text} needs storage that somebody else can read, found {storage}")))
        }
        (Downloads::Stream | Downloads::Accel | Downloads::Redirect, _) => Ok(how),
    }
}

fn at_least<T: PartialOrd + std::fmt::Display>(key: &str, value: T, least: T) -> Result<T> {
    if value < least {
        return Err(anyhow!("the setting {key:?} is wrong: expected at least {least}, found {value}"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(downloads: &str, storage: Option<&str>, proxies: Option<&str>) -> Result<Downloads, String> {
        let given = Overrides {
            downloads: Some(downloads.to_owned()),
            storage: storage.map(str::to_owned),
            trusted_proxies: proxies.map(str::to_owned),
            ..Overrides::default()
        };
        Settings::resolve(&given).map(|settings| settings.downloads).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn downloads_are_handed_to_somebody_who_can_send_them() {
        assert_eq!(resolved("stream", None, None), Ok(Downloads::Stream));
        assert_eq!(resolved("accel", None, Some("127.0.0.1")), Ok(Downloads::Accel));
        assert_eq!(resolved("redirect", Some("s3://fieldlog"), None), Ok(Downloads::Redirect));
    }

    #[test]
    fn downloads_nobody_could_send_are_refused_with_the_reason() {
        for (how, storage, proxies, expected) in [
            ("fast", None, None, "expected stream, accel or redirect, found \"fast\""),
            ("accel", None, None, "trusted-proxies"),
            ("accel", Some("memory:"), Some("127.0.0.1"), "found memory:"),
            ("redirect", Some("file:blobs"), None, "found file:blobs"),
        ] {
            let refused = resolved(how, storage, proxies).expect_err(how);
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn containers_that_fetch_files_need_a_network_and_an_address() -> Result<()> {
        assert!(worker_api(None, None, Some("jobs"))?.is_none());
        let url = Some("http://worker:8081".to_owned());
        let options = worker_api(Some("10.0.0.1:8081"), url.clone(), Some("jobs"))?.context("there is one")?;
        assert_eq!((options.listen.port(), options.url), (8081, url.clone()));
        for (listen, url, network, named) in [
            (Some("10.0.0.1:8081"), None, None, "worker-network"),
            (Some("10.0.0.1"), None, Some("jobs"), "worker-api"),
            (None, url, Some("jobs"), "worker-api"),
            (Some("10.0.0.1:8081"), Some("worker:8081".to_owned()), Some("jobs"), "worker-api-url"),
        ] {
            let error = worker_api(listen, url, network).expect_err("it is wrong").to_string();
            assert!(error.contains(&format!("{named:?}")) && error.contains("expected"), "{error}");
        }
        Ok(())
    }

    const SERVER: &str = "smtp://ana:secret@mail.example:587?tls=required";

    #[test]
    fn mail_is_set_up_with_all_it_needs_or_not_at_all() -> Result<()> {
        assert!(mail(None, None, Some("https://cloud.example"))?.is_none());
        let options = mail(Some(SERVER), Some("Cloud <cloud@example.org>"), Some("https://cloud.example"))?;
        let options = options.context("mail is set up")?;
        assert_eq!(options.server.to_string(), "smtp://mail.example:587?tls=required");
        Ok(())
    }

    #[test]
    fn what_mail_lacks_or_what_is_wrong_is_named_and_the_password_is_not_quoted() {
        let (from, public) = (Some("cloud@example.org"), Some("https://cloud.example"));
        for (smtp_url, mail_from, public_url, named) in [
            (Some(SERVER), None, public, "mail-from"),
            (Some(SERVER), from, None, "public-url"),
            (Some(SERVER), from, Some("cloud.example"), "public-url"),
            (Some(SERVER), Some("cloud"), public, "mail-from"),
            (Some("mail://ana:secret@mail.example"), from, public, "smtp-url"),
            (Some("smtp://ana:secret@mail.example?tls=yes"), from, public, "smtp-url"),
            (None, from, public, "smtp-url"),
        ] {
            let error = mail(smtp_url, mail_from, public_url).expect_err("it is wrong");
            let text = format!("{error:#}");
            assert!(text.contains(named) && text.contains("expected") && !text.contains("secret"), "{text}");
        }
    }
}
