//! How large a request may be: each limit is seen to fire.

use fieldlog_commands::session::PasswordHashing;
use fieldlog_gateway::GraphqlLimits;
use serde_json::{Value, json};

use crate::server::{Server, problem};

async fn code(server: &Server, query: &str) -> String {
    let answer: Value = server.post_graphql(None, json!({ "query": query })).await.json().await.unwrap();
    assert!(answer.get("data").is_none(), "a query that is too large is not executed: {answer}");
    crate::server::text(&answer["errors"][0]["extensions"]["code"])
}

#[tokio::test]
async fn each_limit_of_graphql_fires() {
    let server = Server::start().await;
    let limits = GraphqlLimits::default();
    let nested = |levels: usize| {
        format!(
            "{{ resources {{ nodes {}name{} }} }}",
            "{ owner { resources { nodes ".repeat(levels),
            "} } }".repeat(levels)
        )
    };

    let aliases: String = (0..10_000).map(|n| format!("a{n}:position ")).collect();
    assert_eq!(code(&server, &format!("{{ {aliases} }}")).await, "QUERY_TOO_LONG");
    let aliases: String = (0..1_000).map(|n| format!("a{n}:position ")).collect();
    assert_eq!(code(&server, &format!("{{ {aliases} }}")).await, "TOO_MANY_ALIASES");
    assert_eq!(code(&server, &format!("{{ {} }}", "position ".repeat(limits.fields + 1))).await, "QUERY_TOO_WIDE");
    assert_eq!(code(&server, &format!("{{ {} }}", "position ".repeat(limits.tokens))).await, "TOO_MANY_TOKENS");
    assert_eq!(code(&server, &format!("{{ position }} #{}", "x".repeat(limits.bytes))).await, "QUERY_TOO_LONG");
    assert_eq!(code(&server, &nested(5)).await, "QUERY_TOO_DEEP");
    assert_eq!(code(&server, &"{ a".repeat(100)).await, "QUERY_TOO_DEEP");
    assert_eq!(
        code(&server, &format!("{{ position {} }}", "@skip(if: false) ".repeat(51))).await,
        "TOO_MANY_DIRECTIVES"
    );
    let costly = "{ resources(first: 100) { nodes { files(first: 100) { nodes { versions(first: 100) { nodes { sha256 } } } } } } }";
    assert_eq!(code(&server, costly).await, "QUERY_TOO_COMPLEX");
    let through_an_interface = "{ resources(first: 100) { nodes { history(first: 100) { nodes { resource { files(first: 100) { nodes { path } } } } } } } }";
    assert_eq!(code(&server, through_an_interface).await, "QUERY_TOO_COMPLEX");
    assert_eq!(code(&server, "{ ...A } fragment A on Query { ...A }").await, "FRAGMENT_CYCLE");
}

#[tokio::test]
async fn ten_thousand_aliases_are_refused_for_being_ten_thousand_aliases() {
    let server = Server::with(|options, _| {
        options.graphql.bytes = 1_000_000;
        options.graphql.tokens = 1_000_000;
    })
    .await;
    let aliases: String = (0..10_000).map(|n| format!("a{n}:position ")).collect();
    assert_eq!(code(&server, &format!("{{ {aliases} }}")).await, "TOO_MANY_ALIASES");
}

#[tokio::test]
async fn the_depth_limit_fires_by_itself() {
    let server = Server::with(|options, _| {
        options.graphql = GraphqlLimits { complexity: usize::MAX, fields: usize::MAX, ..options.graphql };
    })
    .await;
    let deep = format!("{{ viewer {}name{} }}", "{ owner ".repeat(20), " }".repeat(20));
    assert_eq!(code(&server, &deep.replace("owner name", "owner { name }")).await, "QUERY_TOO_DEEP");
}

#[tokio::test]
async fn the_complexity_limit_fires_by_itself() {
    let server = Server::with(|options, _| options.graphql.complexity = 10).await;
    assert_eq!(code(&server, "{ resources(first: 11) { nodes { name } } }").await, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = Server::with(|options, _| options.json_body_limit = 1000).await;
    let response = server.post_graphql(None, json!({ "query": "#".repeat(2000) })).await;
    assert_eq!(problem(response).await.0, 413);
}

#[tokio::test]
async fn tools_can_introspect() {
    let server = Server::start().await;
    let introspection = "query { __schema { types { kind name fields(includeDeprecated: true) { name args { name type { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } } } }";
    let answer = server.graphql(None, introspection, json!({})).await;
    assert!(answer["data"]["__schema"]["types"].as_array().unwrap().len() > 100, "{answer}");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let server = Server::with(|options, settings| {
        options.request_timeout = std::time::Duration::from_millis(2);
        // Comparing a password takes tens of milliseconds then.
        settings.password_hashing = PasswordHashing::default();
    })
    .await;
    let log_in = "mutation { logIn(input: {login: \"ana\", password: \"x\"}) { __typename } }";
    let response = server.post_graphql(None, json!({ "query": log_in })).await;
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(problem(response).await.1, "timeout");
}
