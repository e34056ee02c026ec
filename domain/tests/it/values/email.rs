use fieldlog_domain::shared::EmailAddress;
use fieldlog_domain::shared::email::NotAnEmail;
use proptest::prelude::*;

#[test]
fn mail_addresses_are_taken_without_the_space_around_them() {
    for (text, expected) in
        [("ana@example.org", "ana@example.org"), ("  ana@example.org\n", "ana@example.org"), ("a+b@x", "a+b@x")]
    {
        assert_eq!(EmailAddress::try_new(text).unwrap().as_str(), expected);
    }
}

#[test]
fn what_is_no_mail_address_is_refused() {
    let long = format!("{}@example.org", "a".repeat(250));
    for text in [
        "",
        "ana",
        "@example.org",
        "ana@",
        "ana@.org",
        "ana@org.",
        "ana@a..b",
        "a na@example.org",
        "ana@ex ample",
        "a@b@c",
        "ana@x\r\nBcc: eve@x",
        "a\0@b",
        &long,
    ] {
        assert_eq!(EmailAddress::try_new(text), Err(NotAnEmail), "{text:?}");
    }
}

#[test]
fn mail_addresses_are_compared_without_case() {
    let key = |text: &str| EmailAddress::try_new(text).unwrap().key();
    assert_eq!(key("Ana@Example.ORG"), key("ana@example.org"));
    assert_ne!(key("ana@example.org"), key("bob@example.org"));
}

#[test]
fn a_mail_address_is_not_printed_by_accident() {
    let address = EmailAddress::try_new("ana@example.org").unwrap();
    assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    assert!(!NotAnEmail.to_string().contains("ana"));
}

proptest! {
    #[test]
    fn what_is_taken_has_one_at_and_no_white_space(text in "[a-c@. \r\n\0]{0,16}") {
        if let Ok(address) = EmailAddress::try_new(&text) {
            prop_assert_eq!(address.as_str().matches('@').count(), 1);
            prop_assert!(!address.as_str().contains(|c: char| c.is_whitespace() || c.is_control()));
        }
    }
}
