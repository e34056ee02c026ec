//! Resources: projects, datasets, maps, documents, geoapps. What they have in common is in [`kinds`].

#![allow(clippy::duplicated_attributes, reason = "fields of an interface have types and arguments in common")]

pub mod collaborator;
pub mod delta;
pub mod details;
pub mod kinds;
pub mod project_fields;
pub mod queries;
pub mod revision;

use std::sync::Arc;

use async_graphql::{ID, Interface};
use chrono::{DateTime, Utc};
use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::ResourceKind as Kind;
use fieldlog_projections::ResourceRow;
use uuid::Uuid;

use super::account::Account;
use super::enums::{Order, ResourceKind, Visibility};
use super::event::EventRecord;
use super::failure::Failure;
use super::file::File;
use super::pages::Part;
use super::reading::Reading;
use super::scalars::ByteCount;
use collaborator::{Collaborator, ViewerRole};
use details::Extent;
use kinds::{Dataset, Document, Geoapp, Map, Project};

/// The root concept: something that somebody owns, with files and a history.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Global id."),
    field(name = "uuid", ty = "Uuid", desc = "The id alone, as URLs use it."),
    field(name = "kind", ty = "ResourceKind", desc = "What it is."),
    field(name = "name", ty = "&str", desc = "Unique under its owner."),
    field(name = "description", ty = "&str", desc = "For people."),
    field(name = "owner", ty = "Result<Account, Failure>", desc = "Whose it is."),
    field(name = "visibility", ty = "Visibility", desc = "Who sees it without a role of their own."),
    field(name = "registered_at", ty = "DateTime<Utc>", desc = "When it came to be."),
    field(name = "changed_at", ty = "DateTime<Utc>", desc = "When it or one of its files changed last."),
    field(name = "is_retired", ty = "bool", desc = "Whether it is gone from all lists."),
    field(name = "extent", ty = "Option<Extent>", desc = "Where on earth it is."),
    field(name = "thumbnail_url", ty = "Option<String>", desc = "Where its picture is."),
    field(name = "file_count", ty = "u64", desc = "Files it holds now."),
    field(name = "total_bytes", ty = "ByteCount", desc = "Bytes of the files it holds now."),
    field(name = "viewer_role", ty = "Result<Option<ViewerRole>, Failure>", desc = "What the viewer may do, and why."),
    field(
        name = "files",
        ty = "Result<Part<File>, Failure>",
        desc = "The files it holds now, by path.",
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>"),
        arg(name = "last", ty = "Option<i32>"),
        arg(name = "before", ty = "Option<String>")
    ),
    field(
        name = "file",
        ty = "Result<Option<File>, Failure>",
        desc = "The file at this path.",
        arg(name = "path", ty = "String")
    ),
    field(
        name = "collaborators",
        ty = "Result<Part<Collaborator>, Failure>",
        desc = "Who works on it, oldest first; for those who manage it.",
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>")
    ),
    field(
        name = "history",
        ty = "Result<Part<EventRecord>, Failure>",
        desc = "What happened to it, its files and its jobs.",
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>"),
        arg(name = "last", ty = "Option<i32>"),
        arg(name = "before", ty = "Option<String>"),
        arg(name = "order", ty = "Option<Order>")
    )
)]
pub enum Resource {
    /// A QGIS project.
    Project(Project),
    /// Data of one kind.
    Dataset(Dataset),
    /// A composition of datasets.
    Map(Map),
    /// A document beside the data.
    Document(Document),
    /// An application over the data.
    Geoapp(Geoapp),
}

impl Resource {
    /// As the reading shows it.
    pub fn new(row: ResourceRow, reading: &Arc<Reading>) -> Self {
        match row.kind {
            Kind::Project => Self::Project(Project::new(row, reading)),
            Kind::Dataset => Self::Dataset(Dataset::new(row, reading)),
            Kind::Map => Self::Map(Map::new(row, reading)),
            Kind::Document => Self::Document(Document::new(row, reading)),
            Kind::Geoapp => Self::Geoapp(Geoapp::new(row, reading)),
        }
    }

    /// The project, if it is one.
    pub fn into_project(self) -> Option<Project> {
        match self {
            Self::Project(project) => Some(project),
            Self::Dataset(_) | Self::Map(_) | Self::Document(_) | Self::Geoapp(_) => None,
        }
    }
}

/// The resource with this id, if the viewer sees it.
pub fn find(reading: &Arc<Reading>, id: ResourceId) -> Result<Option<Resource>, Failure> {
    Ok(reading.resource(id)?.map(|row| Resource::new(row, reading)))
}
