use fieldlog_domain::shared::account_name::BadAccountName;
use fieldlog_domain::shared::resource_name::BadResourceName;
use fieldlog_domain::shared::{AccountName, ResourceName};
use proptest::prelude::*;

fn account(text: &str) -> Result<AccountName, BadAccountName> {
    AccountName::try_new(text)
}

fn resource(text: &str) -> Result<ResourceName, BadResourceName> {
    ResourceName::try_new(text)
}

#[test]
fn ordinary_account_names_are_taken() {
    for text in ["ana", "Ana-Maria_2", "x--", &"a".repeat(150)] {
        assert_eq!(account(text).unwrap().as_str(), text);
    }
}

#[test]
fn account_names_have_their_length() {
    for text in ["", "an", &"a".repeat(151)] {
        assert_eq!(account(text), Err(BadAccountName::Length(text.len())));
    }
    assert_eq!(account("üü"), Err(BadAccountName::Length(2)));
}

#[test]
fn account_names_start_with_a_letter() {
    for (text, first) in [("1ana", '1'), ("-ana", '-'), ("_ana", '_'), ("@org/team", '@'), ("äna", 'ä')] {
        assert_eq!(account(text), Err(BadAccountName::Start(first)));
    }
}

#[test]
fn account_names_have_plain_characters() {
    for (text, bad) in
        [("ana maria", ' '), ("ana@x", '@'), ("añejo", 'ñ'), ("ana.m", '.'), ("ana\0", '\0'), ("аna", 'а')]
    {
        let expected = if text.starts_with(bad) { BadAccountName::Start(bad) } else { BadAccountName::Character(bad) };
        assert_eq!(account(text), Err(expected));
    }
}

#[test]
fn reserved_account_names_are_refused_in_any_case() {
    for text in ["user", "Projects", "QFieldCloud", "qfield-files", "ESRI", "fieldlog", "deltaFile"] {
        assert_eq!(account(text), Err(BadAccountName::Reserved(text.to_owned())));
    }
}

#[test]
fn ordinary_resource_names_are_taken() {
    for text in ["a", "Rivers_2025-v1.2", ".", "..", "-", &"a".repeat(255)] {
        assert_eq!(resource(text).unwrap().to_string(), text);
    }
}

#[test]
fn resource_names_have_their_length_and_plain_characters() {
    assert_eq!(resource(""), Err(BadResourceName::Length(0)));
    assert_eq!(resource(&"a".repeat(256)), Err(BadResourceName::Length(256)));
    for (text, bad) in [("my rivers", ' '), ("a/b", '/'), ("a:b", ':'), ("ä", 'ä'), ("a\0", '\0'), ("a\n", '\n')] {
        assert_eq!(resource(text), Err(BadResourceName::Character(bad)));
    }
}

proptest! {
    #[test]
    fn an_account_name_is_compared_without_case(text in "[A-Za-z][A-Za-z0-9_-]{2,30}") {
        if let Ok(name) = account(&text) {
            prop_assert_eq!(account(&text.to_ascii_uppercase()).unwrap().key(), name.key());
            prop_assert_eq!(name.as_str(), text);
        }
    }

    #[test]
    fn whatever_is_sent_as_a_name_is_taken_unchanged_or_refused(text in any::<String>()) {
        if let Ok(name) = account(&text) {
            prop_assert_eq!(name.as_str(), &text);
            prop_assert!(text.is_ascii());
        }
        if let Ok(name) = resource(&text) {
            prop_assert_eq!(name.as_str(), &text);
            prop_assert!(text.is_ascii());
        }
    }
}
