//! The service `Streams`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use futures::{SinkExt, Stream, StreamExt};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use crate::Cluster;
use crate::faults::{Call, Fault};
use crate::node::Cutter;
use crate::reading::{Subscription, deleted, of_all, of_stream};
use crate::store::{Appended, Expected, Proposed};
use crate::wire::event_store::client::streams::append_req::options::ExpectedStreamRevision;
use crate::wire::event_store::client::streams::append_req::{self, ProposedMessage};
use crate::wire::event_store::client::streams::append_resp::success::{CurrentRevisionOption, PositionOption};
use crate::wire::event_store::client::streams::append_resp::wrong_expected_version::{
    CurrentRevisionOption as Current, ExpectedRevisionOption,
};
use crate::wire::event_store::client::streams::append_resp::{
    Position, Result as Answer, Success, WrongExpectedVersion,
};
use crate::wire::event_store::client::streams::read_req::options::{CountOption, StreamOption};
use crate::wire::event_store::client::streams::read_resp::{CaughtUp, Content, SubscriptionConfirmation};
use crate::wire::event_store::client::streams::streams_server::Streams;
use crate::wire::event_store::client::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp, TombstoneReq,
    TombstoneResp, delete_resp, tombstone_resp,
};
use crate::wire::event_store::client::{Empty, StreamIdentifier, Uuid, uuid};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
type Sender = futures::channel::mpsc::Sender<Result<ReadResp, Status>>;

/// Records a subscription looks at between two waits.
const AT_ONCE: usize = 256;

pub(crate) struct Service {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) number: usize,
    pub(crate) cutter: Cutter,
}

impl Service {
    /// Who asks may ask, and asks the leader where that is what they want.
    fn admit(&self, metadata: &MetadataMap) -> Result<(), Status> {
        if let Some(user) = self.cluster.faults.settings().user {
            let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user));
            match metadata.get("authorization") {
                None => return Err(Status::permission_denied("Access Denied")),
                Some(found) if *found != expected.as_str() => return Err(Status::unauthenticated("Unauthenticated")),
                Some(_) => {}
            }
        }
        let (leader, address) = self.cluster.leader();
        let wants_leader = metadata.get("requires-leader").is_some_and(|value| value == "true");
        if wants_leader && leader != self.number {
            let mut status = Status::not_found(format!("Leader info available: {address}"));
            let said = status.metadata_mut();
            said.insert("exception", "not-leader".parse().expect("it is ASCII"));
            said.insert("leader-endpoint-host", address.ip().to_string().parse().expect("it is ASCII"));
            said.insert("leader-endpoint-port", address.port().to_string().parse().expect("it is ASCII"));
            return Err(status);
        }
        Ok(())
    }

    /// Sends the messages of an answer, unless something goes wrong. False: it has.
    async fn send(&self, to: &mut Sender, answer: Vec<Content>, fault: Option<&Fault>, sent: &mut usize) -> bool {
        for content in answer {
            match fault {
                Some(Fault::CutAfter(after)) if *sent >= *after => {
                    self.cutter.cut();
                    return false;
                }
                Some(Fault::UnknownAfter(after)) if *sent == *after => {
                    to.send(Ok(ReadResp { content: None })).await.ok();
                }
                Some(Fault::EndAfter(after)) if *sent >= *after => return false,
                _ => {}
            }
            *sent += 1;
            if to.send(Ok(ReadResp { content: Some(content) })).await.is_err() {
                return false;
            }
        }
        true
    }
}

