//! `/accounts/signup/`: get an account where registration is open. QField links here.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use fieldlog_commands::account::{Password, RegisterAccount, RegistrationRefusal, register_account};
use fieldlog_commands::{CommandError, Registration};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::page;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::{Problem, of_command};

const TITLE: &str = "Get an account";

/// What somebody typed. The password is never sent back.
#[derive(Deserialize, Default)]
pub struct Typed {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// The empty form.
pub async fn form(State(gateway): State<Gateway>) -> Response {
    if gateway.app().settings().registration == Registration::Closed {
        return closed();
    }
    page(StatusCode::OK, TITLE, &fields(&Typed::default(), None))
}

/// Takes the form, and shows it again with what is wrong.
pub async fn sign_up(
    State(gateway): State<Gateway>,
    caller: Caller,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Problem> {
    if gateway.log_in_rate().take(caller.ip).is_err() {
        let content = fields(&typed, Some("Too many attempts from your address; please try again in a minute."));
        return Ok(page(StatusCode::TOO_MANY_REQUESTS, TITLE, &content));
    }
    let input = RegisterAccount {
        command_id: None,
        name: typed.username.clone(),
        email: typed.email.clone(),
        password: Password::new(std::mem::take(&mut typed.password)),
        first_name: String::new(),
        last_name: String::new(),
    };
    let done = register_account(gateway.app(), &caller.viewer, input).await;
    let again = |status, message: &str| Ok(page(status, TITLE, &fields(&typed, Some(message))));
    match done {
        Ok(_) => Ok(welcome(&typed.username)),
        Err(CommandError::Refused(RegistrationRefusal::Closed)) => Ok(closed()),
        Err(CommandError::Refused(refusal)) => again(StatusCode::CONFLICT, &refusal.to_string()),
        Err(CommandError::Invalid { field, message }) => again(StatusCode::BAD_REQUEST, &format!("{field}: {message}")),
        Err(error) => Err(of_command(error, |refusal| Problem::bad_request("api_error", refusal.to_string()))),
    }
}

fn closed() -> Response {
    let content = html! {
        p { "Accounts of this server are made by its administrator. Please ask them for one." }
    };
    page(StatusCode::FORBIDDEN, TITLE, &content)
}

fn welcome(name: &str) -> Response {
    let content = html! {
        p { "The account " strong { (name) } " is yours." }
        p { "Now log in with QField, QFieldSync or " code { "qfieldcloud-cli" } ", with the address of this server." }
    };
    page(StatusCode::CREATED, "Welcome", &content)
}

fn fields(typed: &Typed, refusal: Option<&str>) -> Markup {
    html! {
        @if let Some(refusal) = refusal { p class="refusal" role="alert" { (refusal) } }
        form method="post" action="/accounts/signup/" {
            label for="username" { "Name" }
            input id="username" name="username" value=(typed.username) required autocomplete="username";
            span class="hint" { "3 to 150 letters, digits, - or _; everybody sees it" }
            label for="email" { "Mail address" }
            input id="email" name="email" type="email" value=(typed.email) required autocomplete="email";
            label for="password" { "Password" }
            input id="password" name="password" type="password" required autocomplete="new-password";
            button type="submit" { "Get the account" }
        }
    }
}
