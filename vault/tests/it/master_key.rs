//! The master key's text and file.

use std::os::unix::fs::PermissionsExt;

use fieldlog_vault::{MasterKey, NotAMasterKey, VaultError};

#[test]
fn a_file_is_made_once_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/master.key");
    let made = MasterKey::from_file_or_create(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(MasterKey::from_file_or_create(&path).unwrap().fingerprint(), made.fingerprint());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(MasterKey::parse(&text).unwrap().fingerprint(), made.fingerprint());
    assert_eq!(MasterKey::parse(text.trim().trim_end_matches('=')).unwrap().fingerprint(), made.fingerprint());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn all_who_make_the_file_at_once_get_the_same_key() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let fingerprints: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| MasterKey::from_file_or_create(&path).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().fingerprint()).collect()
        });
        assert!(fingerprints.iter().all(|fingerprint| *fingerprint == fingerprints[0]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_file_without_a_key_is_refused_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    for content in ["", "short", "c2hvcnQ=", "not base64 at all!"] {
        std::fs::write(&path, content).unwrap();
        let refused = MasterKey::from_file_or_create(&path).unwrap_err();
        assert!(matches!(&refused, VaultError::MasterKeyFile { path: named, .. } if *named == path), "{refused:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_text_that_is_no_key_is_told_without_repeating_it() {
    assert_eq!(MasterKey::parse("not base64!").unwrap_err(), NotAMasterKey::NotBase64);
    assert_eq!(MasterKey::parse("c2hvcnQ=").unwrap_err(), NotAMasterKey::WrongLength { found: 5 });
}

#[test]
fn a_key_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let key = MasterKey::from_file_or_create(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!format!("{key:?}").contains(text.trim()));
    assert_ne!(MasterKey::generate().fingerprint(), key.fingerprint());
}
