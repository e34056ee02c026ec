//! Questions about secrets.

use fieldlog_domain::secret::SecretHolder;
use fieldlog_domain::{AccountId, ResourceId, SecretId};
use rusqlite::{OptionalExtension, Params, params};
use uuid::Uuid;

use super::SecretRow;
use crate::column::Cells;
use crate::error::ReadError;
use crate::page::{List, Listed, Ordered, Page};
use crate::view::View;

macro_rules! secrets {
    ($rest:literal) => {
        concat!(
            "SELECT secret.key, secret.id, secret.holder, secret.is_project, secret.name, secret.kind,
                 secret.assigned_to, secret.value_key, secret.value_content, secret.set_at, secret.set_by
             FROM secret ",
            $rest
        )
    };
}

impl View {
    /// The secret with this id, while it is set.
    pub fn secret(&self, id: SecretId) -> Result<Option<SecretRow>, ReadError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(secrets!("WHERE secret.id = ?1"))?;
            Ok(query.query_row([id.uuid()], |row| secret(&mut Cells::after_key(row))).optional()?)
        })
    }

    /// The secrets of a project or an organization, oldest first.
    pub fn secrets(&self, holder: SecretHolder, page: Page) -> Result<Listed<SecretRow>, ReadError> {
        let list = Ordered { select: secrets!("WHERE secret.holder = ?1"), key: "secret.key", is_falling: false };
        self.read(|connection| list.page::<i64, _>(connection, &page, List::Secrets, &[&holder.uuid()], secret))
    }

    /// How many secrets of a project or an organization are assigned to this person, or to nobody.
    pub fn count_secrets(&self, holder: SecretHolder, assigned_to: Option<AccountId>) -> Result<u64, ReadError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM secret WHERE holder = ?1 AND assigned_to IS ?2";
            let params = params![holder.uuid(), assigned_to.map(AccountId::uuid)];
            Ok(connection.prepare_cached(sql)?.query_row(params, |row| Cells::of(row).count())?)
        })
    }

    /// Whether secrets of a project or of its owner are assigned to this person: then their packages are for nobody else.
    pub fn has_own_secrets(&self, person: AccountId, project: ResourceId) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM secret
                    WHERE assigned_to = ?1 AND holder IN (?2, (SELECT owner FROM resource WHERE id = ?2))";
        self.read(|connection| Ok(connection.prepare_cached(sql)?.exists([person.uuid(), project.uuid()])?))
    }

    /// The secrets that a job of `person` on `project` may see: of the project and of its owner, assigned to nobody or to
    /// them. There may be several of one name.
    pub fn secrets_within_reach(
        &self,
        project: ResourceId,
        person: Option<AccountId>,
    ) -> Result<Vec<SecretRow>, ReadError> {
        self.all_secrets(
            secrets!(
                "WHERE secret.holder IN (?1, (SELECT owner FROM resource WHERE id = ?1))
                   AND (secret.assigned_to IS NULL OR secret.assigned_to = ?2)
                 ORDER BY secret.key"
            ),
            params![project.uuid(), person.map(AccountId::uuid)],
        )
    }

    /// The secrets that go when this project, organization or person goes: its own, those of its projects, and those that are
    /// assigned to the person.
    pub fn secrets_bound_to(&self, id: Uuid) -> Result<Vec<SecretRow>, ReadError> {
        self.all_secrets(
            secrets!(
                "WHERE secret.holder = ?1 OR secret.assigned_to = ?1
                    OR secret.holder IN (SELECT id FROM resource WHERE owner = ?1)
                 ORDER BY secret.key"
            ),
            [id],
        )
    }

    fn all_secrets(&self, sql: &str, params: impl Params) -> Result<Vec<SecretRow>, ReadError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map(params, |row| secret(&mut Cells::after_key(row)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn secret(cells: &mut Cells<'_, '_>) -> rusqlite::Result<SecretRow> {
    let id = cells.id()?;
    let (holder, is_project): (Uuid, bool) = (cells.get()?, cells.get()?);
    let holder = match is_project {
        true => SecretHolder::Project(holder.into()),
        false => SecretHolder::Organization(holder.into()),
    };
    Ok(SecretRow {
        id,
        holder,
        name: cells.word()?,
        kind: cells.word()?,
        assigned_to: cells.id_if_any()?,
        value: cells.sealed()?,
        set_at: cells.time()?,
        set_by: cells.id_if_any()?,
    })
}
