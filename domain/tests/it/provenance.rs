//! Who did it, as it is written beside every event, for ever.

use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use serde_json::{Value, json};

use crate::build::{ana, id};

const ANA: &str = "00000000-0000-0000-0000-00000000000a";
const ONE: &str = "00000000-0000-0000-0000-000000000001";

fn metadata(actor: Actor) -> Metadata {
    let (causation_id, resource) = (None, None);
    Metadata { actor, client: ClientType::Sdk, command_id: id(1), correlation_id: id(1), causation_id, resource }
}

fn is_written_as(metadata: &Metadata, expected: &Value) {
    assert_eq!(&serde_json::to_value(metadata).unwrap(), expected);
    assert_eq!(&serde_json::from_value::<Metadata>(expected.clone()).unwrap(), metadata);
}

#[test]
fn every_actor_is_written_as_it_always_was() {
    for (actor, written) in [
        (Actor::Anonymous, json!({ "kind": "anonymous" })),
        (Actor::Account(ana()), json!({ "kind": "account", "id": ANA })),
        (Actor::System, json!({ "kind": "system" })),
        (Actor::Operator, json!({ "kind": "operator" })),
    ] {
        let expected = json!({ "actor": written, "client": "sdk", "command_id": ONE, "correlation_id": ONE });
        is_written_as(&metadata(actor), &expected);
    }
}

#[test]
fn cause_and_resource_are_written_when_there_are_any() {
    let caused = Metadata { causation_id: Some(id(1)), resource: Some(id(1)), ..metadata(Actor::System) };
    is_written_as(
        &caused,
        &json!({
            "actor": { "kind": "system" },
            "client": "sdk",
            "command_id": ONE,
            "correlation_id": ONE,
            "causation_id": ONE,
            "resource": ONE,
        }),
    );
}

#[test]
fn only_a_person_acts_as_an_account() {
    assert_eq!(Actor::Account(ana()).account(), Some(ana()));
    for actor in [Actor::Anonymous, Actor::System, Actor::Operator] {
        assert_eq!(actor.account(), None);
    }
}
