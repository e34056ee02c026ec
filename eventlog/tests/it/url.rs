use fieldlog_eventlog::{LogUrl, NotALogUrl};

fn parse(text: &str) -> Result<LogUrl, NotALogUrl> {
    text.parse()
}

#[test]
fn a_path_and_a_database_are_understood() {
    assert_eq!(parse("sqlite:data/log.sqlite").unwrap(), LogUrl::Sqlite("data/log.sqlite".into()));
    assert_eq!(parse("sqlite:/data/log.sqlite").unwrap(), LogUrl::Sqlite("/data/log.sqlite".into()));
    assert_eq!(parse("sqlite:///data/log.sqlite").unwrap(), LogUrl::Sqlite("/data/log.sqlite".into()));
    for url in ["postgres://h/d", "postgresql://u:p@h:1/d?sslmode=disable"] {
        assert_eq!(parse(url).unwrap(), LogUrl::Postgres(url.to_owned()));
    }
    for url in [
        "esdb://h",
        "esdb://u:p%40@h:2113/?tls=false&log=test_1",
        "esdb+discover://h",
        "esdb://u:p@a:1,b:2,c:3?tls=true",
    ] {
        assert_eq!(parse(url).unwrap(), LogUrl::EventStoreDb(url.to_owned()));
    }
}

#[test]
fn a_refusal_names_what_was_found_and_what_was_expected() {
    for (found, said) in [
        (
            "mysql://u:secret@h/d",
            r#"expected sqlite:PATH, postgres://…, postgresql://…, esdb://… or esdb+discover://…, found "mysql://u:***@h/d""#,
        ),
        ("log.sqlite", r#"found "log.sqlite""#),
        ("postgres:h/d", r#"found "postgres:h/d""#),
        ("", r#"found """#),
        ("esdb:h", r#"found "esdb:h""#),
        (
            "esdb://u:secret@",
            r#"expected esdb://USER:PASSWORD@HOST:PORT?tls=…, found "esdb://u:***@": it names no host"#,
        ),
        ("esdb://u:secret@h:port", r#"found "esdb://u:***@h:port": invalid port number"#),
        ("esdb://u:secret@h?tls=perhaps", "tls"),
        ("esdb://u:secret@h?password=secret", r#"parameter "password" is unknown, expected one of log, tls"#),
        ("esdb://u:secret@h?log=Fieldlog", r#"log is "Fieldlog", expected 1 to 60 of a-z, 0-9 and _"#),
        ("esdb://u:secret@h?nodePreference=follower", r#"nodePreference is "follower", expected leader"#),
        ("esdb://u:secret@h?maxDiscoverAttempts=1", "never connects"),
        ("esdb://u:%ff@h", "user and password are not UTF-8"),
        ("esdb://u:secret@h/stream", "path"),
        ("sqlite:", "expected a path after sqlite:"),
        (
            "postgres://u:secret@h:port/d",
            r#"expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, found "postgres://u:***@h:port/d""#,
        ),
    ] {
        let error = parse(found).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_password_is_never_shown() {
    for (url, shown) in [
        ("postgres://u:secret@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgres://u:se@cret@h/d", "postgres://u:***@h/d"),
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("esdb://u:secret@a:1,b:2?tls=false", "esdb://u:***@a:1,b:2?tls=false"),
        ("postgres://h/d?user=u&password=secret&sslmode=disable", "postgres://h/d?user=u&password=***&sslmode=disable"),
    ] {
        let url = LogUrl::Postgres(url.to_owned());
        assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
    }
}
