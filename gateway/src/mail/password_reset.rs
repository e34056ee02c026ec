//! The mail with a link to set a new password.

use std::net::IpAddr;
use std::time::Duration;

use fieldlog_commands::Viewer;
use fieldlog_commands::account::{PasswordResetLink, RequestPasswordReset, request_password_reset};
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use maud::html;
use uuid::Uuid;

use super::MailOptions;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;

/// Why no mail is sent. That there is nobody to send it to is no reason: nobody shall learn that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSent {
    /// The operator named no mail server.
    MailIsNotSetUp,
    /// Too many mails were asked for from this address.
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
}

/// Sends a link to whoever this name or mail address belongs to, if to anybody. It is done in the background.
pub(crate) fn send_password_reset(gateway: &Gateway, caller: &Caller, login: String) -> Result<(), NotSent> {
    let outbox = gateway.outbox().ok_or(NotSent::MailIsNotSetUp)?;
    gateway.mail_rate().take(caller.ip).map_err(|retry_after| NotSent::TooMany { retry_after })?;
    let (app, options, ip) = (gateway.app().clone(), outbox.options().clone(), caller.ip);
    // Whoever has lost their password is not known by a token that came along.
    let viewer = Viewer::anonymous(caller.viewer.client).with_correlation(caller.viewer.correlation_id);
    outbox.post(async move {
        let lifetime = app.settings().password_reset_lifetime;
        match request_password_reset(&app, &viewer, RequestPasswordReset { login }).await {
            Ok(done) => done.value.and_then(|link| write(&options, &link, ip, lifetime)),
            Err(error) => {
                tracing::error!(?error, "a link to set a new password could not be made");
                None
            }
        }
    });
    Ok(())
}

/// The mail; none when nobody can be written to at their address.
fn write(options: &MailOptions, link: &PasswordResetLink, asker: IpAddr, lifetime: Duration) -> Option<Message> {
    let name = link.name.as_str();
    let server = options.public_url.trim_end_matches('/');
    let url = format!("{server}/accounts/password/reset/{}/", link.token.as_str());
    let (minutes, until) = (lifetime.as_secs() / 60, link.expires_at.format("%Y-%m-%d %H:%M UTC"));
    let text = format!(
        "Hello {name},\n\n\
         somebody (from the network address {asker}) asked to set a new password for your account {name} on {server}.\n\n\
         If it was you, open this link and choose a password:\n\n\
         {url}\n\n\
         The link works once, within {minutes} minutes (until {until}).\n\n\
         If it was not you, ignore this mail: your password stays as it is.\n"
    );
    let page = html! {
        p { "Hello " (name) "," }
        p {
            "somebody (from the network address " (asker) ") asked to set a new password for your account "
            strong { (name) } " on " (server) "."
        }
        p { "If it was you, open this link and choose a password:" }
        p { a href=(url) { (url) } }
        p { "The link works once, within " (minutes) " minutes (until " (until) ")." }
        p { "If it was not you, ignore this mail: your password stays as it is." }
    };
    let recipient = link.email.parse().map(|address| Mailbox::new(None, address));
    let mail = recipient.map_err(|error| error.to_string()).and_then(|recipient| {
        Message::builder()
            .from(options.sender.mailbox().clone())
            .to(recipient)
            .subject(format!("A new password for {name}"))
            .message_id(Some(format!("<{}@{}>", Uuid::now_v7(), options.sender.host())))
            // So that no absence assistant answers.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
            .multipart(MultiPart::alternative_plain_html(text, page.into_string()))
            .map_err(|error| error.to_string())
    });
    // The address itself is nobody's business.
    mail.inspect_err(|error| tracing::error!(account = name, error, "nobody can be written to at this address")).ok()
}
