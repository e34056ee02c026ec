//! Connections: parts of lists with cursors (Relay), never more than [`MOST`] rows at once.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge, EmptyFields};
use fieldlog_projections::{Cursor, Listed, Page};

use super::failure::Failure;

/// The most rows one page has.
pub const MOST: i32 = 100;
/// How many it has when nobody says.
pub const USUAL: i32 = 50;

/// Part of a list.
pub type Part<T> = Connection<String, T, EmptyFields, EmptyFields>;

/// Reads the arguments of a connection.
pub fn page(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Page, Failure> {
    let (size, from_end) = match (first, last) {
        (Some(_), Some(_)) => return Err(Failure::bad_argument("expected first or last, found both")),
        (Some(first), None) => (first, false),
        (None, Some(last)) => (last, true),
        (None, None) => (USUAL, before.is_some() && after.is_none()),
    };
    let first = usize::try_from(size).ok().filter(|_| size <= MOST);
    let first = first.ok_or_else(|| Failure::bad_argument(format!("expected 0 to {MOST} rows, found {size}")))?;
    Ok(Page { first, after: after.map(Cursor::from), before: before.map(Cursor::from), from_end })
}

/// The first rows of a list, after a cursor.
pub fn forward(first: Option<i32>, after: Option<String>) -> Result<Page, Failure> {
    page(first, after, None, None)
}

/// A page of rows as a connection.
pub fn part<R, T: OutputType>(listed: Listed<R>, mut object: impl FnMut(R) -> T) -> Part<T> {
    let mut part = Connection::new(listed.has_previous, listed.has_next);
    let cursors = listed.cursors.into_iter().map(|cursor| cursor.to_string());
    part.edges.extend(cursors.zip(listed.rows).map(|(cursor, row)| Edge::new(cursor, object(row))));
    part
}
