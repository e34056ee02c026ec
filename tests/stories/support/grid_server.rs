//! A server laid out like PROJ's, with its moods.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fieldlog_domain::Sha256Digest;
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A file that is called a grid by everybody who looks.
pub fn tiff(name: &str, size: usize) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(name.bytes().cycle().take(size - 8));
    bytes
}

pub fn square(west: f64, south: f64) -> Value {
    let ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
    json!({ "type": "Polygon", "coordinates": [ring.map(|[x, y]| [west + x, south + y])] })
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub name: String,
    pub range: Option<String>,
}

#[derive(Default)]
struct Shelf {
    files: HashMap<String, Vec<u8>>,
    features: BTreeMap<String, Value>,
    /// After how many bytes the next answers break off.
    breaks: HashMap<String, VecDeque<usize>>,
    asked: Vec<Asked>,
}

/// The server; it ends with this.
pub struct GridServer {
    pub url: String,
    shelf: Arc<Mutex<Shelf>>,
    _serving: JoinSet<()>,
}

impl GridServer {
    pub async fn start() -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let router = Router::new()
            .route("/proj/files.geojson", get(index))
            .route("/proj/{name}", get(file))
            .with_state(shelf.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/proj", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shelf, _serving: serving }
    }

    /// Has a grid, and says so.
    pub fn has(&self, name: &str, bytes: &[u8], geometry: Value) {
        self.says(name, bytes, geometry);
        self.shelf.lock().files.insert(name.to_owned(), bytes.to_owned());
    }

    /// Says that it has a grid.
    pub fn says(&self, name: &str, bytes: &[u8], geometry: Value) {
        let (sha256sum, url) = (Sha256Digest::of(bytes), format!("https://cdn.proj.org/{name}"));
        let properties = json!({ "name": name, "url": url, "sha256sum": sha256sum, "file_size": bytes.len() });
        let feature = json!({ "type": "Feature", "properties": properties, "geometry": geometry });
        self.shelf.lock().features.insert(name.to_owned(), feature);
    }

    /// Lets the next answers break off after so many bytes each.
    pub fn breaks_off(&self, name: &str, after: impl IntoIterator<Item = usize>) {
        self.shelf.lock().breaks.insert(name.to_owned(), after.into_iter().collect());
    }

    /// Every file that was asked for since this was asked last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shelf.lock().asked)
    }
}

async fn index(State(shelf): State<Arc<Mutex<Shelf>>>) -> String {
    let features: Vec<_> = shelf.lock().features.values().cloned().collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

async fn file(State(shelf): State<Arc<Mutex<Shelf>>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
    let mut shelf = shelf.lock();
    shelf.asked.push(Asked { name: name.clone(), range: range.clone() });
    let Some(all) = shelf.files.get(&name).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let from = range.map_or(0, |range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap());
    if from > 0 && from >= all.len() {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let content_range = format!("bytes {from}-{}/{}", all.len() - 1, all.len());
    let rest = all[from..].to_vec();
    let headers = [(header::CONTENT_LENGTH, rest.len().to_string()), (header::CONTENT_RANGE, content_range)];
    match shelf.breaks.get_mut(&name).and_then(VecDeque::pop_front) {
        Some(after) => {
            let some = Bytes::copy_from_slice(&rest[..after.min(rest.len())]);
            let end = async {
                // What was sent is on its way by then.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(io::Error::other("the line broke"))
            };
            let broken = stream::once(async { Ok(some) }).chain(stream::once(end));
            (status, headers, Body::from_stream(broken)).into_response()
        }
        None => (status, headers, rest).into_response(),
    }
}
