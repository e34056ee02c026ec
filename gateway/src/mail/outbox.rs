//! Mails on their way: written and delivered in the background, tried again while the mail server is away.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::{AsyncTransport, Message};
use metrics::counter;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::options::{MailOptions, Transport, why};

/// Counts mails by how they ended.
pub const MAILS: &str = "fieldlog_mails_total";
/// Counts attempts that failed and were made again.
pub const MAIL_RETRIES: &str = "fieldlog_mail_retries_total";

/// So many mails may be on their way.
const PLACES: usize = 1_000;
/// So many connections to the mail server at a time.
const CONNECTIONS: usize = 4;
/// How long one attempt may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// What is waited between the attempts: a restart of the mail server, and a short outage.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// Mails on their way. They are in memory only: what a stopped server did not deliver has to be asked for again.
pub(crate) struct Outbox {
    options: MailOptions,
    transport: Transport,
    places: Arc<Semaphore>,
    connections: Semaphore,
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum Outcome {
    /// The mail server has it.
    Delivered,
    /// The mail server will never take it.
    Refused,
    /// The mail server was away for too long, or this server stopped.
    GivenUp,
    /// Too many were on their way.
    Dropped,
}

/// Why an attempt failed.
struct Failure {
    why: String,
    is_final: bool,
}

impl Outbox {
    /// An empty one; when `closing` is cancelled nothing is tried again.
    pub(crate) fn new(options: MailOptions, closing: CancellationToken) -> Self {
        if options.server.shows_password() {
            tracing::warn!(
                server = %options.server,
                "the password for the mail server travels without encryption; smtps://… or ?tls=required would protect it"
            );
        }
        Self {
            transport: options.server.transport(&options.sender),
            options,
            places: Arc::new(Semaphore::new(PLACES)),
            connections: Semaphore::new(CONNECTIONS),
            tasks: TaskTracker::new(),
            closing,
        }
    }

    /// Who mail comes from, and where links lead.
    pub(super) fn options(&self) -> &MailOptions {
        &self.options
    }

    /// Writes a mail and delivers it, both in the background: whoever asked for it cannot tell from the time it takes whether
    /// there was one to write.
    pub(super) fn post(self: &Arc<Self>, write: impl Future<Output = Option<Message>> + Send + 'static) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::error!(on_their_way = PLACES, "too many mails are on their way; one was dropped");
            return ended(Outcome::Dropped);
        };
        let outbox = Arc::clone(self);
        let task = async move {
            if let Some(mail) = write.await {
                ended(outbox.deliver(mail).await);
            }
            drop(place);
        };
        self.tasks.spawn(task.in_current_span());
    }

    /// Ready when no mail is on its way any more; asked once, when the server stops.
    pub(crate) async fn emptied(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn deliver(&self, mail: Message) -> Outcome {
        let mut pauses = PAUSES.into_iter();
        loop {
            let Failure { why, is_final } = match self.attempt(mail.clone()).await {
                Ok(()) => {
                    tracing::info!("a mail was delivered");
                    return Outcome::Delivered;
                }
                Err(failure) => failure,
            };
            if is_final {
                tracing::error!(server = %self.options.server, why, "the mail server refused a mail");
                return Outcome::Refused;
            }
            let Some(pause) = pauses.next() else {
                tracing::error!(server = %self.options.server, why, "a mail was not delivered and is given up");
                return Outcome::GivenUp;
            };
            tracing::warn!(server = %self.options.server, why, ?pause, "a mail was not delivered and is tried again");
            counter!(MAIL_RETRIES).increment(1);
            tokio::select! {
                () = self.closing.cancelled() => {
                    tracing::error!("a mail was not delivered: this server stops before the mail server is back");
                    return Outcome::GivenUp;
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn attempt(&self, mail: Message) -> Result<(), Failure> {
        // Never closed.
        let _connection = self.connections.acquire().await.ok();
        match tokio::time::timeout(DEADLINE, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure { why: why(&error), is_final: error.is_permanent() || error.is_client() }),
            Err(_) => Err(Failure { why: format!("no answer within {} s", DEADLINE.as_secs()), is_final: false }),
        }
    }
}

fn ended(outcome: Outcome) {
    let outcome: &'static str = outcome.into();
    counter!(MAILS, "outcome" => outcome).increment(1);
}
