//! Sessions.

use chrono::Duration;
use fieldlog_domain::session::{RevocationReason, SessionEvent};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, SessionId, Sha256Digest, StreamKind};
use uuid::Uuid;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_found_by_its_token_and_no_longer_open_once_revoked() {
    let world = World::new();
    let account = AccountId(Uuid::new_v4());
    let expires_at = world.now() + Duration::hours(1);
    let mut ids = Vec::new();
    for (token, client) in [("a", ClientType::Qfield), ("b", ClientType::Browser), ("c", ClientType::Qfield)] {
        let id = Uuid::new_v4();
        let token_digest = Sha256Digest::of(token.as_bytes());
        let opened = SessionEvent::SessionOpened { account, token_digest, client, expires_at };
        world.given(StreamKind::Session, id, None, vec![opened]).await;
        ids.push(SessionId(id));
    }
    let revoked = SessionEvent::SessionRevoked { reason: RevocationReason::LoggedOut };
    world.given(StreamKind::Session, ids[0].uuid(), None, vec![revoked]).await;
    let view = world.view().await;
    let by_token = |token: &str| view.session_by_token(&Sha256Digest::of(token.as_bytes())).unwrap();
    let first = by_token("a").unwrap();
    assert_eq!((first.id, first.is_revoked, first.account), (ids[0], true, account));
    let second = by_token("b").unwrap();
    assert_eq!((second.client, second.expires_at, second.opened_at), (ClientType::Browser, expires_at, world.now()));
    assert_eq!(view.session(ids[1]).unwrap(), Some(second));
    assert_eq!(by_token("d"), None);
    let open = |client| view.open_sessions(account, client).unwrap().iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(open(None), [ids[2], ids[1]], "newest first");
    assert_eq!(open(Some(ClientType::Qfield)), [ids[2]]);
    assert_eq!(open(Some(ClientType::Cli)), []);
}
