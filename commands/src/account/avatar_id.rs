//! The id under which everybody may ask for the picture of an account: whoever was not given it cannot make it up.

use fieldlog_domain::AccountId;
use uuid::Uuid;

use crate::App;

const PURPOSE: &str = "avatar";
/// Characters of a UUID without hyphens, and as many of its signature.
const LENGTH: usize = 32;

/// The id of an account's picture in public: the account's, signed. It stays when the picture changes.
pub fn avatar_id(app: &App, account: AccountId) -> String {
    let id = account.uuid().simple().to_string();
    let signature = app.vault().blind_index(PURPOSE, &id);
    format!("{id}{}", &signature[..LENGTH])
}

/// The account that an id is of; none: nobody was ever given it.
pub(super) fn account_of(app: &App, public_id: &str) -> Option<AccountId> {
    let account = AccountId::from(Uuid::try_parse(public_id.get(..LENGTH)?).ok()?);
    (avatar_id(app, account) == public_id).then_some(account)
}
