//! Attempts whose container fetches files and brings results through this process. Where that cannot be, the error says why: another
//! attempt may find it otherwise.

use std::collections::BTreeMap;

use fieldlog_commands::session::Token;

use super::{Hold, Run};
use crate::job_api::{Desk, JobApi, Pass};

impl Run {
    /// The API of this worker's containers. It is there when such an image is; a worker may be started again without it.
    pub(super) fn job_api(&self) -> Result<&JobApi, String> {
        let none = || "this worker has no API for containers that fetch files themselves".to_owned();
        self.ctx.job_api.as_ref().ok_or_else(none)
    }

    /// From now on the container may fetch the inputs, and bring results.
    pub(super) fn admit(&self, token: &Token) -> Result<Pass, String> {
        let (api, file_bytes) = (self.job_api()?, self.ctx.options.limits.file_bytes);
        let desk = Desk::new(&self.ctx.app.view(), &self.job, self.directory.clone(), file_bytes, api.url());
        Ok(api.admit(token, desk.map_err(|error| error.to_string())?))
    }

    /// What a container of an earlier process needs of this one.
    pub(super) fn hold_again(&self) -> Result<Hold<'_>, String> {
        let token = self.directory.token();
        let token = token.map_err(|error| format!("its container's token cannot be read: {error}"))?;
        match token {
            Some(token) => Ok(Hold::Pass { pass: self.admit(&Token::known(token))?, was_alone: true }),
            None => Ok(Hold::Nothing),
        }
    }
}

impl JobApi {
    /// What a container finds it by (QFieldCloud reference, section 8.1). What it fetches is too much for a `/tmp` that is memory.
    pub(super) fn variables(&self, token: &Token) -> BTreeMap<String, String> {
        let variables = [("QFIELDCLOUD_URL", self.url()), ("QFIELDCLOUD_TOKEN", token.as_str()), ("TMPDIR", "/io/tmp")];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}
