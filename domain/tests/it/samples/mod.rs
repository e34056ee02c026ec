//! One event of every shape there is. A new variant that is missing here does not compile.

mod account;
mod change_set;
mod file;
mod job;
mod resource;
mod secret;
mod session;

use fieldlog_domain::Event;

/// Lists samples of an event enum; the match fails to compile when a variant has none.
macro_rules! every_variant {
    ($enum:ident: $($variant:ident { $($field:tt)* })*) => {
        pub fn all() -> Vec<$enum> {
            #[allow(unreachable_patterns)] // several samples of one variant
            fn _has_a_sample(event: &$enum) {
                match event {
                    $($enum::$variant { .. } => {})*
                }
            }
            vec![$($enum::$variant { $($field)* }),*]
        }
    };
}
use every_variant;

/// Samples of every variant of every stream.
pub fn all() -> Vec<Event> {
    let mut samples = vec![];
    samples.extend(account::all().into_iter().map(Event::Account));
    samples.extend(session::opened_and_revoked::all().into_iter().map(Event::Session));
    samples.extend(session::claimed_and_released::all().into_iter().map(Event::NameClaim));
    samples.extend(resource::all().into_iter().map(Event::Resource));
    samples.extend(file::all().into_iter().map(Event::File));
    samples.extend(job::all().into_iter().map(Event::Job));
    samples.extend(change_set::all().into_iter().map(Event::ChangeSet));
    samples.extend(secret::all().into_iter().map(Event::Secret));
    samples
}