#[tonic::async_trait]
impl Streams for Arc<Service> {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        self.admit(request.metadata())?;
        let options = request.into_inner().options.ok_or_else(|| Status::invalid_argument("no options"))?;
        let store = &self.cluster.store;
        let stream_option = options.stream_option.clone().ok_or_else(|| Status::invalid_argument("no stream"))?;
        let (to, answers) = futures::channel::mpsc::channel(16);
        match (&stream_option, &options.count_option) {
            (StreamOption::Stream(of), Some(CountOption::Count(count))) => {
                let answer = of_stream(&store.lock(), &options, of, *count)?;
                tokio::spawn(Arc::clone(self).answer(Call::ReadStream, to, answer));
            }
            (StreamOption::All(all), Some(CountOption::Count(count))) => {
                let answer = of_all(&store.lock(), &options, all.all_option.as_ref(), *count)?;
                tokio::spawn(Arc::clone(self).answer(Call::ReadAll, to, answer));
            }
            (StreamOption::All(all), Some(CountOption::Subscription(_))) => {
                let subscription = Subscription::new(&store.lock(), &options, all.all_option.as_ref())?;
                tokio::spawn(Arc::clone(self).subscribed(to, subscription));
            }
            _ => return Err(Status::unimplemented("the fake has no subscriptions to streams")),
        }
        Ok(Response::new(answers.boxed()))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        self.admit(request.metadata())?;
        let (name, expected, events) = received(request.into_inner()).await?;
        let bytes: usize = events.iter().map(|event| event.data.len() + event.custom_metadata.len()).sum();
        let most = self.cluster.faults.settings().largest_append;
        if bytes > most {
            let mut status = Status::invalid_argument(format!("Maximum Append Size of {most} Exceeded."));
            status.metadata_mut().insert("exception", "maximum-append-size-exceeded".parse().expect("it is ASCII"));
            return Err(status);
        }
        let fault = self.cluster.faults.take(Call::Append);
        match fault {
            Some(Fault::CutBeforeCommit) => {
                self.cutter.cut();
                return Err(Status::unavailable("cut"));
            }
            Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
            Some(Fault::Hold(end)) => {
                self.cluster.faults.tell_held();
                if !end.await.unwrap_or_default() {
                    return Err(Status::invalid_argument("given up"));
                }
                return answered(&name, expected, self.cluster.store.try_append(&name, expected, events));
            }
            Some(Fault::UnknownAfter(_)) => {
                self.cluster.store.try_append(&name, expected, events);
                return Ok(Response::new(AppendResp { result: None }));
            }
            Some(Fault::CutAfterCommit) => {
                self.cluster.store.try_append(&name, expected, events);
                self.cutter.cut();
                return Err(Status::unavailable("cut"));
            }
            Some(other) => panic!("an append cannot meet {other:?}"),
            None => {}
        }
        answered(&name, expected, self.cluster.store.try_append(&name, expected, events))
    }

    async fn delete(&self, request: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        self.admit(request.metadata())?;
        let name = name(request.into_inner().options.and_then(|options| options.stream_identifier));
        self.cluster.store.truncate(&name, u64::MAX);
        Ok(Response::new(DeleteResp { position_option: Some(delete_resp::PositionOption::NoPosition(Empty {})) }))
    }

    async fn tombstone(&self, request: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        self.admit(request.metadata())?;
        let name = name(request.into_inner().options.and_then(|options| options.stream_identifier));
        self.cluster.store.lock().streams.entry(name).or_default().is_tombstoned = true;
        Ok(Response::new(TombstoneResp { position_option: Some(tombstone_resp::PositionOption::NoPosition(Empty {})) }))
    }

    async fn batch_append(
        &self,
        _: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        Err(Status::unimplemented("the fake has no batch append"))
    }
}

impl Service {
    async fn answer(self: Arc<Self>, call: Call, mut to: Sender, answer: Vec<Content>) {
        let fault = self.cluster.faults.take(call);
        if let Some(Fault::Slow(time)) = &fault {
            tokio::time::sleep(*time).await;
        }
        self.send(&mut to, answer, fault.as_ref(), &mut 0).await;
    }

