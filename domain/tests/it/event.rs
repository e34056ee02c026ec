//! How an event is read from the log, and what is no event.

use fieldlog_domain::StreamKind::{self, Account, Resource};
use fieldlog_domain::resource::ResourceEvent;
use fieldlog_domain::{Event, StreamId};
use strum::IntoEnumIterator;

fn error(kind: StreamKind, event_type: &str, version: &str, payload: &str) -> String {
    Event::read(kind, event_type, version, payload).unwrap_err().to_string()
}

#[test]
fn an_event_is_read() {
    let event = Event::read(Resource, "resource_retired", "1.0.0", r#"{"type":"resource_retired"}"#).unwrap();
    assert_eq!(event, Event::Resource(ResourceEvent::ResourceRetired {}));
    assert_eq!((event.stream_kind(), event.event_version()), (Resource, "1.0.0"));
}

#[test]
fn a_field_that_a_later_program_added_does_not_hinder_reading() {
    let payload = r#"{"type":"resource_retired","why":"it was a test"}"#;
    Event::read(Resource, "resource_retired", "1.0.0", payload).unwrap();
}

#[test]
fn an_event_of_a_newer_shape_is_not_mistaken_for_todays() {
    let found = error(Resource, "resource_retired", "2.0.0", r#"{"type":"resource_retired"}"#);
    assert_eq!(
        found,
        "cannot read an event resource_retired 2.0.0 of a \"resource\" stream: this program knows version 1.0.0"
    );
}

#[test]
fn a_payload_of_another_type_than_its_envelope_says_is_damage() {
    let found = error(Account, "account_enabled", "1.0.0", r#"{"type":"admin_granted"}"#);
    assert!(found.ends_with("the payload is a admin_granted"), "{found}");
}

#[test]
fn damaged_and_unknown_payloads_are_refused_and_say_where() {
    for payload in ["", "{", "null", "[]", "{}", r#"{"type":"account_exploded"}"#, r#"{"type":"member_removed"}"#] {
        let found = error(Account, "member_removed", "1.0.0", payload);
        assert!(found.starts_with("cannot read an event member_removed 1.0.0 of a \"account\" stream: "), "{found}");
    }
}

#[test]
fn an_event_belongs_to_its_kind_of_stream_only() {
    for kind in StreamKind::iter().filter(|kind| *kind != Resource) {
        Event::read(kind, "resource_retired", "1.0.0", r#"{"type":"resource_retired"}"#).unwrap_err();
    }
}

#[test]
fn a_stream_is_read_back_from_its_name() {
    for kind in StreamKind::iter() {
        let stream = StreamId::new(kind, "a-b:c");
        assert_eq!(stream.to_string().parse::<StreamId>(), Ok(stream));
    }
}

#[test]
fn what_names_no_stream_is_refused() {
    for text in ["", "resource", "resource-", "-1", "river-1", "Resource-1"] {
        let error = text.parse::<StreamId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("expected a stream as KIND-ID, for example resource-0192…, found {text:?}")
        );
    }
}
