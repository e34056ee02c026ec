//! What a project is made from: read from `POST projects/`, and told by `GET projects/{id}/seed/` and `seed/xlsform/`.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldlog_commands::project::seed_document;
use fieldlog_domain::ResourceId;
use fieldlog_domain::resource::{Basemap, Extent, ProjectSeed, ResourceSource, XlsForm};
use serde_json::{Map, Value};

use crate::api_v1::dialect::{api_error, validation_error};
use crate::api_v1::fields::Fields;
use crate::api_v1::origin::Origin;
use crate::files::disposition;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// The most bytes of a form.
const MAX_FORM: u64 = 8 * 1024 * 1024;
const STYLES: [&str; 3] = ["standard", "grayscale_light", "grayscale_dark"];
const OSM: &str = "https://tile.openstreetmap.org/{z}/{x}/{y}.png";

/// What a new project is made from.
pub async fn source(gateway: &Gateway, fields: &Fields) -> Result<ResourceSource, Problem> {
    let seed = seed_of(fields)?;
    if let Some(from) = fields.text("clone_from_project")?.filter(|from| !from.is_empty()) {
        let from = from.parse().map_err(|_| validation_error("clone_from_project: expected a UUID"))?;
        return Ok(ResourceSource::Copied { from, extent: seed.as_ref().map(only_extent).transpose()? });
    }
    let form = fields.named_file("xlsform_file");
    let Some(seed) = seed else {
        return match form {
            Some(_) => Err(api_error("xlsform_file: expected a seed beside it, found none")),
            None => Ok(ResourceSource::Created),
        };
    };
    let mut wanted = ProjectSeed {
        extent: seed.get("extent").filter(|extent| !extent.is_null()).map(extent).transpose()?,
        basemaps: basemaps(&seed)?,
        xlsform: None,
    };
    if let Some((name, bytes)) = form {
        let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase()).unwrap_or_default();
        if !["xlsx", "xls"].contains(&suffix.as_str()) {
            return Err(api_error(format!("xlsform_file: expected an .xlsx or .xls file, found {name:?}")));
        }
        if bytes.len() as u64 > MAX_FORM {
            return Err(api_error(format!("xlsform_file: expected at most {MAX_FORM} bytes, found more")));
        }
        let blob = gateway.app().storage().put_bytes(bytes.clone()).await;
        let blob = blob.map_err(|error| Problem::unavailable(error.to_string()))?;
        let shows_groups_as_tabs =
            seed.get("xlsform").and_then(|form| form.get("show_groups_as_tabs")).and_then(Value::as_bool);
        wanted.xlsform = Some(XlsForm {
            suffix,
            digest: blob.digest,
            size: blob.size,
            shows_groups_as_tabs: shows_groups_as_tabs.unwrap_or_default(),
        });
    }
    Ok(ResourceSource::Seeded { seed: wanted })
}

fn seed_of(fields: &Fields) -> Result<Option<Map<String, Value>>, Problem> {
    let bad = || api_error("seed: expected a JSON object");
    match fields.json("seed") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| bad()),
        Some(Value::Object(seed)) => Ok(Some(seed.clone())),
        Some(_) => Err(bad()),
    }
}

/// A copy is like its original, but for what its map shows first.
fn only_extent(seed: &Map<String, Value>) -> Result<Extent, Problem> {
    if let Some(other) = seed.keys().find(|key| *key != "extent") {
        return Err(api_error(format!("seed: expected only extent beside clone_from_project, found {other}")));
    }
    seed.get("extent").ok_or_else(|| api_error("seed.extent: expected an extent, found nothing")).and_then(extent)
}

/// A text `minx,miny,maxx,maxy` in degrees.
fn extent(value: &Value) -> Result<Extent, Problem> {
    let bad = || {
        let expected = "minx,miny,maxx,maxy in degrees with minx < maxx and miny < maxy";
        api_error(format!("seed.extent: expected {expected}, found {value}"))
    };
    let numbers = value.as_str().ok_or_else(bad)?.split(',').map(|number| number.trim().parse::<f64>());
    let numbers: Vec<f64> = numbers.collect::<Result<_, _>>().map_err(|_| bad())?;
    let [west, south, east, north] = numbers[..] else { return Err(bad()) };
    let is_on_earth = (-180.0..=180.0).contains(&west)
        && (-180.0..=180.0).contains(&east)
        && (-90.0..=90.0).contains(&south)
        && (-90.0..=90.0).contains(&north);
    match is_on_earth && west < east && south < north {
        true => Ok(Extent { west, south, east, north }),
        false => Err(bad()),
    }
}

fn basemaps(seed: &Map<String, Value>) -> Result<Vec<Basemap>, Problem> {
    let text = |key: &str, usual: &str| match seed.get(key) {
        None | Some(Value::Null) => Ok(usual.to_owned()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(api_error(format!("seed.{key}: expected a text, found {other}"))),
    };
    let (provider, style) = (text("basemap_provider", "none")?, text("basemap_style", "standard")?);
    if !STYLES.contains(&style.as_str()) {
        return Err(api_error(format!("seed.basemap_style: expected one of {STYLES:?}, found {style:?}")));
    }
    let (name, url) = match provider.as_str() {
        "none" => return Ok(vec![]),
        "osm" => ("OpenStreetMap", OSM.to_owned()),
        "custom" => ("Basemap", text("basemap_url", "")?),
        other => {
            return Err(api_error(format!("seed.basemap_provider: expected none, osm or custom, found {other:?}")));
        }
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) || url.len() > 2_000 {
        return Err(api_error(format!("seed.basemap_url: expected the address of tiles, found {url:?}")));
    }
    Ok(vec![Basemap { name: name.to_owned(), url, style }])
}

/// `GET projects/{id}/seed/`
pub async fn get(
    State(gateway): State<Gateway>,
    Path(project): Path<ResourceId>,
    origin: Origin,
) -> Result<Json<Value>, Problem> {
    let form = format!("{}/api/v1/projects/{project}/seed/xlsform/", origin.0);
    let seed = seed_document(&gateway.app().view(), project, &form)?;
    seed.map(Json).ok_or_else(|| Problem::not_found("seed"))
}

/// `GET projects/{id}/seed/xlsform/`
pub async fn xlsform(State(gateway): State<Gateway>, Path(project): Path<ResourceId>) -> Result<Response, Problem> {
    let form = match gateway.app().view().source(project)? {
        Some(ResourceSource::Seeded { seed }) => seed.xlsform,
        Some(ResourceSource::Created | ResourceSource::Copied { .. }) | None => None,
    };
    let form = form.ok_or_else(|| Problem::not_found("form"))?;
    let bytes = gateway.app().storage().read_to_bytes(&form.digest, MAX_FORM).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition::attachment(&form.file_name())),
    ];
    Ok((StatusCode::OK, headers, Body::from(bytes)).into_response())
}
