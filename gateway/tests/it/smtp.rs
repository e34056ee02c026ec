//! A forgotten password: from the form to the mail and from the mail to the new password, through a real mail server.

use std::time::Duration;

use fieldlog_gateway::{MailServer, Rate};
use serde_json::{Value, json};

use crate::server::{PASSWORD, Server, eventually};
use crate::smtp_server::{SmtpServer, free_port, send_to};

const NEW: &str = "a field full of flowers";
const FORM: &str = "/accounts/password/reset/";

/// A gateway that sends mail, and where it arrives.
async fn with_mail() -> (Server, SmtpServer) {
    let smtp = SmtpServer::start().await;
    (Server::with(|options, _| send_to(options, &smtp.url())).await, smtp)
}

/// Status and page.
async fn post(server: &Server, path: &str, form: &[(&str, &str)]) -> (u16, String) {
    let answer = server.client.post(server.url(path)).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn ask(server: &Server, login: &str) -> (u16, String) {
    post(server, FORM, &[("login", login)]).await
}

async fn choose(server: &Server, path: &str, password: &str, again: &str) -> (u16, String) {
    post(server, path, &[("password", password), ("again", again)]).await
}

async fn get(server: &Server, path: &str) -> (u16, String) {
    let answer = server.get(path).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn can_log_in(server: &Server, password: &str) -> bool {
    let login = json!({ "username": "ana", "password": password });
    server.client.post(server.url("/api/v1/auth/token/")).json(&login).send().await.unwrap().status() == 200
}

/// The path of the link in a mail.
fn link(mail: &Value) -> String {
    let text = mail["plain"].as_str().unwrap();
    let line = text.lines().find(|line| line.starts_with("https://")).unwrap_or_else(|| panic!("no link in {text}"));
    line.strip_prefix("https://cloud.example").unwrap_or_else(|| panic!("{line} leads elsewhere")).to_owned()
}

/// The mails that were delivered until the gateway stopped, which waits for those on their way.
async fn all_mails(mut server: Server, smtp: SmtpServer) -> Vec<Value> {
    server.stop().await.unwrap();
    smtp.stop().await
}

#[tokio::test]
async fn the_link_in_the_mail_sets_a_new_password_once_and_ends_all_sessions() {
    let (server, smtp) = with_mail().await;
    let ana = server.person("ana").await;
    let (status, form) = get(&server, FORM).await;
    assert_eq!((status, form.contains("name=\"login\"")), (200, true), "{form}");
    assert_eq!(ask(&server, "ana").await.0, 200);
    let path = link(&smtp.wait_for(1).await[0]);

    let (status, page) = get(&server, &path).await;
    assert_eq!((status, page.contains("value=\"ana\"")), (200, true), "{page}");
    for (password, again, said) in [(NEW, "another", "not the same"), ("short", "short", "at least 8 characters")] {
        let (status, page) = choose(&server, &path, password, again).await;
        assert_eq!((status, page.contains(said), page.contains(NEW)), (400, true, false), "{page}");
    }
    let (status, page) = choose(&server, &path, NEW, NEW).await;
    assert_eq!((status, page.contains("Welcome back")), (200, true), "{page}");
    assert!(can_log_in(&server, NEW).await && !can_log_in(&server, PASSWORD).await);
    let user = server.get("/api/v1/auth/user/").header("authorization", format!("Token {}", ana.token));
    assert_eq!(user.send().await.unwrap().status(), 401);

    for (status, page) in [get(&server, &path).await, choose(&server, &path, "a third one", "a third one").await] {
        assert_eq!(status, 410, "{page}");
        assert!(page.contains("not valid") && page.contains("href=\"/accounts/password/reset/\""), "{page}");
    }
    assert!(can_log_in(&server, NEW).await);
}

#[tokio::test]
async fn the_mail_says_who_asked_what_to_do_and_until_when_in_plain_and_in_html() {
    let (server, smtp) = with_mail().await;
    server.register("ana", false).await;
    // Whoever sends the request does not decide where the link leads.
    let request = server.client.post(server.url(FORM)).form(&[("login", "Ana@Example.com")]);
    let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let mail = smtp.wait_for(1).await.remove(0);
    assert_eq!(mail["to"], json!(["ana@example.com"]));
    assert_eq!((&mail["from"], &mail["hello"]), (&json!("cloud@example.org"), &json!("example.org")));
    let headers = &mail["headers"];
    assert_eq!(headers["from"], "Our cloud <cloud@example.org>");
    assert_eq!((&headers["to"], &headers["subject"]), (&json!("ana@example.com"), &json!("A new password for ana")));
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["message-id"].as_str().unwrap().ends_with("@example.org>"), "{headers}");
    let path = link(&mail);
    for kind in ["plain", "html"] {
        let text = mail[kind].as_str().unwrap();
        for word in ["127.0.0.1", "60 minutes", "ignore this mail", "https://cloud.example/accounts/", &path] {
            assert!(text.contains(word), "expected {word:?} in {text}");
        }
        assert!(!text.contains("evil"), "{text}");
    }
}

#[tokio::test]
async fn whoever_asks_for_nobody_gets_the_same_answer_and_no_mail_is_sent() {
    let (server, smtp) = with_mail().await;
    server.register("ana", false).await;
    let known = ask(&server, "ana").await;
    assert_eq!(known.0, 200);
    let injected = "ana\r\nBcc: eve@example.com";
    for login in ["nobody", "nobody@example.com", injected, "ana@example.com\nBcc: eve@example.com"] {
        assert_eq!(ask(&server, login).await, known, "{login:?}");
    }
    let mails = all_mails(server, smtp).await;
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert_eq!(mails[0]["to"], json!(["ana@example.com"]));
}

#[tokio::test]
async fn nobodys_mailbox_is_flooded() {
    let smtp = SmtpServer::start().await;
    let five = Rate { burst: 5, per: Duration::from_secs(600) };
    let server = Server::with(|options, _| {
        send_to(options, &smtp.url());
        options.mail_rate = five;
    });
    let server = server.await;
    server.register("ana", false).await;
    for _ in 0..5 {
        assert_eq!(ask(&server, "ana").await.0, 200);
    }
    let (status, page) = ask(&server, "ana").await;
    assert_eq!((status, page.contains("try again in 2 min")), (429, true), "{page}");
    assert_eq!(all_mails(server, smtp).await.len(), 3, "of one account three links wait at a time");
}

#[tokio::test]
async fn a_mail_waits_until_the_mail_server_is_back() {
    let port = free_port().await;
    let server = Server::with(|options, _| send_to(options, &format!("smtp://127.0.0.1:{port}"))).await;
    server.register("ana", false).await;
    let before = server.metric("fieldlog_mail_retries_total").await;
    assert_eq!(ask(&server, "ana").await.0, 200);
    eventually("the first attempt fails", async || server.metric("fieldlog_mail_retries_total").await > before).await;
    let smtp = SmtpServer::with(port, &[]).await;
    let path = link(&smtp.wait_for(1).await[0]);
    assert_eq!(choose(&server, &path, NEW, NEW).await.0, 200);
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again() {
    let smtp = SmtpServer::with(0, &["--refuse"]).await;
    let mut server = Server::with(|options, _| send_to(options, &smtp.url())).await;
    server.register("ana", false).await;
    let refused = r#"fieldlog_mails_total{outcome="refused"}"#;
    let before = server.metric(refused).await;
    assert_eq!(ask(&server, "ana").await.0, 200);
    server.stop().await.unwrap();
    assert_eq!(server.metric(refused).await, before + 1);
    assert_eq!(smtp.stop().await.len(), 0);
}

#[tokio::test]
async fn a_link_that_is_too_old_is_told_so() {
    let smtp = SmtpServer::start().await;
    let server = Server::with(|options, settings| {
        send_to(options, &smtp.url());
        settings.password_reset_lifetime = Duration::ZERO;
    });
    let server = server.await;
    server.register("ana", false).await;
    ask(&server, "ana").await;
    let path = link(&smtp.wait_for(1).await[0]);
    assert_eq!((get(&server, &path).await.0, choose(&server, &path, NEW, NEW).await.0), (410, 410));
    assert!(can_log_in(&server, PASSWORD).await);
}

#[tokio::test]
async fn graphql_has_the_same_two_steps() {
    let (server, smtp) = with_mail().await;
    server.register("ana", false).await;
    let request = "mutation($login: String!) { requestPasswordReset(input: {login: $login}) {
        __typename ... on PasswordResetRequested { validForSeconds } } }";
    for login in ["nobody", "ana"] {
        let answer = server.graphql(None, request, json!({ "login": login })).await;
        let expected = json!({ "__typename": "PasswordResetRequested", "validForSeconds": 3600 });
        assert_eq!(answer["data"]["requestPasswordReset"], expected, "{answer}");
    }
    let path = link(&smtp.wait_for(1).await[0]);
    let token = path.trim_end_matches('/').rsplit('/').next().unwrap();
    let reset = "mutation($token: String!, $new: String!) { resetPassword(input: {token: $token, newPassword: $new}) {
        __typename ... on PasswordReset { name } ... on InvalidInput { field } } }";
    let reset = async |new| server.graphql(None, reset, json!({ "token": token, "new": new })).await;
    assert_eq!(reset("short").await["data"]["resetPassword"], json!({ "__typename": "InvalidInput", "field": "new" }));
    let done = json!({ "__typename": "PasswordReset", "name": "ana" });
    assert_eq!(reset(NEW).await["data"]["resetPassword"], done);
    assert_eq!(reset(NEW).await["data"]["resetPassword"], json!({ "__typename": "PasswordResetNotValid" }));
    assert!(can_log_in(&server, NEW).await);
}

#[tokio::test]
async fn a_mail_server_is_asked_with_the_login_and_the_encryption_of_its_url() {
    let check = async |url: String| url.parse::<MailServer>().unwrap().check().await;
    let smtp = SmtpServer::with(0, &["--login", "ana:s#cret"]).await;
    let at = |login: &str| format!("smtp://{login}@127.0.0.1:{}", smtp.port);
    assert_eq!(check(at("ana:s%23cret")).await, Ok(()));
    let wrong = check(at("ana:wrong")).await.unwrap_err();
    assert!(wrong.contains("535") && !wrong.contains("wrong"), "{wrong}");

    let smtp = SmtpServer::with(0, &["--starttls"]).await;
    let at = |query: &str| format!("smtp://localhost:{}{query}", smtp.port);
    assert_eq!(check(at("")).await, Ok(()));
    let untrusted = check(at("?tls=required")).await.unwrap_err();
    assert!(untrusted.contains("certificate"), "{untrusted}");

    let nowhere = check(format!("smtp://127.0.0.1:{}", free_port().await)).await.unwrap_err();
    assert!(nowhere.contains("refused"), "{nowhere}");
}
