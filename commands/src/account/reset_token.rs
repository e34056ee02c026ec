//! What the link in a mail carries: whose password may be set anew, and the secret that proves it.

use std::fmt;

use fieldlog_domain::{AccountId, Sha256Digest};
use rand::Rng;
use rand::distr::Alphanumeric;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Characters of the account's id.
const ID: usize = 32;
/// Random letters and digits: more than 256 bits.
const SECRET: usize = 43;

/// What the link in a mail carries: the account's id, which tells whose stream to look at, and a random secret. Fieldlog keeps
/// its SHA-256 only.
#[derive(Clone)]
pub struct ResetToken {
    account: AccountId,
    text: Zeroizing<String>,
}

impl ResetToken {
    /// A new one that nobody can guess.
    pub(super) fn random(account: AccountId) -> Self {
        let mut text = account.uuid().simple().to_string();
        text.extend(rand::rng().sample_iter(Alphanumeric).take(SECRET).map(char::from));
        Self { account, text: Zeroizing::new(text) }
    }

    /// Takes what somebody sent; none when it cannot be one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != ID + SECRET || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let account = Uuid::try_parse(&text[..ID]).ok()?;
        Some(Self { account: AccountId(account), text: Zeroizing::new(text.to_owned()) })
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whose password it is about.
    pub(super) fn account(&self) -> AccountId {
        self.account
    }

    /// By which it is known again.
    pub(super) fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.text.as_bytes())
    }
}

impl fmt::Debug for ResetToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResetToken(…)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_sent_and_is_never_the_same_twice() {
        let account = AccountId(Uuid::from_u128(7));
        let token = ResetToken::random(account);
        let read = ResetToken::parse(token.as_str()).unwrap();
        assert_eq!((read.account(), read.digest()), (account, token.digest()));
        assert_ne!(ResetToken::random(account).digest(), token.digest());
    }

    #[test]
    fn anything_else_is_no_token() {
        let token = ResetToken::random(AccountId(Uuid::from_u128(7)));
        let text = token.as_str();
        for bad in ["", "nonsense", &text[1..], &format!("{text}x"), &text.replacen('0', "é", 1), &"z".repeat(75)] {
            assert!(ResetToken::parse(bad).is_none(), "{bad}");
        }
    }
}
