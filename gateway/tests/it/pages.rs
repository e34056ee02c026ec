//! Pages for people: signing up, and what everybody sees of a project.

use fieldlog_commands::Registration;
use serde_json::json;

use crate::server::Server;

async fn sign_up(server: &Server, name: &str, password: &str) -> (u16, String) {
    let body = format!("username={name}&email={name}%40example.org&password={password}");
    let request = server.client.post(server.url("/accounts/signup/")).body(body);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'") && !policy.contains("sandbox"), "{policy}");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn somebody_gets_an_account_and_logs_in_with_it() {
    let server = Server::start().await;
    let form = server.get("/accounts/signup/").send().await.unwrap().text().await.unwrap();
    assert!(form.contains("name=\"username\"") && form.contains("<h1>Get an account</h1>"), "{form}");
    let (status, page) = sign_up(&server, "newcomer", "a+field+full+of+flowers").await;
    assert_eq!((status, page.contains("newcomer")), (201, true), "{page}");
    let login = json!({ "username": "newcomer", "password": "a field full of flowers" });
    let answer = server.client.post(server.url("/api/v1/auth/token/")).json(&login).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_the_form_and_the_password_is_not_sent_back() {
    let server = Server::start().await;
    server.person("ana").await;
    let (status, page) = sign_up(&server, "ana", "a+field+full+of+flowers").await;
    assert_eq!((status, page.contains("taken"), page.contains("flowers")), (409, true, false), "{page}");
    let (status, page) = sign_up(&server, "%3Cb%3E", "a+field+full+of+flowers").await;
    assert_eq!(status, 400);
    assert!(page.contains("value=\"&lt;b&gt;\"") && !page.contains("<b>"), "{page}");
}

#[tokio::test]
async fn where_registration_is_closed_there_is_no_form_and_no_link_to_it() {
    let server = Server::with(|_, settings| settings.registration = Registration::Closed).await;
    assert_eq!(server.get("/accounts/signup/").send().await.unwrap().status(), 403);
    assert_eq!(sign_up(&server, "newcomer", "a+field+full+of+flowers").await.0, 403);
    let info: serde_json::Value = server.get("/api/v1/server/info/").send().await.unwrap().json().await.unwrap();
    assert!(info["signup_url"].is_null());
}

#[tokio::test]
async fn a_server_without_mail_says_whom_to_ask_for_a_new_password() {
    let server = Server::start().await;
    let form = server.get("/accounts/password/reset/").send().await.unwrap();
    let request = server.client.post(server.url("/accounts/password/reset/")).form(&[("login", "ana")]);
    for answer in [form, request.send().await.unwrap()] {
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(
            (status.as_u16(), page.contains("administrator"), page.contains("<form")),
            (403, true, false),
            "{page}"
        );
    }
    let query = "mutation { requestPasswordReset(input: {login: \"ana\"}) { __typename } }";
    let answer = server.graphql(None, query, json!({})).await;
    assert_eq!(answer["data"]["requestPasswordReset"]["__typename"], "MailNotSetUp", "{answer}");
}

#[tokio::test]
async fn what_is_no_link_to_set_a_password_leads_to_a_page_where_one_is_asked_for() {
    let server = Server::start().await;
    for token in ["nonsense", "%3Cb%3E", &"a".repeat(75), &"x".repeat(2_000)] {
        let answer = server.get(&format!("/accounts/password/reset/{token}/")).send().await.unwrap();
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 410, "{token}");
        assert!(page.contains("href=\"/accounts/password/reset/\"") && !page.contains("<b>"), "{page}");
    }
}

#[tokio::test]
async fn a_project_has_a_page_only_if_everybody_sees_it() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let project = server.project(&ana, "bees").await;
    let page = async || {
        let answer = server.get("/a/ana/bees/").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (private, unknown) = (page().await, server.get("/a/ana/wasps/").send().await.unwrap());
    assert_eq!((private.0, unknown.status().as_u16()), (404, 404));
    assert_eq!(private.1.replace("bees", "wasps"), unknown.text().await.unwrap(), "nobody learns that it is there");
    let change = json!({ "is_public": true, "description": "Hives & <meadows>" });
    let request = server.client.patch(server.url(&format!("/api/v1/projects/{project}/"))).json(&change);
    let answer = request.header("authorization", format!("Token {}", ana.token)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let (status, text) = page().await;
    assert_eq!(status, 200);
    assert!(text.contains("<h1>bees</h1>") && text.contains("Hives &amp; &lt;meadows&gt;"), "{text}");
}
