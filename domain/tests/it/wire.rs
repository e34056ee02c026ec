//! What was ever written can be read: every golden event still decodes, and is written again as it is.
//!
//! `BLESS=1` adds golden files for shapes that have none. It never changes one: an event's past cannot be edited.
#![allow(clippy::disallowed_methods)] // golden files are files

use std::fs;
use std::path::{Path, PathBuf};

use fieldlog_domain::{Event, StreamKind};
use serde_json::Value;

use crate::samples;

/// One recorded shape: `golden/<stream>/<event_type>.<version>.json`, and `….2.json` for another shape of that version.
struct Golden {
    file: PathBuf,
    kind: StreamKind,
    event_type: String,
    event_version: String,
    payload: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden")
}

fn golden() -> Vec<Golden> {
    let streams = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = streams.flat_map(|stream| fs::read_dir(stream).unwrap()).map(|entry| entry.unwrap().path());
    files.map(parse).collect()
}

fn parse(file: PathBuf) -> Golden {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let file_name = name(&file);
    let (event_type, rest) = file_name.split_once('.').unwrap();
    let event_version = rest.split('.').take(3).collect::<Vec<_>>().join(".");
    let payload = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let kind = name(file.parent().unwrap()).parse().unwrap();
    Golden { kind, event_type: event_type.to_owned(), event_version, payload, file }
}

fn read(golden: &Golden) -> Event {
    Event::read(golden.kind, &golden.event_type, &golden.event_version, &golden.payload.to_string())
        .unwrap_or_else(|error| panic!("{}: {error}", golden.file.display()))
}

fn payload(event: &Event) -> Value {
    match event {
        Event::Account(event) => serde_json::to_value(event),
        Event::Session(event) => serde_json::to_value(event),
        Event::NameClaim(event) => serde_json::to_value(event),
        Event::Resource(event) => serde_json::to_value(event),
        Event::File(event) => serde_json::to_value(event),
        Event::Job(event) => serde_json::to_value(event),
        Event::ChangeSet(event) => serde_json::to_value(event),
        Event::Secret(event) => serde_json::to_value(event),
    }
    .unwrap()
}

/// Adds a golden file for this shape under the first name that is free.
fn bless(event: &Event) {
    let folder = folder().join(event.stream_kind().as_ref());
    fs::create_dir_all(&folder).unwrap();
    let name = format!("{}.{}", event.event_type(), event.event_version());
    let names = std::iter::once(format!("{name}.json")).chain((2..).map(|n| format!("{name}.{n}.json")));
    let file = names.map(|name| folder.join(name)).find(|file| !file.exists()).unwrap();
    fs::write(file, format!("{:#}\n", payload(event))).unwrap();
}

#[test]
fn every_golden_event_is_read_and_written_again_as_it_is() {
    for golden in golden() {
        let event = read(&golden);
        assert_eq!(event.event_type(), golden.event_type, "{}", golden.file.display());
        // An older version is read as today's shape, which is another one.
        if event.event_version() == golden.event_version {
            assert_eq!(payload(&event), golden.payload, "{}", golden.file.display());
        }
    }
}

#[test]
fn every_shape_has_a_golden_event() {
    let known = golden();
    for event in samples::all() {
        if known.iter().any(|golden| golden.kind == event.stream_kind() && golden.payload == payload(&event)) {
            continue;
        }
        match std::env::var_os("BLESS") {
            Some(_) => bless(&event),
            None => panic!("{event:?} has no golden file; BLESS=1 adds one"),
        }
    }
}

#[test]
fn every_event_type_equals_the_tag_on_the_wire() {
    for event in samples::all() {
        assert_eq!(payload(&event)["type"], event.event_type());
    }
}

#[test]
fn no_two_streams_share_an_event_type() {
    let mut kinds = std::collections::BTreeMap::new();
    for event in samples::all() {
        let kind = event.stream_kind();
        let first = *kinds.entry(event.event_type()).or_insert(kind);
        assert_eq!(first, kind, "{} is an event of two kinds of stream", event.event_type());
    }
}

#[test]
fn no_golden_event_holds_what_must_be_sealed() {
    for golden in golden() {
        let text = golden.payload.to_string();
        assert!(!text.contains("$argon2"), "{}: a password hash in plain", golden.file.display());
        assert!(!text.contains('@'), "{}: a mail address in plain", golden.file.display());
    }
}
