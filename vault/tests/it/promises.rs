//! What the vault promises, whatever keeps its keys. Run on SQLite here, on PostgreSQL in `postgres.rs`.

use std::time::{Duration, Instant};

use fieldlog_domain::Sealed;
use fieldlog_vault::{MasterKey, Opened, Vault, VaultError};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, join_all};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::homes::Home;

pub type Case = (&'static str, fn(Home) -> LocalBoxFuture<'static, ()>);

macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        pub const CASES: &[Case] = &[$((stringify!($name), |home| $name(home).boxed_local())),*];

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name(super::Home::sqlite()).await })*
        }
    };
}

on_every_store!(
    a_sealed_value_opens_again,
    values_of_one_subject_and_purpose_share_a_key,
    first_use_by_many_at_once_makes_one_key,
    a_destroyed_key_forgets_its_values_and_no_others,
    destroying_a_subject_forgets_all_that_is_sealed_for_it,
    nothing_is_sealed_under_a_destroyed_key,
    no_open_succeeds_after_destroy_returned,
    another_process_forgets_within_seconds,
    a_value_moved_to_another_field_is_refused,
    a_changed_value_is_damage_and_not_forgotten,
    a_wrong_master_key_is_refused_at_open,
    everything_survives_a_new_start,
    a_new_master_key_opens_everything_and_the_old_one_nothing,
    a_process_with_the_old_master_key_makes_no_more_keys,
    blind_indexes_are_equal_only_for_equal_values,
);

pub fn value(text: &str) -> Opened {
    Opened::Value(Zeroizing::new(text.as_bytes().to_vec()))
}

async fn opened(vault: &Vault, sealed: &Sealed) -> Opened {
    vault.open_sealed(sealed).await.unwrap()
}

async fn a_sealed_value_opens_again(home: Home) {
    let vault = home.open().await;
    for text in ["", "ana@example.org", "ä\u{0}ö", &"long ".repeat(100_000)] {
        let sealed = vault.seal(Uuid::new_v4(), "mail", text.as_bytes()).await.unwrap();
        assert_eq!(opened(&vault, &sealed).await, value(text));
        assert_eq!(vault.open_sealed_as("mail", &sealed).await.unwrap(), value(text));
    }
    let subject = Uuid::new_v4();
    let first = vault.seal(subject, "mail", b"same").await.unwrap();
    let second = vault.seal(subject, "mail", b"same").await.unwrap();
    assert_ne!(first.content, second.content, "equal values must not look equal");
}

async fn values_of_one_subject_and_purpose_share_a_key(home: Home) {
    let vault = home.open().await;
    let (ana, bob) = (Uuid::new_v4(), Uuid::new_v4());
    let key = async |subject, purpose| vault.seal(subject, purpose, b"x").await.unwrap().key;
    let mail = key(ana, "mail").await;
    assert_eq!(key(ana, "mail").await, mail);
    assert_ne!(key(ana, "name").await, mail);
    assert_ne!(key(bob, "mail").await, mail);
    let own = vault.new_key(ana, "mail").await.unwrap();
    assert_ne!(own, mail);
    assert_eq!(vault.seal_with(own, b"x").await.unwrap().key, own);
    assert_eq!(key(ana, "mail").await, mail, "a key of its own is not the shared one");
}

async fn first_use_by_many_at_once_makes_one_key(home: Home) {
    let vaults = [home.open().await, home.open().await];
    let subject = Uuid::new_v4();
    let seals = (0..16).map(|turn| {
        let vault = vaults[turn % 2].clone();
        tokio::spawn(async move { vault.seal(subject, "mail", &[turn as u8]).await.unwrap() })
    });
    let sealed: Vec<Sealed> = join_all(seals).await.into_iter().map(Result::unwrap).collect();
    for (turn, one) in sealed.iter().enumerate() {
        assert_eq!(one.key, sealed[0].key);
        assert_eq!(opened(&vaults[0], one).await, Opened::Value(Zeroizing::new(vec![turn as u8])));
    }
}

async fn a_destroyed_key_forgets_its_values_and_no_others(home: Home) {
    let vault = home.open().await;
    let ana = Uuid::new_v4();
    let (old, new) = (vault.new_key(ana, "password").await.unwrap(), vault.new_key(ana, "password").await.unwrap());
    let old_hash = vault.seal_with(old, b"old hash").await.unwrap();
    let new_hash = vault.seal_with(new, b"new hash").await.unwrap();
    assert_eq!(opened(&vault, &old_hash).await, value("old hash"));
    for _ in 0..2 {
        vault.destroy(old).await.unwrap();
        assert_eq!(opened(&vault, &old_hash).await, Opened::Forgotten);
        assert_eq!(vault.open_sealed_as("password", &old_hash).await.unwrap(), Opened::Forgotten);
        assert_eq!(opened(&vault, &new_hash).await, value("new hash"));
    }
    let unknown = Uuid::new_v4();
    assert!(matches!(vault.destroy(unknown).await, Err(VaultError::UnknownKey { key }) if key == unknown));
}

