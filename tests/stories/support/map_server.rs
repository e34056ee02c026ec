//! A WMS with one layer, a meadow: MapServer, a new process of it for each request.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::script;

/// The server; it ends with this.
pub struct MapServer {
    pub url: String,
    cgi: Arc<Cgi>,
    _serving: JoinSet<()>,
}

struct Cgi {
    folder: TempDir,
    program: String,
    asked: Mutex<Vec<String>>,
}

impl MapServer {
    /// At an address of this machine.
    pub async fn start_at(address: &str) -> Self {
        let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
        let place: SocketAddr = listener.local_addr().unwrap();
        let url = format!("http://{place}/wms");
        let folder = tempfile::tempdir().unwrap();
        let map = folder.path().join("meadow.map");
        std::fs::write(&map, MAP.replace("HERE", &url)).unwrap();
        let settings = format!("CONFIG\n MAPS\n  meadow \"{}\"\n END\nEND\n", map.display());
        std::fs::write(folder.path().join("mapserver.conf"), settings).unwrap();
        let cgi = Arc::new(Cgi { folder, program: script("mapserver", &[]), asked: Mutex::default() });
        let router = Router::new().route("/wms", get(answer)).with_state(cgi.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, cgi, _serving: serving }
    }

    /// Whether somebody asked for this.
    pub fn was_asked(&self, for_what: &str) -> bool {
        self.cgi.asked.lock().iter().any(|query| query.to_lowercase().contains(&for_what.to_lowercase()))
    }
}

async fn answer(State(cgi): State<Arc<Cgi>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    cgi.asked.lock().push(query.clone());
    tokio::task::spawn_blocking(move || cgi.run(&query)).await.unwrap()
}

impl Cgi {
    fn run(&self, query: &str) -> Response {
        let mut program = Command::new(&self.program);
        program.env_clear().env("MAPSERVER_CONFIG_FILE", self.folder.path().join("mapserver.conf"));
        program.env("REQUEST_METHOD", "GET").env("QUERY_STRING", format!("map=meadow&{query}"));
        let said = program.output().unwrap().stdout;
        let Some(end) = said.windows(4).position(|window| window == b"\r\n\r\n") else {
            return (StatusCode::BAD_GATEWAY, said).into_response();
        };
        let head = String::from_utf8_lossy(&said[..end]).into_owned();
        let media_type = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or("text/plain");
        ([("content-type", media_type.to_owned())], said[end + 4..].to_vec()).into_response()
    }
}

const MAP: &str = r#"
MAP
  NAME "meadow"
  SIZE 256 256
  EXTENT 0 40 20 60
  PROJECTION "init=epsg:4326" END
  WEB METADATA
    "ows_title" "Meadows"
    "ows_enable_request" "*"
    "ows_srs" "EPSG:4326 EPSG:3857"
    "ows_onlineresource" "HERE"
  END END
  LAYER
    NAME "meadow"
    TYPE POLYGON
    STATUS ON
    EXTENT 0 40 20 60
    PROJECTION "init=epsg:4326" END
    METADATA "ows_title" "Meadow" END
    FEATURE POINTS 0 40 20 40 20 60 0 60 0 40 END END
    CLASS STYLE COLOR 40 160 60 END END
  END
END
"#;
