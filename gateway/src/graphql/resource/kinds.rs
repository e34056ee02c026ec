//! The kinds of resources as GraphQL objects. All have the same fields; projects have revisions and jobs besides.

use std::sync::Arc;

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use fieldlog_commands::authz::ResourceAction;
use fieldlog_domain::shared::FilePath;
use fieldlog_projections::ResourceRow;
use uuid::Uuid;

use super::collaborator::{Collaborator, ViewerRole};
use super::details::Extent;
use super::project_fields::ProjectFields;
use crate::graphql::account::{self, Account};
use crate::graphql::enums::{Order, ResourceKind, Visibility};
use crate::graphql::event::EventRecord;
use crate::graphql::failure::Failure;
use crate::graphql::file::File;
use crate::graphql::global_id::GlobalId;
use crate::graphql::pages::{self, Part};
use crate::graphql::reading::Reading;
use crate::graphql::scalars::ByteCount;

/// What GraphQL's interfaces ask of every kind, written once.
macro_rules! resource_kind {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        pub struct $name {
            row: ResourceRow,
            reading: Arc<Reading>,
        }

        impl $name {
            /// As the reading shows it.
            pub fn new(row: ResourceRow, reading: &Arc<Reading>) -> Self {
                reading.expect_accounts([row.owner]);
                Self { row, reading: reading.clone() }
            }
        }

        $(#[$doc])*
        #[Object]
        impl $name {
            /// Global id.
            pub async fn id(&self) -> ID {
                GlobalId::Resource(self.row.id).into()
            }

            /// The id alone, as URLs use it.
            pub async fn uuid(&self) -> Uuid {
                self.row.id.uuid()
            }

            /// What it is.
            pub async fn kind(&self) -> ResourceKind {
                self.row.kind.into()
            }

            /// Unique under its owner.
            pub async fn name(&self) -> &str {
                self.row.name.as_str()
            }

            /// For people.
            pub async fn description(&self) -> &str {
                &self.row.description
            }

            /// Whose it is.
            pub async fn owner(&self) -> Result<Account, Failure> {
                account::found(&self.reading, self.row.owner).await
            }

            /// Who sees it without a role of their own.
            pub async fn visibility(&self) -> Visibility {
                self.row.visibility.into()
            }

            /// When it came to be.
            pub async fn registered_at(&self) -> DateTime<Utc> {
                self.row.registered_at
            }

            /// When it or one of its files changed last.
            pub async fn changed_at(&self) -> DateTime<Utc> {
                self.row.changed_at
            }

            /// Whether it is gone from all lists.
            pub async fn is_retired(&self) -> bool {
                self.row.is_retired
            }

            /// Where on earth it is.
            pub async fn extent(&self) -> Option<Extent> {
                self.row.extent.map(Extent::from)
            }

            /// Where its picture is.
            pub async fn thumbnail_url(&self) -> Option<String> {
                let path = self.row.thumbnail.as_ref().map(|_| format!("/resources/{}/thumbnail", self.row.id));
                path.map(|path| self.reading.gateway.url(&path))
            }

            /// Files it holds now.
            pub async fn file_count(&self) -> u64 {
                self.row.file_count
            }

            /// Bytes of the files it holds now.
            pub async fn total_bytes(&self) -> ByteCount {
                ByteCount(self.row.total_bytes)
            }

            /// What the viewer may do, and why, as things are now; null for an administrator without a role on it.
            pub async fn viewer_role(&self) -> Result<Option<ViewerRole>, Failure> {
                let now = self.reading.app().view();
                let role = now.role_of(self.row.id, self.reading.viewer.account)?;
                Ok(role.map(ViewerRole::from))
            }

            /// The files it holds now, by path.
            pub async fn files(
                &self,
                first: Option<i32>,
                after: Option<String>,
                last: Option<i32>,
                before: Option<String>,
            ) -> Result<Part<File>, Failure> {
                self.reading.demand(ResourceAction::ReadFiles, self.row.id)?;
                let listed = self.reading.view.files(self.row.id, pages::page(first, after, last, before)?)?;
                Ok(pages::part(listed, |row| File::new(row, &self.reading)))
            }

            /// The file at this path.
            pub async fn file(&self, path: String) -> Result<Option<File>, Failure> {
                let path = FilePath::try_new(&path).map_err(|bad| Failure::bad_argument(format!("path: {bad}")))?;
                File::find(&self.reading, self.row.id, &path)
            }

            /// Who works on it, oldest first; for those who manage it.
            pub async fn collaborators(&self, first: Option<i32>, after: Option<String>) -> Result<Part<Collaborator>, Failure> {
                self.reading.demand(ResourceAction::SeeCollaborators, self.row.id)?;
                let listed = self.reading.view.collaborators(self.row.id, pages::forward(first, after)?)?;
                Ok(pages::part(listed, |row| Collaborator::new(row, &self.reading)))
            }

            /// What happened to it, its files and its jobs; for those who have a role on it.
            pub async fn history(
                &self,
                first: Option<i32>,
                after: Option<String>,
                last: Option<i32>,
                before: Option<String>,
                #[graphql(desc = "Which end comes first; the oldest when nobody says.")] order: Option<Order>,
            ) -> Result<Part<EventRecord>, Failure> {
                self.reading.demand(ResourceAction::SeeHistory, self.row.id)?;
                let page = pages::page(first, after, last, before)?;
                let listed = self.reading.view.history(self.row.id, order.unwrap_or_default().into(), page)?;
                EventRecord::part(&self.reading, listed).await
            }

            $($own)*
        }
    };
}

resource_kind! {
    /// A QGIS project: its one QGIS project file, the data beside it, and what QGIS made of it.
    Project {
        #[graphql(flatten)]
        async fn project_fields(&self) -> ProjectFields<'_> {
            ProjectFields { row: &self.row, reading: &self.reading }
        }
    }
}

resource_kind! {
    /// Data of one kind.
    Dataset {}
}

resource_kind! {
    /// A composition of datasets.
    Map {}
}

resource_kind! {
    /// A document beside the data.
    Document {}
}

resource_kind! {
    /// An application over the data.
    Geoapp {}
}
