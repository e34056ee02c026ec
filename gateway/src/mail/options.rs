//! Where mail is handed in, and who it comes from.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error as SmtpError};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use thiserror::Error;
use url::{Host, Url};

/// How long the mail server may take for one step.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is needed to send mail.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// Where mail is handed in.
    pub server: MailServer,
    /// Who it comes from.
    pub sender: Sender,
    /// `https://host`: links in mails begin with it, whatever a request says where it was sent to.
    pub public_url: String,
}

/// `smtp://user:password@host:port`, or `smtps://…` for TLS from the start; `?tls=required` asks for STARTTLS and
/// `?tls=opportunistic` takes it where there is some. A path is the name to greet the server with.
#[derive(Clone)]
pub struct MailServer {
    url: Url,
    builder: AsyncSmtpTransportBuilder,
}

/// A text that names no mail server. It does not quote the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAMailServer {
    /// Another scheme, or no URL at all.
    #[error("expected smtp://host:port or smtps://host:port, found {found}")]
    UnknownForm {
        /// What comes before the first colon.
        found: String,
    },
    /// Nowhere to go.
    #[error("expected a host after {0}://, found none")]
    NoHost(String),
    /// Something else is asked of TLS.
    #[error(
        "expected tls=required, tls=opportunistic or nothing after the question mark of smtp://…, and nothing after smtps://…"
    )]
    UnknownQuery,
    /// One without the other.
    #[error("expected a user and a password or neither, found only a {0}")]
    HalfCredentials(&'static str),
    /// The mail library does not take it.
    #[error("{0}")]
    Unusable(String),
}

impl FromStr for MailServer {
    type Err = NotAMailServer;

    fn from_str(text: &str) -> Result<Self, NotAMailServer> {
        let scheme = text.split_once(':').map_or("none", |(scheme, _)| scheme);
        if !["smtp", "smtps"].contains(&scheme) {
            let found: String = scheme.chars().take(20).collect();
            return Err(NotAMailServer::UnknownForm { found: format!("{found}:…") });
        }
        let url = Url::parse(text).map_err(|error| NotAMailServer::Unusable(error.to_string()))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(NotAMailServer::NoHost(scheme.to_owned()));
        }
        let is_known = match url.query() {
            None => true,
            Some("tls=required" | "tls=opportunistic") => scheme == "smtp",
            Some(_) => false,
        };
        if !is_known {
            return Err(NotAMailServer::UnknownQuery);
        }
        match (url.username(), url.password()) {
            ("", Some(_)) => return Err(NotAMailServer::HalfCredentials("password")),
            (user, None) if !user.is_empty() => return Err(NotAMailServer::HalfCredentials("user")),
            _ => {}
        }
        let builder = Transport::from_url(url.as_str()).map_err(|error| NotAMailServer::Unusable(error.to_string()))?;
        Ok(Self { url, builder })
    }
}

impl fmt::Display for MailServer {
    /// Without user and password: URLs end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        if let Some(query) = self.url.query() {
            write!(f, "?{query}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailServer({self})")
    }
}

/// Speaks SMTP, one connection per mail.
pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

impl MailServer {
    /// Connects and logs in, and sends nothing.
    pub async fn check(&self) -> Result<(), String> {
        let answers = self.builder.clone().timeout(Some(PATIENCE)).build::<Tokio1Executor>().test_connection().await;
        match answers {
            Ok(true) => Ok(()),
            Ok(false) => Err("it took the connection and then no longer answered".to_owned()),
            Err(error) => Err(why(&error)),
        }
    }

    /// Whether everybody on the way to the server can read the password.
    pub fn shows_password(&self) -> bool {
        let is_here = match self.url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            // A scheme that the web does not know has its addresses as texts.
            Some(Host::Domain(name)) => ["localhost", "127.0.0.1"].contains(&name),
            None => false,
        };
        let may_be_plain = self.url.scheme() == "smtp" && self.url.query() != Some("tls=required");
        self.url.password().is_some() && may_be_plain && !is_here
    }

    /// Greets the server with the sender's host, unless the URL names another.
    pub(super) fn transport(&self, sender: &Sender) -> Transport {
        let builder = self.builder.clone().timeout(Some(PATIENCE));
        match self.url.path() {
            "" | "/" => builder.hello_name(ClientId::Domain(sender.host().to_owned())).build(),
            _ => builder.build(),
        }
    }
}

