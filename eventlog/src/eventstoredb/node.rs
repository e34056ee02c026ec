//! The client, watched over: it panics on what it does not know, dies when it cannot connect, waits without end, and stays
//! with a node that is gone.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use eventstore::{
    AppendToStreamOptions, Client, Credentials, ReadAllOptions, ReadStreamOptions, SubscribeToAllOptions,
};
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::address::Address;
use super::error::{Connection, Failure, understand};
use crate::port::LogError;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The leader of the cluster, whichever that is.
pub(super) struct Node {
    address: Address,
    /// How long any single message may take.
    pub(super) patience: Duration,
    current: Mutex<Numbered>,
}

struct Numbered {
    number: u64,
    client: Client,
}

impl Node {
    /// Connects at the first call.
    pub(super) fn new(address: Address, patience: Duration) -> Result<Self, LogError> {
        for file in &address.files {
            // The client would panic.
            std::fs::File::open(file)
                .map_err(|error| LogError::Unavailable(format!("{}: cannot read {file}: {error}", address.place)))?;
        }
        let current = Mutex::new(Numbered { number: 0, client: connect(&address)? });
        Ok(Self { address, patience, current })
    }

    pub(super) fn place(&self) -> &str {
        &self.address.place
    }

    pub(super) fn log_name(&self) -> &str {
        &self.address.log
    }

    /// The same, asked by the user of the URL, if it names one.
    pub(super) fn signed<O: Signed>(&self, options: O) -> O {
        match &self.address.credentials {
            Some(credentials) => options.signed(credentials.clone()),
            None => options,
        }
    }

    /// Asks once. Nothing it does outlives `until`, and no panic of the client gets out.
    pub(super) async fn once<T, Asked>(&self, until: Instant, ask: impl FnOnce(Client) -> Asked) -> Result<T, Failure>
    where
        Asked: Future<Output = eventstore::Result<T>>,
    {
        let (number, client) = {
            let current = self.current.lock();
            (current.number, current.client.clone())
        };
        let (failure, connection) = match timeout_at(until, AssertUnwindSafe(ask(client)).catch_unwind()).await {
            Ok(Ok(Ok(answer))) => return Ok(answer),
            Ok(Ok(Err(error))) => understand(self.place(), error),
            Ok(Err(panic)) => {
                let why = format!("the node sent what the client does not understand ({})", said(&*panic));
                (Failure::Nonsense(why), Connection::Gone)
            }
            Err(_) => (Failure::Broken("no answer in time; can the node be reached?".to_owned()), Connection::Gone),
        };
        if connection == Connection::Gone {
            self.replace(number);
        }
        Err(failure)
    }

    /// Asks until there is an answer, patience is over or trying again does not help.
    pub(super) async fn ask<T, Asked>(&self, ask: impl Fn(Client) -> Asked) -> Result<T, Failure>
    where
        Asked: Future<Output = eventstore::Result<T>>,
    {
        let deadline = Instant::now() + self.patience * 2;
        let mut pause = FIRST_PAUSE;
        let mut broke = false;
        loop {
            let failure = match self.once(Instant::now() + self.patience * 4, &ask).await {
                Err(failure @ (Failure::Broken(_) | Failure::Unreached(_))) => failure,
                answer => return answer,
            };
            broke |= matches!(failure, Failure::Broken(_));
            if Instant::now() + pause >= deadline {
                // What broke off earlier may have been done.
                return Err(match failure {
                    Failure::Unreached(why) if broke => Failure::Broken(why),
                    failure => failure,
                });
            }
            tracing::debug!(?failure, "asking EventStoreDB again");
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A new client looks for the leader anew. Whoever comes second finds it replaced.
    pub(super) fn replace(&self, number: u64) {
        let mut current = self.current.lock();
        if current.number == number {
            match connect(&self.address) {
                Ok(client) => *current = Numbered { number: number + 1, client },
                Err(error) => tracing::warn!(%error, "the client of EventStoreDB could not be made anew"),
            }
        }
    }
}

/// What a user can sign.
pub(super) trait Signed {
    fn signed(self, credentials: Credentials) -> Self;
}

macro_rules! signed {
    ($($options:ty)*) => {
        $(impl Signed for $options {
            fn signed(self, credentials: Credentials) -> Self {
                self.authenticated(credentials)
            }
        })*
    };
}
signed! { AppendToStreamOptions ReadStreamOptions ReadAllOptions SubscribeToAllOptions }

fn connect(address: &Address) -> Result<Client, LogError> {
    Client::new(address.settings.clone())
        .map_err(|error| LogError::Unavailable(format!("{}: no client can be made: {error}", address.place)))
}

/// Each step of `work` in time, else the call is over.
pub(super) async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = eventstore::Result<T>>,
) -> eventstore::Result<T> {
    timeout(patience, work).await.unwrap_or(Err(eventstore::Error::DeadlineExceeded))
}

pub(super) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say what")
}
