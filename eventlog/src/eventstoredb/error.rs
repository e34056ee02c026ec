//! What the client's errors mean to whoever uses the log.

use eventstore::{CurrentRevision, Error};

use crate::port::LogError;

/// Why a call did not come to its answer.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The stream is at another revision.
    WrongRevision,
    /// The stream has no event that can be read.
    NoStream,
    /// The stream was deleted.
    Deleted,
    /// No node took the question. Trying again may help.
    Unreached(String),
    /// The node is away or too slow. What was asked may have been done. Trying again may help.
    Broken(String),
    /// Nothing was done, and trying again does not help.
    Refused(LogError),
    /// The client does not understand the answer. What was asked may have been done.
    Nonsense(String),
}

/// Whether the connection is of no use any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Good,
    Gone,
}

impl Failure {
    /// As an error of a call that changes nothing.
    pub(super) fn of_reading(self, place: &str) -> LogError {
        match self {
            Self::Unreached(why) | Self::Broken(why) => LogError::Unavailable(format!("{place}: {why}")),
            Self::Refused(error) => error,
            Self::Nonsense(why) => LogError::Damaged(format!("{place}: {why}")),
            Self::WrongRevision => LogError::Damaged(format!("{place}: a read was answered as if it were an append")),
            Self::NoStream => LogError::Damaged(format!("{place}: a stream that was there is gone")),
            Self::Deleted => LogError::Damaged(format!("{place}: a stream of the log was deleted")),
        }
    }
}

/// gRPC's numbers of what may be otherwise in a moment: cancelled, too much at once, aborted.
const PASSING: [i32; 3] = [1, 8, 10];

/// What the client said, and what it says of the connection.
pub(super) fn understand(place: &str, error: Error) -> (Failure, Connection) {
    let good = |failure| (failure, Connection::Good);
    let gone = |why: String| (Failure::Broken(why), Connection::Gone);
    let unreached = |why: String| (Failure::Unreached(why), Connection::Gone);
    let nonsense = |why: String| {
        (Failure::Nonsense(format!("the node said what the client does not understand: {why}")), Connection::Gone)
    };
    let refused = |why: String| Failure::Refused(LogError::Unavailable(format!("{place}: {why}")));
    match error {
        Error::WrongExpectedVersion { current: CurrentRevision::Current(_) | CurrentRevision::NoStream, .. } => {
            good(Failure::WrongRevision)
        }
        Error::ResourceNotFound => good(Failure::NoStream),
        Error::ResourceDeleted => good(Failure::Deleted),
        // The client goes on to the leader by itself.
        Error::NotLeaderException(leader) => {
            good(Failure::Unreached(format!("the node is not the leader, that is {}:{}", leader.host, leader.port)))
        }
        Error::ServerError(why) if why.contains("tcp connect error") => {
            unreached(format!("the node cannot be reached: {why}"))
        }
        Error::ServerError(why) => gone(format!("the node failed or is away: {why}")),
        Error::GrpcConnectionError(why) => {
            unreached(format!("no node can be reached (are address and tls right?): {why}"))
        }
        // The client has given up.
        Error::ConnectionClosed => {
            unreached("no node can be reached, or not the leader (are address and tls right?)".to_owned())
        }
        Error::DeadlineExceeded => gone("no answer in time; can the node be reached?".to_owned()),
        Error::AccessDenied => good(refused(
            "access denied; are user and password right, and may the user read $all and write streams?".to_owned(),
        )),
        Error::UnsupportedFeature => {
            good(refused("the server does not offer what the log needs (gRPC streams)".to_owned()))
        }
        Error::Grpc { code, message } if PASSING.contains(&(code as i32)) => {
            good(Failure::Broken(format!("the node is busy: {message}")))
        }
        Error::Grpc { message, .. } => {
            good(Failure::Refused(LogError::Damaged(format!("{place} does not take it: {message}"))))
        }
        Error::ResourceAlreadyExists => nonsense("something is there already".to_owned()),
        Error::InitializationError(why) => (refused(why), Connection::Gone),
        Error::InternalParsingError(why) | Error::IllegalStateError(why) => nonsense(why),
        Error::InternalClientError => nonsense("an internal error".to_owned()),
    }
}
