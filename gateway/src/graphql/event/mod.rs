//! Events: what happened, as the log has it. Sealed parts stay sealed.

pub mod queries;
pub mod subscriptions;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::{Connection, Edge};
use async_graphql::{ID, Json, Object};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::{Action, ResourceAction, ServerAction};
use fieldlog_domain::ResourceId;
use fieldlog_domain::provenance::Actor;
use fieldlog_eventlog::{Position, RecordedEvent};
use fieldlog_projections::{EventRow, Listed};
use uuid::Uuid;

use super::account::Account;
use super::failure::Failure;
use super::global_id::GlobalId;
use super::pages::Part;
use super::reading::Reading;
use super::resource::{self, Resource};
use super::scalars::LogPosition;

/// Something that happened.
pub struct EventRecord {
    event: RecordedEvent,
    reading: Arc<Reading>,
}

impl EventRecord {
    /// As the log has it.
    pub fn new(event: RecordedEvent, reading: &Arc<Reading>) -> Self {
        reading.expect_accounts(event.metadata.actor.account());
        reading.expect_resources(event.metadata.resource);
        Self { event, reading: reading.clone() }
    }

    /// The event.
    pub fn event(&self) -> &RecordedEvent {
        &self.event
    }

    /// What it was read with.
    pub fn reading(&self) -> &Arc<Reading> {
        &self.reading
    }

    /// The event at a position, if the viewer may see it.
    pub async fn find(reading: &Arc<Reading>, position: Position) -> Result<Option<Self>, Failure> {
        let found = reading.app().log().events_at(&[position]).await?.into_iter().next();
        let Some(event) = found.filter(|event| event.position <= reading.position) else { return Ok(None) };
        let may = may_read(reading, event.metadata.resource).is_ok();
        Ok(may.then(|| Self::new(event, reading)))
    }

    /// Reads the payloads of a page of a history in one go.
    pub async fn part(reading: &Arc<Reading>, listed: Listed<EventRow>) -> Result<Part<Self>, Failure> {
        let positions: Vec<Position> = listed.rows.iter().map(|row| row.position).collect();
        let mut events = read(reading, &positions).await?;
        let mut part = Connection::new(listed.has_previous, listed.has_next);
        for (position, cursor) in positions.iter().zip(listed.cursors) {
            let event = events.remove(position);
            let event = event.ok_or_else(|| Failure::internal(format!("the log has no event at {position}")))?;
            part.edges.push(Edge::new(cursor.to_string(), Self::new(event, reading)));
        }
        Ok(part)
    }
}

async fn read(reading: &Reading, positions: &[Position]) -> Result<HashMap<Position, RecordedEvent>, Failure> {
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut ordered = positions.to_vec();
    ordered.sort_unstable();
    let events = reading.app().log().events_at(&ordered).await?;
    Ok(events.into_iter().map(|event| (event.position, event)).collect())
}

/// Events of a resource are for those who see its history, the others for those who read the whole feed.
fn may_read(reading: &Reading, resource: Option<ResourceId>) -> Result<(), Failure> {
    let may_read_feed = reading.demand_other(Action::Server(ServerAction::ReadFeed));
    match resource {
        Some(resource) => may_read_feed.or_else(|_| reading.demand(ResourceAction::SeeHistory, resource)),
        None => may_read_feed,
    }
}

/// Something that happened, as the log has it. Personal data and secrets in it are sealed.
#[Object]
impl EventRecord {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::Event(self.event.position).into()
    }

    /// Its place in the whole log.
    async fn position(&self) -> LogPosition {
        self.event.position.into()
    }

    /// What happened, for example `file_version_added`.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.event.event_type
    }

    /// Version of the payload's shape.
    async fn version(&self) -> &str {
        &self.event.event_version
    }

    /// What it happened to, for example `resource-0192…`.
    async fn stream(&self) -> String {
        self.event.stream.to_string()
    }

    /// Its place in the stream: 1, 2, 3…
    async fn sequence(&self) -> u64 {
        self.event.sequence
    }

    /// The event's id.
    async fn event_id(&self) -> Uuid {
        self.event.event_id.uuid()
    }

    /// When the log took it.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.event.recorded_at
    }

    /// `anonymous`, `account`, `system` or `operator`.
    async fn actor_kind(&self) -> &'static str {
        match self.event.metadata.actor {
            Actor::Anonymous => "anonymous",
            Actor::Account(_) => "account",
            Actor::System => "system",
            Actor::Operator => "operator",
        }
    }

    /// Who did it, when a person did.
    async fn actor(&self) -> Result<Option<Account>, Failure> {
        let Some(id) = self.event.metadata.actor.account() else { return Ok(None) };
        Ok(self.reading.account(id)?.map(|row| Account::new(row, &self.reading)))
    }

    /// The program they used.
    async fn client(&self) -> &str {
        self.event.metadata.client.as_ref()
    }

    /// The command it came from.
    async fn command_id(&self) -> Uuid {
        self.event.metadata.command_id.uuid()
    }

    /// The request that set it off, as in `X-Request-Id`.
    async fn correlation_id(&self) -> Uuid {
        self.event.metadata.correlation_id.uuid()
    }

    /// The event that made Fieldlog act, when one did.
    async fn causation_id(&self) -> Option<Uuid> {
        self.event.metadata.causation_id.map(|id| id.uuid())
    }

    /// The resource it is about, if the viewer sees it.
    async fn resource(&self) -> Result<Option<Resource>, Failure> {
        match self.event.metadata.resource {
            Some(id) => resource::find(&self.reading, id),
            None => Ok(None),
        }
    }

    /// What it says, as it was written.
    async fn payload(&self) -> Result<Json<serde_json::Value>, Failure> {
        serde_json::from_str(&self.event.payload).map(Json).map_err(Failure::internal)
    }
}
