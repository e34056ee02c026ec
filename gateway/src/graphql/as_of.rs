//! A moment of the past, as an argument of root fields.

use async_graphql::OneofObject;
use chrono::{DateTime, Utc};
use fieldlog_projections::Moment;

use super::scalars::LogPosition;

/// A moment of the past: everything below the field is shown as it was then. Who may see it is decided by how things are now.
#[derive(Debug, Clone, Copy, OneofObject)]
pub enum AsOf {
    /// After the event at this position.
    Position(LogPosition),
    /// After the last event recorded at or before this time.
    Time(DateTime<Utc>),
}

impl From<AsOf> for Moment {
    fn from(as_of: AsOf) -> Self {
        match as_of {
            AsOf::Position(position) => Self::Position(position.0),
            AsOf::Time(time) => Self::Time(time),
        }
    }
}
