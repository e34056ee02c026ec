//! `fieldlog doctor`: is everything there that is needed? If not, what to do? It looks and makes nothing.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_eventlog::EventLog;
use fieldlog_gateway::MailServer;
use fieldlog_worker::containers::docker::DockerRuntime;
use fieldlog_worker::containers::{ContainerRuntime, Contract};

use crate::installation;
use crate::parts;
use crate::settings::Settings;

/// Free space below which things are about to go wrong.
const LITTLE_SPACE: u64 = 1024 * 1024 * 1024;
/// How far a clock may be behind the last event.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(5);
/// How long anything may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs it; the exit code says whether everything is well.
pub async fn run(settings: &Settings) -> Result<ExitCode> {
    let mut findings = Findings::default();
    let advice = "let this user write to it or name another with --data; the first `fieldlog serve` makes it";
    if findings.look("data folder", advice, async { writable(&settings.data) }).await.is_some() {
        look_at_data(&mut findings, settings).await;
    }
    look_at_engine(&mut findings, settings).await;
    if let Some(mail) = &settings.mail {
        let advice = "is the mail server there, and are user, password and tls in --smtp-url right?";
        findings.look("mail server", advice, async { mail_server(&mail.server).await }).await;
    }
    Ok(findings.conclude())
}

async fn look_at_data(findings: &mut Findings, settings: &Settings) {
    let log = findings
        .look("log", "is the file or the server there, are address, user and password in --log right?", async {
            let log = parts::existing_log(settings).await?;
            let head = log.head().await?;
            Ok((format!("{}, position {head}", log.describe()), log))
        })
        .await;
    if let Some(log) = &log {
        findings
            .look("clock", "let the machine's clock follow a time server, for example with chrony", async {
                clock(log.as_ref()).await
            })
            .await;
    }
    findings
        .look("vault", "use the master key this vault was made with (--master-key-file)", async {
            let key = &settings.master_key_file;
            ensure!(key.exists(), "there is no master key at {}", key.display());
            let vault = parts::vault(settings).await?;
            if let Some(log) = &log {
                installation::check(settings, log.as_ref(), &vault).await?;
            }
            Ok((format!("opens with the key in {}", settings.master_key_file.display()), ()))
        })
        .await;
    findings
        .look(
            "storage",
            "is the folder or bucket there, may this user write, is there room, are the S3 settings right?",
            async { storage(settings).await },
        )
        .await;
    findings
        .look("read models", "stop the server, remove the folder and start it again: they are built anew", async {
            writable(&settings.read_models)
        })
        .await;
}

async fn look_at_engine(findings: &mut Findings, settings: &Settings) {
    let engine = findings
        .look(
            "container engine",
            "start Docker (scripts/docker-engine does), or say where it listens with --docker",
            async { engine(settings).await },
        )
        .await;
    if let Some(engine) = engine {
        findings
            .look("image", "build it with scripts/qgis-image, or name another with --image", async {
                let image = engine.image(&settings.image).await?;
                if image.contract == Contract::Api && settings.worker_api.is_none() {
                    anyhow::bail!(
                        "{} fetches files through QFieldCloud's API: expected worker_network and worker_api beside it",
                        image.name
                    );
                }
                Ok((format!("{} ({})", image.name, image.digest), ()))
            })
            .await;
    }
}

#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    /// Prints what a look found, or what to do about it.
    async fn look<T>(
        &mut self,
        what: &str,
        advice: &str,
        look: impl Future<Output = Result<(String, T)>>,
    ) -> Option<T> {
        let found = match tokio::time::timeout(PATIENCE, look).await {
            Ok(found) => found,
            Err(_) => Err(anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs())),
        };
        match found {
            Ok((text, value)) => {
                println!("ok    {what:<18} {text}");
                Some(value)
            }
            Err(error) => {
                self.bad += 1;
                println!("BAD   {what:<18} {error:#}\n      {:<18} -> {advice}", "");
                None
            }
        }
    }

    fn conclude(&self) -> ExitCode {
        match self.bad {
            0 => {
                println!("everything is there");
                ExitCode::SUCCESS
            }
            bad => {
                println!("{bad} of the above need attention");
                ExitCode::FAILURE
            }
        }
    }
}

/// Whether a file can be made in `dir`, and how much room there is.
fn writable(dir: &Path) -> Result<(String, ())> {
    ensure!(dir.is_dir(), "there is no folder {}", dir.display());
    tempfile::tempfile_in(dir).with_context(|| format!("cannot write to {}", dir.display()))?;
    let space = rustix::fs::statvfs(dir).with_context(|| format!("cannot ask for free space of {}", dir.display()))?;
    let free = space.f_bavail * space.f_frsize;
    ensure!(free >= LITTLE_SPACE, "{} has only {} MiB free", dir.display(), free / 1024 / 1024);
    Ok((format!("{}, {} GiB free", dir.display(), free / LITTLE_SPACE), ()))
}

/// A clock that is behind the last event would put events in the wrong light.
async fn clock(log: &dyn EventLog) -> Result<(String, ())> {
    let now = Utc::now();
    let head = log.head().await?;
    let last = log.events_at(&[head]).await?.pop().map(|event| event.recorded_at);
    check_clock(now, last)?;
    Ok((now.format("%Y-%m-%d %H:%M:%S UTC").to_string(), ()))
}

fn check_clock(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Result<()> {
    if let Some(last) = last {
        ensure!(now + CLOCK_SLACK >= last, "it is {now}, but the last event was recorded at {last}");
    }
    Ok(())
}

async fn storage(settings: &Settings) -> Result<(String, ())> {
    let health = parts::storage(settings)?.check().await?;
    let room = match health.free_bytes {
        Some(free) => {
            ensure!(free >= LITTLE_SPACE, "{} has only {} MiB free", settings.storage, free / 1024 / 1024);
            format!(", {} GiB free", free / LITTLE_SPACE)
        }
        None => String::new(),
    };
    let round_trip = health.round_trip.as_secs_f64() * 1000.0;
    Ok((format!("{}, wrote, read and deleted a probe in {round_trip:.1} ms{room}", settings.storage), ()))
}

/// Connects and logs in; no mail is sent.
async fn mail_server(server: &MailServer) -> Result<(String, ())> {
    server.check().await.map_err(anyhow::Error::msg).with_context(|| server.to_string())?;
    let hint =
        if server.shows_password() { "; the password travels in plain, ?tls=required would protect it" } else { "" };
    Ok((format!("{server}{hint}"), ()))
}

async fn engine(settings: &Settings) -> Result<(String, DockerRuntime)> {
    let engine = DockerRuntime::new(settings.docker.clone());
    let info = engine.engine().await?;
    Ok((format!("version {}, API {}", info.version, info.api_version), engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_the_last_event_is_told() {
        let now = Utc::now();
        assert!(check_clock(now, Some(now + TimeDelta::seconds(60))).is_err());
        assert!(check_clock(now, Some(now + TimeDelta::seconds(1))).is_ok());
        assert!(check_clock(now, None).is_ok());
    }
}
