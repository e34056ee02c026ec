use fieldlog_domain::shared::ClientType;
use fieldlog_domain::shared::ClientType::{Browser, Cli, Qfield, Qfieldsync, Sdk, Unknown};
use proptest::prelude::*;
use strum::IntoEnumIterator;

#[test]
fn programs_are_told_from_their_user_agent() {
    for (user_agent, client) in [
        ("qfield|dev|1.0|abc|QGIS/34006|Linux", Qfield),
        ("sdk|py|0.18.0", Sdk),
        ("cli|py|0.18.0", Cli),
        ("Mozilla/5.0 QGIS/33402", Qfieldsync),
        ("Mozilla/5.0 QGIS/34006/Windows 10 Version 2009", Qfieldsync),
        ("Mozilla/5.0 QGIS/40000/macOS 14.0", Qfieldsync),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Browser),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15", Browser),
        ("", Unknown),
        ("curl/8.5.0", Unknown),
        ("Mozilla/5.0 (compatible)", Unknown),
        ("xqfield|", Unknown),
        ("QGIS/34006", Unknown),
        ("Mozilla/5.0 QGIS/24006", Unknown),
        ("Mozilla/5.0 QGIS/340066", Unknown),
        ("Mozilla/5.0 QGIS/3400", Unknown),
        ("Mozilla/5.0 QGIS/34006 and more", Unknown),
        ("Mozilla/5.0 QGIS/", Unknown),
    ] {
        assert_eq!(ClientType::from_user_agent(user_agent), client, "{user_agent}");
    }
}

#[test]
fn the_apps_of_the_field_have_one_session_at_a_time() {
    for client in ClientType::iter() {
        assert_eq!(client.is_single_session(), matches!(client, Qfield | Qfieldsync | Unknown), "{client:?}");
    }
}

#[test]
fn every_client_is_read_back_from_its_name() {
    for client in ClientType::iter() {
        assert_eq!(client.as_ref().parse(), Ok(client));
        assert_eq!(serde_json::to_value(client).unwrap(), client.as_ref());
    }
}

proptest! {
    #[test]
    fn nobody_becomes_a_worker_by_saying_so(user_agent in any::<String>()) {
        let client = ClientType::from_user_agent(&user_agent);
        prop_assert!(!matches!(client, ClientType::Worker | ClientType::Fieldlog));
    }
}
