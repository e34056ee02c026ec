//! Questions about events.

use chrono::{DateTime, Utc};
use fieldlog_domain::ResourceId;
use fieldlog_eventlog::Position;

use super::EventRow;
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

/// Which end of a history comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As it happened.
    #[default]
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// What happened after a position, in order?
#[derive(Debug, Clone, Default)]
pub struct ListEvents {
    /// Only events after this one.
    pub after: Position,
    /// About this resource only.
    pub resource: Option<ResourceId>,
    /// Of these types only; empty: of all.
    pub types: Vec<String>,
    /// How many at most.
    pub limit: usize,
}

impl View {
    /// What happened to a resource, its files and its jobs.
    pub fn history(&self, resource: ResourceId, order: Order, page: Page) -> Result<Listed<EventRow>, ReadError> {
        todo!("{resource} {order:?} {page:?}")
    }

    /// Answers [`ListEvents`].
    pub fn events(&self, list: ListEvents) -> Result<Vec<EventRow>, ReadError> {
        todo!("{list:?}")
    }

    /// Position of the last event recorded at or before `time`.
    pub fn position_at(&self, time: DateTime<Utc>) -> Result<Position, ReadError> {
        todo!("{time}")
    }
}
