//! Persons who log in, organizations with members and teams.

use chrono::{DateTime, Days};
use fieldlog_domain::account::{Account, AccountCommand, AccountKind, MemberRole, RegisterAccount};
use fieldlog_domain::name_claim::{ClaimedName, NameClaim, NameClaimCommand};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::session::{Session, SessionCommand};
use fieldlog_domain::shared::{AccountName, ClientType};
use fieldlog_domain::{AccountId, Sealed, Sha256Digest, StreamId, StreamKind};

use super::script::{Script, Told};
use super::{Seed, ids, token};

/// As long as the real ones.
fn sealed(kind: &str, number: u64, length: usize) -> Sealed {
    Sealed { key: ids::key(kind, number), content: "c2VhbGVk".repeat(length / 8) }
}

fn account_name(name: &str) -> AccountName {
    AccountName::try_new(name).expect("names of stories are names")
}

async fn claim(script: &mut Script, name: ClaimedName, holder: &StreamId) {
    script.tell(&mut Told::<NameClaim>::new(name.stream()), NameClaimCommand::Claim { holder: holder.clone() }).await;
}

pub fn person_name(number: u64) -> String {
    format!("surveyor-{number}")
}

pub async fn person(_: Seed, number: u64) -> Script {
    let id = ids::person(number);
    let mut script = Script::new(Actor::Anonymous, ids::command("register", number));
    let stream = StreamId::new(StreamKind::Account, id);
    let name = account_name(&person_name(number));
    let email_index = Sha256Digest::of(&number.to_le_bytes()).to_hex();
    claim(&mut script, ClaimedName::Account(name.clone()), &stream).await;
    claim(&mut script, ClaimedName::EmailIndex(email_index.clone()), &stream).await;
    let register = RegisterAccount {
        name,
        kind: AccountKind::Person,
        owner: None,
        profile: Some((sealed("profile", number, 160), email_index)),
        password_hash: Some(sealed("credential", number, 180)),
        is_admin: false,
    };
    script.tell(&mut Told::<Account>::new(stream), AccountCommand::Register(register)).await;
    open_session(&mut script, number, id).await;
    script
}

async fn open_session(script: &mut Script, number: u64, account: AccountId) {
    // Tokens have to be good whenever the seed is used.
    let expires_at = DateTime::UNIX_EPOCH + Days::new(200 * 365);
    let token_digest = Sha256Digest::of(token(number).as_bytes());
    let open = SessionCommand::Open { account, token_digest, client: ClientType::Qfield, expires_at };
    script.tell(&mut Told::<Session>::new(StreamId::new(StreamKind::Session, ids::session(number))), open).await;
}

pub async fn organization(seed: Seed, number: u64) -> Script {
    let owner = number % seed.persons();
    let mut script = Script::new(Actor::Account(ids::person(owner)), ids::command("organize", number));
    let stream = StreamId::new(StreamKind::Account, ids::organization(number));
    let name = account_name(&format!("institute-{number}"));
    claim(&mut script, ClaimedName::Account(name.clone()), &stream).await;
    let mut account = Told::<Account>::new(stream);
    let register = RegisterAccount {
        name,
        kind: AccountKind::Organization,
        owner: Some(ids::person(owner)),
        profile: None,
        password_hash: None,
        is_admin: false,
    };
    script.tell(&mut account, AccountCommand::Register(register)).await;
    let team = ids::team(number);
    script.tell(&mut account, AccountCommand::CreateTeam { team, name: account_name("field-crew") }).await;
    for offset in 1..seed.persons().min(6) {
        let member = ids::person((owner + offset) % seed.persons());
        script.tell(&mut account, AccountCommand::AddMember { member, role: MemberRole::Member, limit: None }).await;
        script.tell(&mut account, AccountCommand::AddTeamMember { team, member }).await;
    }
    script
}
