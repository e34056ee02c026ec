//! `fieldlog serve`, `gateway`, `worker`: the same parts, in one process or in several.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use fieldlog_commands::App;
use fieldlog_commands::policies::Policies;
use fieldlog_gateway::{Gateway, GatewayOptions};
use fieldlog_worker::containers::ContainerLimits;
use fieldlog_worker::{PauseSwitch, Worker, WorkerOptions};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::parts;
use crate::settings::Settings;

/// Which parts this process runs, besides the policies.
#[derive(Clone, Copy)]
pub struct Roles {
    /// Answers HTTP.
    pub gateway: bool,
    /// Runs jobs.
    pub worker: bool,
}

/// Runs until it is asked to stop.
pub async fn run(settings: Settings, roles: Roles) -> Result<ExitCode> {
    let stop = stop_signal()?;
    let listener = match roles.gateway {
        true => Some(
            TcpListener::bind(settings.listen)
                .await
                .with_context(|| format!("cannot listen on {}", settings.listen))?,
        ),
        false => None,
    };
    let app = parts::app(&settings, &settings.read_models).await?;
    // Before the worker: it sets up where measurements go.
    let gateway = listener.map(|listener| (listener, Gateway::new(app.clone(), gateway_options(&settings))));
    let policies = Policies::start(&app, &settings.data.join("policies")).await?;
    let worker = match roles.worker {
        true => {
            let worker = Worker::start(app.clone(), worker_options(&settings)?).await?;
            pause_on_signals(worker.pause_switch())?;
            Some(worker)
        }
        false => None,
    };
    match gateway {
        Some((listener, gateway)) => {
            say_ready(&format!("http://{}", listener.local_addr()?), &app)?;
            gateway.serve(listener, stopped(stop)).await;
        }
        None => {
            say_ready("the worker", &app)?;
            stopped(stop).await;
        }
    }
    if let Some(worker) = worker {
        worker.shutdown().await;
    }
    policies.shutdown().await;
    app.model().shutdown().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The one line that says where it is, for people and for programs that wait for it.
fn say_ready(what: &str, app: &App) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "fieldlog is ready: {what} (log {}, position {})", app.log().describe(), app.model().position())?;
    Ok(out.flush()?)
}

fn worker_options(settings: &Settings) -> Result<WorkerOptions> {
    // Made now, so that what is fetched later is there for the next job.
    std::fs::create_dir_all(&settings.grids)
        .with_context(|| format!("cannot make the folder of grids {}", settings.grids.display()))?;
    let limits = ContainerLimits {
        memory_bytes: settings.job_memory_bytes,
        cpus: settings.job_cpus,
        file_bytes: settings.job_disk_bytes,
        disk_bytes: settings.job_disk_bytes,
        ..ContainerLimits::default()
    };
    let slots = settings.worker_slots.unwrap_or_else(|| WorkerOptions::slots_of_this_machine(&limits));
    Ok(WorkerOptions {
        slots,
        warm: settings.worker_warm.unwrap_or(slots),
        network: settings.worker_network.clone(),
        job_api: settings.worker_api.clone(),
        image: settings.image.clone(),
        docker: settings.docker.clone(),
        grids: Some(settings.grids.clone()),
        timeout: settings.job_timeout,
        limits,
        ..WorkerOptions::new(settings.data.join("worker"))
    })
}

fn gateway_options(settings: &Settings) -> GatewayOptions {
    GatewayOptions {
        upload_limit: settings.upload_limit_bytes,
        trusted_proxies: settings.trusted_proxies.clone(),
        public_url: settings.public_url.clone(),
        downloads: settings.downloads,
        mail: settings.mail.clone(),
        ..GatewayOptions::default()
    }
}

/// Turns to true at the first SIGTERM or SIGINT; a second one ends the process at once.
fn stop_signal() -> Result<watch::Receiver<bool>> {
    let (tell, told) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if tell.send_replace(true) {
                tracing::warn!("asked twice to stop: leaving at once; what was acknowledged is in the log");
                std::process::exit(1);
            }
            tracing::info!("stopping; asked again, it stops at once");
        }
    });
    Ok(told)
}

/// SIGUSR1 pauses the worker, SIGUSR2 lets it go on.
fn pause_on_signals(switch: PauseSwitch) -> Result<()> {
    let mut pause = signal(SignalKind::user_defined1())?;
    let mut resume = signal(SignalKind::user_defined2())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = pause.recv() => switch.pause(),
                _ = resume.recv() => switch.resume(),
            }
        }
    });
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // The sender lives as long as the process.
    let _ = stop.wait_for(|stopped| *stopped).await;
}
