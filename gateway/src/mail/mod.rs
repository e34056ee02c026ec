//! Mail: what is written, and how it gets to the mail server. Nobody who asks for something waits for it.

mod options;
mod outbox;
mod password_reset;

pub use options::{MailOptions, MailServer, NotAMailServer, NotASender, Sender};
pub(crate) use outbox::Outbox;
pub use outbox::{MAIL_RETRIES, MAILS};
pub(crate) use password_reset::{NotSent, send_password_reset};
