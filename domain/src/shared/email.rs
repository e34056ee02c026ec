//! Mail addresses. They are personal data: never in an event, never in a log line.

use std::fmt;

use thiserror::Error;

/// A mail address somebody gave.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// A text that is no mail address. It does not quote the text, which may be somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a mail address as name@host with at most 254 characters")]
pub struct NotAnEmail;

impl EmailAddress {
    /// Reads an address. Only the shape is checked; whether it exists only a mail can tell.
    pub fn try_new(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let host_is_plausible =
            !host.is_empty() && !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if local.is_empty() || local.contains('@') || !host_is_plausible || !clean || text.len() > 254 {
            return Err(NotAnEmail);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses are compared.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}
