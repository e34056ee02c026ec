//! PROJ's index: which grids there are, where they apply, and what their bytes are.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use fieldlog_domain::Sha256Digest;
use serde::Deserialize;
use serde_json::Value;

use super::area::Area;
use super::name::GridName;

/// PROJ's index, by name.
#[derive(Debug)]
pub struct Index(BTreeMap<GridName, Entry>);

/// A grid in the index.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: GridName,
    /// Its bytes.
    pub digest: Sha256Digest,
    /// How many.
    pub size: u64,
    /// Where the original of the index has it.
    pub url: Option<String>,
    /// Where on earth it applies; empty when the index does not say.
    areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    #[serde(default)]
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Properties {
    name: GridName,
    #[serde(default)]
    url: Option<String>,
    sha256sum: Sha256Digest,
    file_size: u64,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Value,
}

impl Index {
    /// Reads `files.geojson`. One wrong entry and nothing in it is believed.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let collection: Collection = serde_json::from_slice(bytes)?;
        let mut entries = BTreeMap::new();
        for feature in collection.features {
            let Properties { name, url, sha256sum: digest, file_size: size } = feature.properties;
            let areas = feature.geometry.map(|geometry| geometry.areas()).unwrap_or_default();
            let entry = Entry { name: name.clone(), digest, size, url, areas };
            ensure!(entries.insert(name.clone(), entry).is_none(), "expected each grid once, found {name} twice");
        }
        Ok(Self(entries))
    }

    /// The grid of this name.
    pub fn find(&self, name: &GridName) -> Option<&Entry> {
        self.0.get(name)
    }

    /// All grids, by name.
    pub fn all(&self) -> Vec<&Entry> {
        self.0.values().collect()
    }

    /// Those that apply anywhere in an area; also those of which the index does not say where they apply.
    pub fn within(&self, area: &Area) -> Vec<&Entry> {
        let applies = |entry: &&Entry| entry.areas.is_empty() || entry.areas.iter().any(|own| own.touches(area));
        self.0.values().filter(applies).collect()
    }

    /// Those of these names, which all have to be there.
    pub fn named(&self, names: &[GridName]) -> Result<Vec<&Entry>> {
        let unknown: Vec<_> = names.iter().filter(|name| !self.0.contains_key(name)).map(GridName::as_str).collect();
        if !unknown.is_empty() {
            bail!("expected names of the {} grids in the index, found {}", self.0.len(), unknown.join(", "));
        }
        let mut wanted: Vec<_> = names.iter().filter_map(|name| self.0.get(name)).collect();
        wanted.sort_by_key(|entry| &entry.name);
        wanted.dedup_by_key(|entry| &entry.name);
        Ok(wanted)
    }
}

impl Geometry {
    /// A box around each of its polygons.
    fn areas(&self) -> Vec<Area> {
        let polygons: Vec<&Value> = match self.kind.as_str() {
            "MultiPolygon" => self.coordinates.as_array().into_iter().flatten().collect(),
            _ => vec![&self.coordinates],
        };
        polygons.into_iter().filter_map(around).collect()
    }
}

/// The box around all positions in nested lists of them.
fn around(coordinates: &Value) -> Option<Area> {
    let list = coordinates.as_array()?;
    if let Some((x, y)) = list.first().and_then(Value::as_f64).zip(list.get(1).and_then(Value::as_f64)) {
        return Some(Area { west: x, south: y, east: x, north: y });
    }
    list.iter().filter_map(around).reduce(|a, b| Area {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn feature(name: &str, geometry: Value) -> Value {
        let sha256sum = Sha256Digest::of(name.as_bytes());
        let url = format!("https://cdn.proj.org/{name}");
        json!({
            "type": "Feature", "geometry": geometry,
            "properties": { "name": name, "url": url, "sha256sum": sha256sum, "file_size": 7, "type": "HORIZONTAL_OFFSET" },
        })
    }

    fn square(west: f64, south: f64) -> Value {
        json!([[[west, south], [west + 1.0, south], [west + 1.0, south + 1.0], [west, south + 1.0], [west, south]]])
    }

    fn index(features: &[Value]) -> Result<Index> {
        Index::read(json!({ "type": "FeatureCollection", "features": features }).to_string().as_bytes())
    }

    fn names(entries: &[&Entry]) -> Vec<String> {
        entries.iter().map(|entry| entry.name.to_string()).collect()
    }

    #[test]
    fn grids_are_found_by_name_and_by_where_they_apply() {
        let index = index(&[
            feature("world.tif", json!({ "type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90]]] })),
            feature("alps.tif", json!({ "type": "Polygon", "coordinates": square(8.0, 46.0) })),
            feature(
                "fiji.tif",
                json!({ "type": "MultiPolygon", "coordinates": [square(178.5, -18.0), square(-180.0, -18.0)] }),
            ),
            feature("anywhere.tif", json!(null)),
        ])
        .unwrap();
        let within = |area: &str| names(&index.within(&area.parse().unwrap()));
        assert_eq!(within("8.5,46.5,8.6,46.6"), ["alps.tif", "anywhere.tif", "world.tif"]);
        assert_eq!(within("-179.5,-17.5,-179.4,-17.4"), ["anywhere.tif", "fiji.tif", "world.tif"]);
        assert_eq!(within("0,0,1,1"), ["anywhere.tif", "world.tif"]);
        let wanted = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<GridName>>();
        let found = index.named(&wanted(&["fiji.tif", "alps.tif", "fiji.tif"])).unwrap();
        assert_eq!(names(&found), ["alps.tif", "fiji.tif"]);
        let unknown = index.named(&wanted(&["alps.tif", "andes.tif"])).unwrap_err().to_string();
        assert!(unknown.contains("found andes.tif"), "{unknown}");
    }

    #[test]
    fn an_index_with_one_wrong_entry_is_not_believed() {
        let good = || feature("alps.tif", json!(null));
        let but = |change: fn(&mut Value)| {
            let mut wrong = feature("wrong.tif", json!(null));
            change(&mut wrong["properties"]);
            index(&[good(), wrong]).unwrap_err().to_string()
        };
        assert!(but(|wrong| wrong["name"] = json!("../wrong.tif")).contains("../wrong.tif"));
        assert!(but(|wrong| wrong["sha256sum"] = json!("00")).contains("SHA-256"));
        assert!(but(|wrong| wrong["file_size"] = json!(-1)).contains("-1"));
        assert!(index(&[good(), good()]).unwrap_err().to_string().contains("alps.tif twice"));
        assert!(Index::read(b"<html>").is_err());
    }
}
