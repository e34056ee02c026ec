//! Events of resources.

use fieldlog_domain::resource::{
    Basemap, Collaborator, Extent, Layer, ProjectDetails, ProjectSeed, ProjectSettings, RejectionReason, ResourceEvent,
    ResourceKind, ResourceSource, Thumbnail, Visibility, XlsForm,
};
use fieldlog_domain::shared::Role;

use super::every_variant;
use crate::build::{ana, bob, digest, id, path, resource_name};

every_variant! { ResourceEvent:
    ResourceRegistered {
        kind: ResourceKind::Project,
        owner: ana(),
        name: resource_name("rivers"),
        description: "All rivers – 川".to_owned(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
    }
    ResourceRegistered {
        kind: ResourceKind::Dataset,
        owner: ana(),
        name: resource_name("rivers.copy"),
        description: String::new(),
        visibility: Visibility::Public,
        source: ResourceSource::Copied { from: id(7), extent: None },
    }
    ResourceRegistered {
        kind: ResourceKind::Project,
        owner: ana(),
        name: resource_name("rivers.again"),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Copied {
            from: id(7),
            extent: Some(Extent { west: 7.0, south: 46.0, east: 8.5, north: 47.25 }),
        },
    }
    ResourceRegistered {
        kind: ResourceKind::Project,
        owner: ana(),
        name: resource_name("springs"),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Seeded {
            seed: ProjectSeed {
                extent: Some(Extent { west: 7.0, south: 46.0, east: 8.5, north: 47.25 }),
                basemaps: vec![Basemap {
                    name: "OpenStreetMap".to_owned(),
                    url: "https://tile.openstreetmap.org/{z}/{x}/{y}.png".to_owned(),
                    style: "grayscale_light".to_owned(),
                }],
                xlsform: Some(XlsForm {
                    suffix: "xlsx".to_owned(),
                    digest: digest("form"),
                    size: 9_000,
                    shows_groups_as_tabs: true,
                }),
            },
        },
    }
    ResourceAbandoned {}
    ResourceRenamed { name: resource_name("lakes") }
    MetadataRevised { description: "All lakes".to_owned() }
    ProjectSettingsChanged {
        settings: ProjectSettings {
            is_template: true,
            is_featured: true,
            has_attachments_on_demand: true,
            has_restricted_files: true,
            overwrites_conflicts: false,
            public_role: Role::Reporter,
            keep_versions: Some(3),
        },
    }
    ProjectSettingsChanged { settings: ProjectSettings::default() }
    OwnershipTransferred { owner: bob() }
    VisibilityChanged { visibility: Visibility::Public }
    CollaboratorAdded { collaborator: Collaborator::Person(bob()), role: Role::Editor }
    CollaboratorAdded { collaborator: Collaborator::Team(id(0x7ea)), role: Role::Reader }
    CollaboratorRoleChanged { collaborator: Collaborator::Person(bob()), role: Role::Manager }
    CollaboratorRemoved { collaborator: Collaborator::Person(bob()) }
    ProjectFileDesignated { path: path("maps/rivers.qgs") }
    ProjectFileCleared { path: path("maps/rivers.qgs") }
    RevisionStaged {
        revision: id(1),
        project_file: path("maps/rivers.qgs"),
        version: id(101),
        digest: digest("bytes"),
    }
    RevisionReady { revision: id(1) }
    RevisionRejected {
        revision: id(1),
        reason: RejectionReason { code: "INVALID_PROJECT_FILE".to_owned(), message: "line 7, column 3".to_owned() },
    }
    ProjectDetailsRecorded { revision: id(1), details: Box::new(details()) }
    ExtentDetermined { extent: Extent { west: 7.1, south: 46.2, east: 8.3, north: 47.0 } }
    ThumbnailSet { thumbnail: Thumbnail { digest: digest("png"), media_type: "image/png".to_owned(), size: 20_480 } }
    ResourceRetired {}
}

fn details() -> ProjectDetails {
    ProjectDetails {
        project_name: "Rivers".to_owned(),
        crs: "EPSG:2056".to_owned(),
        qgis_version: "3.40.6".to_owned(),
        background_color: "#ffffff".to_owned(),
        extent: "Polygon ((7 46, 8 46, 8 47, 7 47, 7 46))".to_owned(),
        area_of_interest: String::new(),
        attachment_dirs: vec!["DCIM".to_owned()],
        data_dirs: vec!["data".to_owned()],
        layers: vec![vector(), raster()],
        problems: vec![],
    }
}

fn vector() -> Layer {
    Layer {
        id: "gauges_0".to_owned(),
        name: "Gauges".to_owned(),
        crs: "EPSG:2056".to_owned(),
        type_name: "Vector".to_owned(),
        geom_type_name: Some("Point".to_owned()),
        wkb_type_name: Some("PointZ".to_owned()),
        provider_name: "ogr".to_owned(),
        datasource: "./data/gauges.gpkg|layername=gauges".to_owned(),
        filename: "data/gauges.gpkg".to_owned(),
        is_valid: true,
        is_localized: false,
        error_code: "no_error".to_owned(),
        error_summary: String::new(),
        error_message: String::new(),
        provider_error_summary: None,
        provider_error_message: None,
        qfs_cloud_action: Some("offline".to_owned()),
        qfc_source_data_pk_name: "fid".to_owned(),
    }
}

fn raster() -> Layer {
    Layer {
        id: "relief_1".to_owned(),
        name: "Relief".to_owned(),
        type_name: "Raster".to_owned(),
        provider_name: "wms".to_owned(),
        error_code: "invalid_dataprovider".to_owned(),
        error_summary: "The layer cannot be opened".to_owned(),
        provider_error_summary: Some("HTTP 404".to_owned()),
        provider_error_message: Some("not found".to_owned()),
        ..Layer::default()
    }
}
