//! What only a file can do to us.

use std::path::Path;

use fieldlog_vault::{MasterKey, Opened, Vault, VaultError, VaultUrl};
use uuid::Uuid;

use crate::homes::Home;

fn wrapped_key(folder: &Path, id: Uuid) -> Option<Vec<u8>> {
    let connection = rusqlite::Connection::open(folder.join("vault.sqlite")).unwrap();
    connection.query_row("select wrapped from data_key where id = ?1", [id], |row| row.get(0)).unwrap()
}

/// Whether any file of the vault contains these bytes.
fn on_disk(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_key_is_overwritten_in_every_file() {
    let home = Home::sqlite();
    let vault = home.open().await;
    let subject = Uuid::new_v4();
    let mut keys = Vec::new();
    for _ in 0..50 {
        keys.push(vault.new_key(subject, "password").await.unwrap());
    }
    let one = wrapped_key(home.folder(), keys[7]).unwrap();
    let rest: Vec<_> = keys.iter().map(|key| wrapped_key(home.folder(), *key).unwrap()).collect();
    assert!(on_disk(home.folder(), &one));
    vault.destroy(keys[7]).await.unwrap();
    assert_eq!(wrapped_key(home.folder(), keys[7]), None);
    assert!(!on_disk(home.folder(), &one));
    assert!(on_disk(home.folder(), &rest[8]));
    vault.destroy_subject(subject).await.unwrap();
    assert!(rest.iter().all(|key| !on_disk(home.folder(), key)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_master_key_leaves_nothing_wrapped_by_the_old_one() {
    let home = Home::sqlite();
    let vault = home.open().await;
    let key = vault.new_key(Uuid::new_v4(), "password").await.unwrap();
    let old = wrapped_key(home.folder(), key).unwrap();
    vault.rewrap(&MasterKey::generate()).await.unwrap();
    assert_ne!(wrapped_key(home.folder(), key).unwrap(), old);
    assert!(!on_disk(home.folder(), &old));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_swapped_between_rows_do_not_open() {
    let home = Home::sqlite();
    let vault = home.open().await;
    let ana = vault.seal(Uuid::from_u128(1), "mail", b"ana's").await.unwrap();
    let bob = vault.seal(Uuid::from_u128(2), "mail", b"bob's").await.unwrap();
    let connection = rusqlite::Connection::open(home.folder().join("vault.sqlite")).unwrap();
    let of_bob = wrapped_key(home.folder(), bob.key);
    connection.execute("update data_key set wrapped = ?2 where id = ?1", rusqlite::params![ana.key, of_bob]).unwrap();
    assert!(matches!(vault.open_sealed(&ana).await, Err(VaultError::Damaged { key, .. }) if key == ana.key));
    assert_ne!(vault.open_sealed(&bob).await.unwrap(), Opened::Forgotten);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::sqlite();
    home.open().await.seal(Uuid::from_u128(1), "mail", b"x").await.unwrap();
    for entry in std::fs::read_dir(home.folder()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn a_file_that_is_no_vault_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.sqlite");
    std::fs::write(&path, "a text, and no database at all, however long it may be").unwrap();
    let failed = Vault::open(&VaultUrl::Sqlite(path.clone()), MasterKey::generate()).await.unwrap_err();
    assert!(matches!(failed, VaultError::Unavailable { .. }), "{failed:?}");
    assert!(std::fs::read_to_string(path).unwrap().starts_with("a text"));
}

#[test]
fn every_future_may_move_between_threads() {
    fn sendable<T: Send>(_: &T) {}
    let url: VaultUrl = "sqlite:never opened".parse().unwrap();
    sendable(&Vault::open(&url, MasterKey::generate()));
    fn of_vault(vault: &Vault, sealed: &fieldlog_domain::Sealed) {
        sendable(&vault.seal(Uuid::nil(), "mail", b""));
        sendable(&vault.open_sealed(sealed));
        sendable(&vault.destroy(Uuid::nil()));
        sendable(&vault.destroy_subject(Uuid::nil()));
        sendable(&vault.rewrap(&MasterKey::generate()));
    }
    let _ = of_vault;
}
