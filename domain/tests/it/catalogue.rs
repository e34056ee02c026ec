//! `docs/events.md` says what the code says.
#![allow(clippy::disallowed_methods)] // a page is a file

use std::path::Path;

use crate::samples;

#[path = "../../examples/catalogue.rs"]
#[allow(dead_code)] // its `main`
mod example;

#[test]
fn the_catalogue_of_events_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let expected = example::catalogue();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&page, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(found == expected, "docs/events.md is stale; BLESS=1 writes it anew");
}

#[test]
fn the_catalogue_names_every_event_with_its_version() {
    let page = example::catalogue();
    for event in samples::all() {
        let heading = format!("### `{}` {}\n", event.event_type(), event.event_version());
        assert!(page.contains(&heading), "expected {heading:?} in the catalogue");
    }
}
