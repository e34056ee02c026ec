//! Finding jobs.

use async_graphql::{Context, ID, Object};
use fieldlog_domain::JobId;

use super::Job;
use crate::graphql::as_of::AsOf;
use crate::graphql::context::RequestContext;
use crate::graphql::failure::Failure;
use crate::graphql::global_id::Named;

/// Finding jobs.
#[derive(Default)]
pub struct JobQueries;

#[Object]
impl JobQueries {
    /// A job by its id; null when there is none or the viewer may not see it.
    async fn job(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "As of a moment of the past.")] as_of: Option<AsOf>,
    ) -> Result<Option<Job>, Failure> {
        let id = JobId::named(&id).map_err(|error| Failure::bad_argument(format!("id: {error}")))?;
        let reading = RequestContext::of(context).reading(as_of).await?;
        Ok(reading.job(id)?.map(|row| Job::new(row, &reading)))
    }
}