/// What went wrong, without the server's own words: they may quote somebody's address.
pub(super) fn why(error: &SmtpError) -> String {
    match error.status() {
        Some(code) => format!("it answered {code}"),
        None => error.to_string(),
    }
}

/// Who mail comes from: `cloud@example.org`, or `Our cloud <cloud@example.org>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// A text that is no sender.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected an address as cloud@example.org or Our cloud <cloud@example.org>, found {0:?}")]
pub struct NotASender(String);

impl FromStr for Sender {
    type Err = NotASender;

    fn from_str(text: &str) -> Result<Self, NotASender> {
        let fail = || NotASender(text.chars().take(100).collect());
        if text.chars().any(char::is_control) {
            return Err(fail());
        }
        text.trim().parse().map(Self).map_err(|_| fail())
    }
}

impl Sender {
    /// The address with its name, for the head of a mail.
    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// What comes after the `@`.
    pub(super) fn host(&self) -> &str {
        self.0.email.domain()
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refused(text: &str) -> NotAMailServer {
        text.parse::<MailServer>().unwrap_err()
    }

    #[test]
    fn a_mail_server_is_shown_without_user_and_password() {
        for (text, shown) in [
            ("smtp://localhost", "smtp://localhost"),
            ("smtps://ana:s%23cret@mail.example:465", "smtps://mail.example:465"),
            ("smtp://ana:secret@mail.example:587/cloud.example?tls=required", "smtp://mail.example:587?tls=required"),
        ] {
            let server: MailServer = text.parse().unwrap();
            assert_eq!((server.to_string(), format!("{server:?}")), (shown.to_owned(), format!("MailServer({shown})")));
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_quoting_a_password() {
        assert_eq!(refused("mail.example"), NotAMailServer::UnknownForm { found: "none:…".into() });
        assert_eq!(refused("http://a:secret@b"), NotAMailServer::UnknownForm { found: "http:…".into() });
        assert_eq!(refused("smtp:"), NotAMailServer::NoHost("smtp".into()));
        assert_eq!(refused("smtp://a:secret@b?tls=maybe"), NotAMailServer::UnknownQuery);
        assert_eq!(refused("smtps://b?tls=required"), NotAMailServer::UnknownQuery);
        assert_eq!(refused("smtp://ana@b"), NotAMailServer::HalfCredentials("user"));
        assert_eq!(refused("smtp://:secret@b"), NotAMailServer::HalfCredentials("password"));
        for bad in ["smtp://a:secret@b:port", "smtp://a:secret@", "smtp://a:%FFsecret@b"] {
            assert!(!refused(bad).to_string().contains("secret"), "{bad}: {}", refused(bad));
        }
    }

    #[test]
    fn a_password_in_plain_is_told_unless_it_stays_on_this_machine() {
        let shows = |text: &str| text.parse::<MailServer>().unwrap().shows_password();
        assert!(shows("smtp://a:b@mail.example") && shows("smtp://a:b@mail.example?tls=opportunistic"));
        assert!(!shows("smtp://a:b@127.0.0.1") && !shows("smtp://a:b@[::1]") && !shows("smtp://a:b@localhost"));
        assert!(!shows("smtp://mail.example") && !shows("smtps://a:b@mail.example"));
        assert!(!shows("smtp://a:b@mail.example?tls=required"));
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        assert_eq!("cloud@example.org".parse::<Sender>().unwrap().host(), "example.org");
        assert_eq!("Our cloud <cloud@example.org>".parse::<Sender>().unwrap().host(), "example.org");
        for bad in ["", "cloud", "Our cloud", "cloud@example.org\r\nBcc: eve@example.org"] {
            assert!(bad.parse::<Sender>().is_err(), "{bad:?}");
        }
    }
}
