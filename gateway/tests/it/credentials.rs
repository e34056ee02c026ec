//! Who asks: tokens, log-ins, and what stops guessing.

use std::time::Duration;

use fieldlog_gateway::Rate;
use serde_json::json;

use crate::server::{PASSWORD, Server, problem};

const LOG_IN: &str = "mutation($login: String!, $password: String!) { logIn(input: {login: $login, password: $password}) {
    __typename ... on LoggedIn { token expiresAt } ... on TooManyAttempts { retryAfterSeconds } ... on Refusal { message } } }";

#[tokio::test]
async fn a_token_is_taken_whatever_the_word_before_it() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    for scheme in ["Token", "token", "Bearer", "BEARER"] {
        let request =
            server.client.post(server.url("/graphql")).header("authorization", format!("{scheme} {}", ana.token));
        let answer: serde_json::Value =
            request.json(&json!({ "query": "{ viewer { name } }" })).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["viewer"]["name"], "ana", "{scheme}");
    }
}

#[tokio::test]
async fn bad_credentials_are_refused_even_where_none_are_needed() {
    let server = Server::start().await;
    for (header, code) in [
        ("Bearer nonsense", "token_authentication_failed"),
        ("Basic YW5hOnB3", "authentication_failed"),
        ("Token", "authentication_failed"),
        ("Token a b", "authentication_failed"),
    ] {
        let request = server.client.post(server.url("/graphql")).header("authorization", header);
        let response = request.json(&json!({ "query": "{ serverInfo { version } }" })).send().await.unwrap();
        let (status, found, _) = problem(response).await;
        assert_eq!((status, found.as_str()), (401, code), "{header}");
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_after_logging_out() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let data = server.data(&ana, "mutation { logOut { __typename } }", json!({})).await;
    assert_eq!(data["logOut"]["__typename"], "LoggedOut");
    let response = server.post_graphql(Some(&ana), json!({ "query": "{ viewer { name } }" })).await;
    assert_eq!(problem(response).await.1, "token_authentication_failed");
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_name_even_for_the_right_one() {
    let server = Server::start().await;
    server.register("ana", false).await;
    for _ in 0..5 {
        let answer = server.graphql(None, LOG_IN, json!({ "login": "ana", "password": "wrong wrong" })).await;
        assert_eq!(answer["data"]["logIn"]["__typename"], "WrongCredentials");
    }
    let answer = server.graphql(None, LOG_IN, json!({ "login": "ana", "password": PASSWORD })).await;
    assert_eq!(answer["data"]["logIn"]["__typename"], "TooManyAttempts", "{answer}");
    assert!(answer["data"]["logIn"]["retryAfterSeconds"].as_u64().unwrap() > 60);
}

#[tokio::test]
async fn many_names_from_one_address_are_stopped_too() {
    let server =
        Server::with(|options, _| options.log_in_rate = Rate { burst: 3, per: Duration::from_secs(600) }).await;
    for name in ["ana", "bob", "cleo"] {
        let answer = server.graphql(None, LOG_IN, json!({ "login": name, "password": PASSWORD })).await;
        assert_eq!(answer["data"]["logIn"]["__typename"], "WrongCredentials");
    }
    let answer = server.graphql(None, LOG_IN, json!({ "login": "dora", "password": PASSWORD })).await;
    assert_eq!(answer["data"]["logIn"]["__typename"], "TooManyAttempts");
}

#[tokio::test]
async fn somebody_registers_logs_in_and_reads_their_profile() {
    let server = Server::start().await;
    let register = "mutation { register(input: {name: \"Ana\", email: \"ana@example.com\", password: \"correct horse battery\",
        firstName: \"Ana\"}) { __typename ... on AccountRegistered { account { name kind } } ... on Refusal { message } } }";
    let answer = server.graphql(None, register, json!({})).await;
    assert_eq!(answer["data"]["register"]["account"]["name"], "Ana", "{answer}");
    let ana = server.log_in("ana").await;
    let data = server.data(&ana, "{ viewer { profile { email firstName } isAdmin } }", json!({})).await;
    assert_eq!(
        data["viewer"],
        json!({ "profile": { "email": "ana@example.com", "firstName": "Ana" }, "isAdmin": false })
    );
    let again = server.graphql(None, &register.replace("\"Ana\", email", "\"ANA\", email"), json!({})).await;
    assert_eq!(again["data"]["register"]["__typename"], "NameTaken");
    let bob = server.person("bob").await;
    let of_another =
        server.graphql(Some(&bob), "{ account(name: \"ana\") { name profile { email } } }", json!({})).await;
    assert_eq!(of_another["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(of_another["data"]["account"]["profile"], json!(null));
}
