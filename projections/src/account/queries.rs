//! Questions about accounts.

use fieldlog_domain::{AccountId, TeamId};

use super::{AccountRow, MemberRow, Membership, OrganizationOf, TeamMemberRow, TeamRow};
use crate::error::ReadError;
use crate::page::{Listed, Page};
use crate::view::View;

impl View {
    /// The account with this id.
    pub fn account(&self, id: AccountId) -> Result<Option<AccountRow>, ReadError> {
        todo!("{id}")
    }

    /// Those of these accounts that exist, in the order of `ids`.
    pub fn accounts(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, ReadError> {
        todo!("{ids:?}")
    }

    /// All accounts, oldest first.
    pub fn list_accounts(&self, page: Page) -> Result<Listed<AccountRow>, ReadError> {
        todo!("{page:?}")
    }

    /// The account of this name, whatever the case.
    pub fn account_by_name(&self, name: &str) -> Result<Option<AccountRow>, ReadError> {
        todo!("{name}")
    }

    /// The person whose mail address has this index.
    pub fn account_by_email_index(&self, index: &str) -> Result<Option<AccountRow>, ReadError> {
        todo!("{index}")
    }

    /// Who belongs to an organization, oldest first.
    pub fn members(&self, organization: AccountId, page: Page) -> Result<Listed<MemberRow>, ReadError> {
        todo!("{organization} {page:?}")
    }

    /// How an account belongs to an organization, if it does.
    pub fn membership(&self, organization: AccountId, account: AccountId) -> Result<Option<Membership>, ReadError> {
        todo!("{organization} {account}")
    }

    /// The organizations an account owns or belongs to, oldest membership first.
    pub fn organizations_of(&self, account: AccountId) -> Result<Vec<OrganizationOf>, ReadError> {
        todo!("{account}")
    }

    /// The teams of an organization, oldest first.
    pub fn teams(&self, organization: AccountId, page: Page) -> Result<Listed<TeamRow>, ReadError> {
        todo!("{organization} {page:?}")
    }

    /// The team with this id.
    pub fn team(&self, id: TeamId) -> Result<Option<TeamRow>, ReadError> {
        todo!("{id}")
    }

    /// Who is in a team, oldest first.
    pub fn team_members(&self, team: TeamId, page: Page) -> Result<Listed<TeamMemberRow>, ReadError> {
        todo!("{team} {page:?}")
    }
}