    async fn subscribed(self: Arc<Self>, mut to: Sender, mut subscription: Subscription) {
        let fault = self.cluster.faults.take(Call::Subscribe);
        if let Some(Fault::Slow(time)) = &fault {
            tokio::time::sleep(*time).await;
        }
        let mut sent = 0;
        let mut has_caught_up = false;
        let mut length = self.cluster.store.length.subscribe();
        let id = ::uuid::Uuid::new_v4().to_string();
        let confirmed = vec![Content::Confirmation(SubscriptionConfirmation { subscription_id: id })];
        if !self.send(&mut to, confirmed, None, &mut 0).await {
            return;
        }
        loop {
            length.mark_unchanged();
            let (mut answer, is_at_the_end) = {
                let state = self.cluster.store.lock();
                (subscription.go_on(&state, AT_ONCE), subscription.is_at_the_end(&state))
            };
            if is_at_the_end && !has_caught_up {
                has_caught_up = true;
                answer.push(Content::CaughtUp(CaughtUp {}));
            }
            if !self.send(&mut to, answer, fault.as_ref(), &mut sent).await {
                return;
            }
            if is_at_the_end {
                tokio::select! {
                    changed = length.changed() => if changed.is_err() { return },
                    // Nobody may listen any more.
                    () = tokio::time::sleep(Duration::from_secs(1)) => if to.is_closed() { return },
                }
            }
        }
    }
}

async fn received(mut messages: Streaming<AppendReq>) -> Result<(String, Expected, Vec<Proposed>), Status> {
    let first = messages.message().await?.and_then(|message| message.content);
    let Some(append_req::Content::Options(options)) = first else {
        return Err(Status::invalid_argument("an append begins with its options"));
    };
    let expected = match options.expected_stream_revision {
        Some(ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
        Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
        Some(ExpectedStreamRevision::StreamExists(_)) => Expected::Exists,
        Some(ExpectedStreamRevision::Any(_)) | None => Expected::Any,
    };
    let mut events = Vec::new();
    while let Some(message) = messages.message().await? {
        match message.content {
            Some(append_req::Content::ProposedMessage(message)) => events.push(proposed(message)?),
            _ => return Err(Status::invalid_argument("expected an event")),
        }
    }
    Ok((name(options.stream_identifier), expected, events))
}

fn proposed(message: ProposedMessage) -> Result<Proposed, Status> {
    Ok(Proposed {
        id: id(message.id).ok_or_else(|| Status::invalid_argument("an event has no id"))?,
        metadata: message.metadata,
        custom_metadata: message.custom_metadata.to_vec(),
        data: message.data.to_vec(),
    })
}

fn id(id: Option<Uuid>) -> Option<::uuid::Uuid> {
    match id?.value? {
        uuid::Value::String(text) => text.parse().ok(),
        uuid::Value::Structured(bits) => Some(::uuid::Uuid::from_u64_pair(
            bits.most_significant_bits.cast_unsigned(),
            bits.least_significant_bits.cast_unsigned(),
        )),
    }
}

fn name(identifier: Option<StreamIdentifier>) -> String {
    String::from_utf8_lossy(&identifier.unwrap_or_default().stream_name).into_owned()
}

fn answered(name: &str, expected: Expected, appended: Appended) -> Result<Response<AppendResp>, Status> {
    let success = |revision, position| {
        Answer::Success(Success {
            current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
            position_option: Some(position),
        })
    };
    let result = match appended {
        Appended::Written(revision, at) => {
            success(revision, PositionOption::Position(Position { commit_position: at, prepare_position: at }))
        }
        // A server need not know any more where that was.
        Appended::Repeated(revision) => success(revision, PositionOption::NoPosition(Empty {})),
        Appended::Deleted => return Err(deleted(name)),
        Appended::Wrong(current) => Answer::WrongExpectedVersion(WrongExpectedVersion {
            current_revision_option: Some(current.map_or(Current::CurrentNoStream(Empty {}), Current::CurrentRevision)),
            expected_revision_option: Some(match expected {
                Expected::Any => ExpectedRevisionOption::ExpectedAny(Empty {}),
                Expected::Exists => ExpectedRevisionOption::ExpectedStreamExists(Empty {}),
                Expected::NoStream => ExpectedRevisionOption::ExpectedNoStream(Empty {}),
                Expected::Revision(revision) => ExpectedRevisionOption::ExpectedRevision(revision),
            }),
            ..WrongExpectedVersion::default()
        }),
    };
    Ok(Response::new(AppendResp { result: Some(result) }))
}
