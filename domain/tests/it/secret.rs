//! A secret: set, set again, removed; its name; and which secret is which.

use fieldlog_domain::SecretId;
use fieldlog_domain::secret::{
    BadSecretName, SecretCommand, SecretEvent, SecretHolder, SecretKind, SecretName, SecretRefusal, SetSecret,
};

use crate::build::{ana, bob, id, sealed, secret, then};

fn name(text: &str) -> SecretName {
    SecretName::try_new(text).unwrap()
}

fn set(kind: SecretKind, content: &str) -> SecretCommand {
    let (holder, name, value) = (SecretHolder::Project(id(1)), name("DB_PASSWORD"), sealed(content));
    SecretCommand::Set(SetSecret { holder, name, kind, assigned_to: None, value })
}

fn was_set(kind: SecretKind, content: &str) -> SecretEvent {
    let (holder, name, value) = (SecretHolder::Project(id(1)), name("DB_PASSWORD"), sealed(content));
    SecretEvent::SecretSet { holder, name, kind, assigned_to: None, value }
}

#[test]
fn a_secret_is_set_and_set_again() {
    let one = was_set(SecretKind::Envvar, "one");
    secret(vec![]).when(set(SecretKind::Envvar, "one")).then_expect_events(vec![one.clone()]);
    secret(vec![one.clone()]).when(set(SecretKind::Envvar, "one")).then_expect_events(vec![]);
    for again in [was_set(SecretKind::Envvar, "two"), was_set(SecretKind::Pgservice, "one")] {
        let SecretEvent::SecretSet { kind, value, .. } = &again else { panic!("it is set") };
        secret(vec![one.clone()]).when(set(*kind, &value.content)).then_expect_events(vec![again.clone()]);
    }
}

#[test]
fn a_secret_is_removed_once_and_may_be_set_again() {
    let past = vec![was_set(SecretKind::Envvar, "one")];
    secret(past.clone()).when(SecretCommand::Remove).then_expect_events(vec![SecretEvent::SecretRemoved {}]);
    let removed = then(&past, [SecretEvent::SecretRemoved {}]);
    secret(removed.clone()).when(SecretCommand::Remove).then_expect_events(vec![]);
    // The sealed value that was removed cannot be opened any more, but nothing hinders that it is written once more.
    secret(removed).when(set(SecretKind::Envvar, "one")).then_expect_events(past);
}

#[test]
fn what_nobody_set_is_not_removed() {
    secret(vec![]).when(SecretCommand::Remove).then_expect_error(SecretRefusal::NoSuchSecret);
}

#[test]
fn ordinary_names_are_taken() {
    for text in ["DB", "D2", "PGPASSWORD", "QFC_PG_EFFECTIVE_USER", "A__", &"A".repeat(255)] {
        assert_eq!(name(text).to_string(), text);
    }
}

#[test]
fn other_names_are_refused() {
    for (text, why) in [
        ("", BadSecretName::Length(0)),
        ("A", BadSecretName::Length(1)),
        (&"A".repeat(256), BadSecretName::Length(256)),
        ("_A", BadSecretName::Start('_')),
        ("1A", BadSecretName::Start('1')),
        ("aB", BadSecretName::Start('a')),
        ("Ab", BadSecretName::Character('b')),
        ("A=B", BadSecretName::Character('=')),
        ("A B", BadSecretName::Character(' ')),
        ("A\n", BadSecretName::Character('\n')),
        ("AÄ", BadSecretName::Character('Ä')),
    ] {
        assert_eq!(SecretName::try_new(text), Err(why), "{text:?}");
    }
}

#[test]
fn names_that_decide_how_the_container_works_are_refused() {
    for text in [
        "PATH",
        "HOME",
        "LD_PRELOAD",
        "PYTHONPATH",
        "QT_QPA_PLATFORM",
        "JOB_ID",
        "QFIELDCLOUD_TOKEN",
        "QFIELDCLOUD_EXTRA_ENVVARS",
        "FIELDLOG_IO_DIR",
        "QGIS_PREFIX_PATH",
        "GDAL_DRIVER_PATH",
        "PGSERVICE_FILE_CONTENTS",
        "XDG_RUNTIME_DIR",
    ] {
        assert_eq!(SecretName::try_new(text), Err(BadSecretName::Reserved(text.to_owned())));
    }
}

#[test]
fn holder_name_and_person_say_which_secret_it_is() {
    let of = |holder, text: &str, person| SecretId::of(holder, &name(text), person);
    let project = SecretHolder::Project(id(1));
    let ids = [
        of(project, "DB", None),
        of(project, "DB", Some(ana())),
        of(project, "DB", Some(bob())),
        of(project, "DB2", None),
        of(SecretHolder::Project(id(2)), "DB", None),
        of(SecretHolder::Organization(ana()), "DB", None),
    ];
    let different: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(different.len(), ids.len());
    assert_eq!(of(project, "DB", None), ids[0], "the same again");
}
