//! `?asOf=`: a position or a time, in URLs.

use chrono::{DateTime, Utc};
use fieldlog_commands::App;
use fieldlog_projections::{Moment, View};

use crate::http::problem::Problem;

/// The state of things as of a moment, or as they are now.
pub async fn view(app: &App, as_of: Option<&str>) -> Result<View, Problem> {
    match as_of {
        None => Ok(app.view()),
        Some(text) => Ok(app.model().as_of(moment(text)?).await?),
    }
}

fn moment(text: &str) -> Result<Moment, Problem> {
    if let Ok(position) = text.parse() {
        return Ok(Moment::Position(position));
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| Moment::Time(time.with_timezone(&Utc)));
    time.map_err(|_| {
        let message =
            format!("asOf: expected a position such as 1234 or a time such as 2026-08-21T09:15:02Z, found {text:?}");
        Problem::bad_request("bad_moment", message)
    })
}