async fn destroying_a_subject_forgets_all_that_is_sealed_for_it(home: Home) {
    let vault = home.open().await;
    let (ana, bob) = (Uuid::new_v4(), Uuid::new_v4());
    let mut of_ana = Vec::new();
    for purpose in ["mail", "name"] {
        of_ana.push(vault.seal(ana, purpose, b"x").await.unwrap());
    }
    let own = vault.new_key(ana, "password").await.unwrap();
    of_ana.push(vault.seal_with(own, b"x").await.unwrap());
    let of_bob = vault.seal(bob, "mail", b"bob's").await.unwrap();
    for sealed in of_ana.iter().chain([&of_bob]) {
        assert_ne!(opened(&vault, sealed).await, Opened::Forgotten);
    }
    for _ in 0..2 {
        vault.destroy_subject(ana).await.unwrap();
        for sealed in &of_ana {
            assert_eq!(opened(&vault, sealed).await, Opened::Forgotten);
        }
    }
    assert_eq!(opened(&vault, &of_bob).await, value("bob's"));
    let again = vault.seal(ana, "mail", b"again").await.unwrap();
    assert_ne!(again.key, of_ana[0].key);
    assert_eq!(opened(&vault, &again).await, value("again"));
}

async fn nothing_is_sealed_under_a_destroyed_key(home: Home) {
    let vault = home.open().await;
    let elsewhere = home.open().await;
    let key = vault.new_key(Uuid::new_v4(), "password").await.unwrap();
    let sealed = vault.seal_with(key, b"x").await.unwrap();
    opened(&vault, &sealed).await;
    elsewhere.destroy(key).await.unwrap();
    // Though this handle still has the key in memory.
    assert!(
        matches!(vault.seal_with(key, b"y").await, Err(VaultError::Destroyed { key: destroyed }) if destroyed == key)
    );
    let unknown = Uuid::new_v4();
    assert!(matches!(vault.seal_with(unknown, b"y").await, Err(VaultError::UnknownKey { .. })));
    let shared = vault.seal(Uuid::from_u128(1), "mail", b"x").await.unwrap();
    elsewhere.destroy(shared.key).await.unwrap();
    let next = vault.seal(Uuid::from_u128(1), "mail", b"y").await.unwrap();
    assert_eq!(opened(&vault, &next).await, value("y"));
}

async fn no_open_succeeds_after_destroy_returned(home: Home) {
    let vault = home.open().await;
    for _ in 0..20 {
        let key = vault.new_key(Uuid::new_v4(), "password").await.unwrap();
        let sealed = vault.seal_with(key, b"x").await.unwrap();
        let openers: Vec<_> = (0..4)
            .map(|_| {
                let (vault, sealed) = (vault.clone(), sealed.clone());
                tokio::spawn(async move { while opened(&vault, &sealed).await != Opened::Forgotten {} })
            })
            .collect();
        vault.destroy(key).await.unwrap();
        assert_eq!(opened(&vault, &sealed).await, Opened::Forgotten);
        join_all(openers).await.into_iter().for_each(Result::unwrap);
        assert_eq!(opened(&vault, &sealed).await, Opened::Forgotten);
    }
}

