//! `/accounts/password/reset/`: a new password for whoever has forgotten theirs. Field clients link here.

use axum::extract::{Form, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use fieldlog_commands::CommandError;
use fieldlog_commands::account::{Password, PasswordResetNotValid, ResetPassword, find_password_reset, reset_password};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::page;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::min_position::behind;
use crate::http::problem::{Problem, of_command};
use crate::mail::{NotSent, send_password_reset};

const TITLE: &str = "Forgot your password?";
const NEW_TITLE: &str = "A new password";

/// Who asks for a link.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    login: String,
}

/// The new password, twice. It is never sent back.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Asks whose password it is.
pub async fn form(State(gateway): State<Gateway>) -> Response {
    match gateway.outbox() {
        Some(_) => page(StatusCode::OK, TITLE, &question("", None)),
        None => mail_is_not_set_up(),
    }
}

/// Sends a link to the mailbox of whoever it is. The answer is the same if there is nobody.
pub async fn ask(State(gateway): State<Gateway>, caller: Caller, Form(asked): Form<Asked>) -> Response {
    let login = asked.login.trim().to_owned();
    if login.is_empty() && gateway.outbox().is_some() {
        let content = question("", Some("Please type your name or your mail address."));
        return page(StatusCode::BAD_REQUEST, TITLE, &content);
    }
    match send_password_reset(&gateway, &caller, login.clone()) {
        Ok(()) => on_its_way(gateway.app().settings().password_reset_lifetime.as_secs() / 60),
        Err(NotSent::MailIsNotSetUp) => mail_is_not_set_up(),
        Err(NotSent::TooMany { retry_after }) => {
            let minutes = retry_after.as_secs().div_ceil(60);
            let refusal =
                format!("Too many mails were asked for from your address; please try again in {minutes} min.");
            page(StatusCode::TOO_MANY_REQUESTS, TITLE, &question(&login, Some(&refusal)))
        }
    }
}

/// Where the link in the mail leads. Looking at it uses nothing up.
pub async fn new_form(State(gateway): State<Gateway>, Path(token): Path<String>) -> Result<Response, Problem> {
    Ok(match find_password_reset(gateway.app(), &token).await {
        Ok(name) => private(page(StatusCode::OK, NEW_TITLE, &new_password(name.as_str(), &token, None))),
        Err(error) => not_valid(error)?,
    })
}

/// Takes the new password, or shows the form again with what is wrong.
pub async fn set(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let app = gateway.app();
    let name = match find_password_reset(app, &token).await {
        Ok(name) => name,
        Err(error) => return not_valid(error),
    };
    let again = |refusal: &str| {
        let content = new_password(name.as_str(), &token, Some(refusal));
        Ok(private(page(StatusCode::BAD_REQUEST, NEW_TITLE, &content)))
    };
    if chosen.password != chosen.again {
        return again("The two passwords are not the same.");
    }
    let new = Password::new(chosen.password);
    let input = ResetPassword { command_id: None, token: token.clone(), new, client_ip: Some(caller.ip) };
    match reset_password(app, &caller.viewer, input).await {
        Ok(done) => {
            app.wait_for(done.receipt, gateway.options().catch_up_timeout).await.map_err(behind)?;
            Ok(is_set(done.value.as_str()))
        }
        Err(CommandError::Invalid { message, .. }) => again(&message),
        Err(error) => not_valid(error),
    }
}

fn mail_is_not_set_up() -> Response {
    let content = html! {
        p { "This server sends no mail: its administrator has not set up a mail server." }
        p { "Please ask the administrator of this server, who can give you a new password." }
    };
    page(StatusCode::FORBIDDEN, TITLE, &content)
}

fn on_its_way(minutes: u64) -> Response {
    let content = html! {
        p { "If there is an account of this name or with this mail address, a mail with a link is on its way to it." }
        p { "The link works once, within " (minutes) " minutes. Your password stays as it is until you use it." }
        p class="hint" {
            "No mail after some minutes? Look among unwanted mail, check how the name is written, and "
            a href="/accounts/password/reset/" { "ask again" } ". For each account a few links an hour are sent."
        }
    };
    page(StatusCode::OK, "Look into your mailbox", &content)
}

fn is_set(name: &str) -> Response {
    let content = html! {
        p { "The new password of " strong { (name) } " is set, and all devices were logged out." }
        p { "Now log in with QField, QFieldSync or " code { "qfieldcloud-cli" } "." }
    };
    page(StatusCode::OK, "Welcome back", &content)
}

/// A link that is not valid has a page of its own; everything else is a problem.
fn not_valid(error: CommandError<PasswordResetNotValid>) -> Result<Response, Problem> {
    match error {
        CommandError::Refused(PasswordResetNotValid) => {
            let content = html! {
                p { "This link was used already, is too old, or is not complete." }
                p { "A link is also void once the password or the mail address of its account has changed." }
                p { a href="/accounts/password/reset/" { "Ask for another link" } }
            };
            Ok(page(StatusCode::GONE, "This link is not valid", &content))
        }
        error => Err(of_command(error, |refusal| Problem::bad_request("api_error", refusal.to_string()))),
    }
}

/// Nobody keeps a page whose address is a secret.
fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn question(login: &str, refusal: Option<&str>) -> Markup {
    html! {
        @if let Some(refusal) = refusal { p class="refusal" role="alert" { (refusal) } }
        p { "A link to choose a new one is sent to the mail address of your account." }
        form method="post" action="/accounts/password/reset/" {
            label for="login" { "Name or mail address" }
            input id="login" name="login" value=(login) required autocomplete="username";
            button type="submit" { "Send the link" }
        }
    }
}

fn new_password(name: &str, token: &str, refusal: Option<&str>) -> Markup {
    html! {
        @if let Some(refusal) = refusal { p class="refusal" role="alert" { (refusal) } }
        form method="post" action=(format!("/accounts/password/reset/{token}/")) {
            label for="username" { "Account" }
            input id="username" name="username" value=(name) readonly autocomplete="username";
            label for="password" { "New password" }
            input id="password" name="password" type="password" required autocomplete="new-password"
                aria-describedby="rule";
            span class="hint" id="rule" { "At least 8 characters, and not your name or mail address" }
            label for="again" { "The same again" }
            input id="again" name="again" type="password" required autocomplete="new-password";
            button type="submit" { "Set the password" }
        }
        p class="hint" { "All devices that are logged in with this account will have to log in again." }
    }
}
