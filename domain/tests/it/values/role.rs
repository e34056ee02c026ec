use fieldlog_domain::shared::Role;
use fieldlog_domain::shared::role::NotARole;
use strum::IntoEnumIterator;

#[test]
fn every_role_is_read_back_from_its_name() {
    for role in Role::iter() {
        assert_eq!(Role::parse(role.as_ref()), Ok(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_ref());
    }
}

#[test]
fn a_role_that_does_not_exist_is_refused_and_named() {
    for text in ["", "owner", "Reader", "reader ", "ADMIN"] {
        assert_eq!(Role::parse(text), Err(NotARole(text.to_owned())));
    }
    assert_eq!(
        Role::parse("boss").unwrap_err().to_string(),
        "expected one of the roles reader, reporter, editor, manager, admin, found \"boss\""
    );
}

#[test]
fn a_long_text_is_not_quoted_whole() {
    let NotARole(quoted) = Role::parse(&"ü".repeat(5_000)).unwrap_err();
    assert_eq!(quoted.chars().count(), 100);
}

#[test]
fn roles_grow_stronger_in_order() {
    use Role::{Admin, Editor, Manager, Reader, Reporter};
    assert!(Reader < Reporter && Reporter < Editor && Editor < Manager && Manager < Admin);
}