async fn another_process_forgets_within_seconds(home: Home) {
    let (here, there) = (home.open().await, home.open().await);
    let sealed = here.seal(Uuid::new_v4(), "mail", b"x").await.unwrap();
    assert_eq!(opened(&there, &sealed).await, value("x"));
    here.destroy(sealed.key).await.unwrap();
    assert_eq!(opened(&here, &sealed).await, Opened::Forgotten);
    let deadline = Instant::now() + Duration::from_secs(5);
    while opened(&there, &sealed).await != Opened::Forgotten {
        assert!(Instant::now() < deadline, "another process still opens it after 5 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_value_moved_to_another_field_is_refused(home: Home) {
    let vault = home.open().await;
    let ana = Uuid::new_v4();
    let hash = vault.seal(ana, "password", b"hash").await.unwrap();
    let mail = vault.seal(ana, "mail", b"mail").await.unwrap();
    let error = vault.open_sealed_as("mail", &hash).await.unwrap_err();
    assert!(
        matches!(&error, VaultError::WrongPurpose { expected, found, .. } if expected == "mail" && found == "password")
    );
    let grafted = Sealed { key: mail.key, content: hash.content };
    assert!(matches!(vault.open_sealed(&grafted).await, Err(VaultError::Damaged { .. })));
}

async fn a_changed_value_is_damage_and_not_forgotten(home: Home) {
    let vault = home.open().await;
    let sealed = vault.seal(Uuid::new_v4(), "mail", b"ana@example.org").await.unwrap();
    let damaged = async |sealed: Sealed| {
        let found = vault.open_sealed(&sealed).await;
        assert!(matches!(&found, Err(VaultError::Damaged { key, .. }) if *key == sealed.key), "{found:?}");
    };
    for at in 0..sealed.content.len() {
        let mut content = sealed.content.clone().into_bytes();
        content[at] = if content[at] == b'A' { b'B' } else { b'A' };
        damaged(Sealed { content: String::from_utf8(content).unwrap(), ..sealed.clone() }).await;
    }
    for content in ["", "AAAA", "not base64!", &sealed.content[..sealed.content.len() - 4]] {
        damaged(Sealed { content: content.into(), ..sealed.clone() }).await;
    }
    damaged(Sealed { key: Uuid::new_v4(), ..sealed.clone() }).await;
}

async fn a_wrong_master_key_is_refused_at_open(home: Home) {
    home.open().await;
    let wrong = MasterKey::generate();
    match Vault::open(&home.url, wrong.clone()).await {
        Err(VaultError::WrongMasterKey { expected, found }) => {
            assert_eq!((expected, found), (home.master.fingerprint(), wrong.fingerprint()));
        }
        other => panic!("{other:?}"),
    }
    home.open().await;
}

async fn everything_survives_a_new_start(home: Home) {
    let (kept, forgotten, index) = {
        let vault = home.open().await;
        let kept = vault.seal(Uuid::from_u128(1), "mail", b"kept").await.unwrap();
        let forgotten = vault.seal(Uuid::from_u128(2), "mail", b"forgotten").await.unwrap();
        vault.destroy(forgotten.key).await.unwrap();
        (kept, forgotten, vault.blind_index("mail", "ana@example.org"))
    };
    let vault = home.open().await;
    assert_eq!(opened(&vault, &kept).await, value("kept"));
    assert_eq!(opened(&vault, &forgotten).await, Opened::Forgotten);
    assert_eq!(vault.blind_index("mail", "ana@example.org"), index);
    assert_eq!(vault.seal(Uuid::from_u128(1), "mail", b"more").await.unwrap().key, kept.key);
}

async fn a_new_master_key_opens_everything_and_the_old_one_nothing(mut home: Home) {
    let vault = home.open().await;
    let mut sealed = Vec::new();
    for subject in 0..1100_u128 {
        sealed.push(vault.seal(Uuid::from_u128(subject), "mail", &subject.to_be_bytes()).await.unwrap());
    }
    let forgotten = sealed.pop().unwrap();
    vault.destroy(forgotten.key).await.unwrap();
    let index = vault.blind_index("mail", "ana@example.org");
    let new = MasterKey::generate();
    vault.rewrap(&new).await.unwrap();
    assert!(matches!(Vault::open(&home.url, home.master.clone()).await, Err(VaultError::WrongMasterKey { .. })));
    home.master = new;
    for vault in [vault, home.open().await] {
        for (subject, sealed) in (0_u128..).zip(&sealed) {
            assert_eq!(opened(&vault, sealed).await, Opened::Value(Zeroizing::new(subject.to_be_bytes().to_vec())));
        }
        assert_eq!(opened(&vault, &forgotten).await, Opened::Forgotten);
        assert_eq!(vault.blind_index("mail", "ana@example.org"), index);
        assert_eq!(vault.seal(Uuid::from_u128(0), "mail", b"").await.unwrap().key, sealed[0].key);
    }
}

async fn a_process_with_the_old_master_key_makes_no_more_keys(home: Home) {
    let (here, there) = (home.open().await, home.open().await);
    let sealed = here.seal(Uuid::from_u128(1), "mail", b"x").await.unwrap();
    here.rewrap(&MasterKey::generate()).await.unwrap();
    let wrong = |error: VaultError| assert!(matches!(error, VaultError::WrongMasterKey { .. }), "{error:?}");
    wrong(there.seal(Uuid::from_u128(2), "mail", b"y").await.unwrap_err());
    wrong(there.new_key(Uuid::from_u128(2), "mail").await.unwrap_err());
    wrong(there.open_sealed(&sealed).await.unwrap_err());
    wrong(there.rewrap(&MasterKey::generate()).await.unwrap_err());
    assert_eq!(opened(&here, &sealed).await, value("x"));
}

async fn blind_indexes_are_equal_only_for_equal_values(home: Home) {
    let vault = home.open().await;
    let other = Home::sqlite().open().await;
    let index = vault.blind_index("mail", "ana@example.org");
    assert_eq!(index.len(), 64);
    assert_eq!(vault.blind_index("mail", "ana@example.org"), index);
    assert_ne!(vault.blind_index("mail", "ana@example.com"), index);
    assert_ne!(vault.blind_index("mai", "lana@example.org"), index);
    assert_ne!(other.blind_index("mail", "ana@example.org"), index, "another vault must not give the same");
}
