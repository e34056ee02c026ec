use fieldlog_domain::job::Job;
use fieldlog_domain::{AccountId, CommandId, EventId, JobId, RevisionId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::build::{ana, bob, id};

#[test]
fn an_id_is_read_back_from_its_text_and_nothing_else_is_one() {
    let account: AccountId = id(0xabc);
    assert_eq!(account.to_string(), "00000000-0000-0000-0000-000000000abc");
    assert_eq!(account.to_string().parse(), Ok(account));
    for text in ["", "1", "00000000-0000-0000-0000-00000000000g", "../x"] {
        text.parse::<AccountId>().unwrap_err();
    }
}

#[test]
fn a_command_repeated_names_the_same_things() {
    let command: CommandId = id(1);
    assert_eq!(command.derive(Some(ana()), "resource"), command.derive(Some(ana()), "resource"));
}

#[test]
fn what_a_command_names_depends_on_who_asks_which_command_and_what_for() {
    let command: CommandId = id(1);
    let names = [
        command.derive(Some(ana()), "resource"),
        command.derive(Some(bob()), "resource"),
        command.derive(None, "resource"),
        command.derive(Some(ana()), "file"),
        id::<CommandId>(2).derive(Some(ana()), "resource"),
    ];
    for (n, name) in names.iter().enumerate() {
        assert!(!names[..n].contains(name));
    }
}

/// Derived ids end in events: the rule that makes them is for ever.
#[test]
fn derived_ids_stay_what_they_are() {
    let revision: RevisionId = id(2);
    assert_eq!(JobId::of_revision(revision).to_string(), "2fe08450-c4e1-569d-a437-141e0646b345");
    assert_eq!(id::<CommandId>(1).derive(Some(ana()), "resource").to_string(), "820beb9a-d163-508a-b0f0-657b01a2e1a8");
    assert_eq!(
        fieldlog_domain::FileId::of(id(1), &crate::build::path("Rivers.qgs")).to_string(),
        "799b1fb4-9105-583b-954b-11f4a1de2f67"
    );
}

#[test]
fn a_job_nobody_requested_has_no_state() {
    assert_eq!(Job::default().state(), None);
}

proptest! {
    #[test]
    fn any_id_is_read_back_from_json(bytes in any::<u128>()) {
        let account = AccountId(Uuid::from_u128(bytes));
        let text = serde_json::to_string(&account).unwrap();
        prop_assert_eq!(serde_json::from_str::<AccountId>(&text).unwrap(), account);
    }
}

#[test]
fn what_a_command_makes_begins_with_the_time_of_the_command() {
    let command: CommandId = "0192b4a1-7c3e-7abc-8def-0123456789ab".parse().unwrap();
    let made = command.derive(Some(ana()), "event 1");
    assert_eq!(made.as_bytes()[..6], command.uuid().as_bytes()[..6]);
    assert_eq!((made.get_version_num(), made.get_variant()), (8, uuid::Variant::RFC4122));
    assert_ne!(made, command.derive(Some(ana()), "event 2"));
    assert_ne!(made, command.derive(None, "event 1"));

    // A policy's command goes on with it, and so does what that command makes.
    let caused = EventId(made).command_of("settle names");
    assert_eq!(caused, EventId(made).command_of("settle names"));
    assert_ne!(caused, EventId(made).command_of("stage revision"));
    assert_eq!(caused.derive(None, "event 1").as_bytes()[..6], command.uuid().as_bytes()[..6]);

    // A random id has no time.
    let random: CommandId = "6d8b3f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b".parse().unwrap();
    assert_eq!(random.derive(None, "event 1").get_version_num(), 5);
}
