//! Logging in and out.

use axum::http::Method;

use super::Group;
use crate::api_v1::openapi::body::{Body, Kind};
use crate::api_v1::openapi::operation::{Described, describe};
use crate::api_v1::session::{LoggedIn, LoggedOut, Oneself};

pub fn group() -> Group {
    let log_in = |path, id, summary| {
        let says = "Give `username` or `email`. Of QField, QFieldSync and programs that do not say what they are, each person has one \
                    token at a time: logging in ends the one before. Five wrong passwords lock a name for an address for half an hour.";
        describe(Method::POST, path, id, summary)
            .says(says)
            .body(credentials())
            .answers::<LoggedIn>(200, "Logged in.")
            .refuses(401, ["authentication_failed", "too_many_failed_login_attempts"])
    };
    Group {
        tag: "Session",
        says: "Logging in and out, and who is logged in.",
        operations: vec![
            log_in("/api/v1/auth/login", "log_in", "Log in"),
            log_in("/api/v1/auth/token", "log_in_as_qfield", "Log in, under the path that QField uses"),
            log_out(Method::POST, "log_out", "Log out everywhere"),
            log_out(Method::GET, "log_out_by_get", "Log out everywhere, with a GET"),
            describe(Method::GET, "/api/v1/auth/user", "get_oneself", "Read who is logged in")
                .answers::<Oneself>(200, "Oneself."),
            describe(
                Method::POST,
                "/api/v1/resend-confirmation",
                "resend_confirmation",
                "Ask for the confirmation of a mail address again",
            )
            .says("Accounts are not confirmed by mail here, so there is never anything to send again.")
            .refuses(404, ["object_not_found"]),
        ],
    }
}

fn log_out(method: Method, id: &'static str, summary: &'static str) -> Described {
    describe(method, "/api/v1/auth/logout", id, summary)
        .says("Ends all sessions of whoever asks, not only this one. Without credentials nothing happens.")
        .answers::<LoggedOut>(200, "Logged out.")
        .refuses(400, ["api_error"])
}

fn credentials() -> Body {
    Body::default()
        .takes("username", Kind::Text, "ana", "The name of a person in any case, or their mail address.")
        .takes("email", Kind::Text, "", "The mail address, in place of the name.")
        .needs("password", Kind::Secret(1), "a field full of clover", "The password.")
}
