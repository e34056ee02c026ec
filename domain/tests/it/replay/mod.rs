//! What an aggregate became is what its events tell, and asking twice changes nothing.

mod commands;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use fieldlog_domain::account::Account;
use fieldlog_domain::file::File;
use fieldlog_domain::job::Job;
use fieldlog_domain::name_claim::NameClaim;
use fieldlog_domain::resource::Resource;
use fieldlog_domain::secret::Secret;
use fieldlog_domain::session::Session;
use fieldlog_domain::{Event, StreamKind};
use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::Value;

fn asked<A: Aggregate<Services = ()>>(aggregate: &mut A, command: A::Command) -> Vec<A::Event> {
    block_on(async {
        let sink = EventSink::default();
        match aggregate.handle(command, &(), &sink).await {
            Ok(()) => sink.collect().await,
            Err(_) => vec![],
        }
    })
}

/// What became of a new aggregate after these commands, and what happened on the way. Refusals are passed over.
pub fn told<A: Aggregate<Services = ()>>(commands: Vec<A::Command>) -> (A, Vec<A::Event>) {
    let mut aggregate = A::default();
    let events = commands.into_iter().flat_map(|command| asked(&mut aggregate, command)).collect();
    (aggregate, events)
}

fn state<A: Aggregate>(aggregate: &A) -> Value {
    serde_json::to_value(aggregate).unwrap()
}

/// The aggregate that its events tell after they were written to a log and read again.
fn replayed<A: Aggregate>(events: &[A::Event], read: impl Fn(&A::Event, &str) -> A::Event) -> A {
    let mut aggregate = A::default();
    for event in events {
        let written = serde_json::to_string(event).unwrap();
        let found = read(event, &written);
        assert_eq!(&found, event, "read from {written}");
        assert_eq!(serde_json::to_string(&found).unwrap(), written);
        aggregate.apply(found);
    }
    aggregate
}

/// Asks each command twice; nothing may happen the second time, whether it was done or refused.
fn doubly_told<A: Aggregate<Services = ()>>(commands: Vec<A::Command>) -> Result<(), TestCaseError>
where
    A::Command: Clone + std::fmt::Debug,
{
    let mut aggregate = A::default();
    for command in commands {
        asked(&mut aggregate, command.clone());
        let before = state(&aggregate);
        let again = asked(&mut aggregate, command.clone());
        prop_assert!(again.is_empty(), "{command:?} a second time made {again:?}");
        prop_assert_eq!(state(&aggregate), before);
    }
    Ok(())
}

macro_rules! replays {
    ($($module:ident: $aggregate:ident),*) => {$(
        mod $module {
            use super::*;

            fn commands() -> impl Strategy<Value = Vec<<$aggregate as Aggregate>::Command>> {
                prop::collection::vec(commands::$module(), 0..40)
            }

            fn read(event: &<$aggregate as Aggregate>::Event, payload: &str) -> <$aggregate as Aggregate>::Event {
                match Event::read(StreamKind::$aggregate, &event.event_type(), &event.event_version(), payload).unwrap() {
                    Event::$aggregate(event) => event,
                    other => panic!("expected an event of this stream, found {other:?}"),
                }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(100))]

                #[test]
                fn a_replay_of_its_events_equals_what_it_became(commands in commands()) {
                    let (lived, events) = told::<$aggregate>(commands);
                    let replayed: $aggregate = replayed(&events, read);
                    prop_assert_eq!(state(&replayed), state(&lived));
                }

                #[test]
                fn a_snapshot_read_again_equals_what_was_kept(commands in commands()) {
                    let (lived, _) = told::<$aggregate>(commands);
                    let kept = serde_json::to_string(&lived).unwrap();
                    let found: $aggregate = serde_json::from_str(&kept).unwrap();
                    prop_assert_eq!(state(&found), state(&lived));
                }

                #[test]
                fn asking_twice_changes_nothing(commands in commands()) {
                    doubly_told::<$aggregate>(commands)?;
                }
            }
        }
    )*};
}

replays!(
    account: Account, session: Session, name_claim: NameClaim, resource: Resource, file: File, job: Job, secret: Secret
);
