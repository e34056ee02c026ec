//! What names a vault, and what does not.

use fieldlog_vault::{NotAVaultUrl, VaultUrl};

#[test]
fn both_forms_are_read_and_shown_without_password() {
    let sqlite: VaultUrl = "sqlite:data/vault.sqlite".parse().unwrap();
    assert_eq!(
        (&sqlite, sqlite.to_string().as_str()),
        (&VaultUrl::Sqlite("data/vault.sqlite".into()), "sqlite:data/vault.sqlite")
    );
    for url in
        ["postgres://app:p@ss@db:5432/vault?sslmode=require&password=pass", "postgresql://app:pass@db:5432/vault"]
    {
        let postgres: VaultUrl = url.parse().unwrap();
        assert_eq!(postgres, VaultUrl::Postgres(url.into()));
        assert_eq!(postgres.to_string(), "postgres://db:5432/vault");
        assert!(!format!("{postgres:?}").contains("ss"));
    }
}

#[test]
fn other_texts_are_refused() {
    let refused = |text: &str| text.parse::<VaultUrl>().unwrap_err();
    assert_eq!(refused("sqlite:"), NotAVaultUrl::NoPath);
    assert_eq!(refused("mysql://root:secret@db/x"), NotAVaultUrl::UnknownForm { found: "mysql:…".into() });
    assert_eq!(refused("vault.sqlite"), NotAVaultUrl::UnknownForm { found: "vault.sqlite".into() });
    assert_eq!(refused("postgres:db"), NotAVaultUrl::UnknownForm { found: "postgres:…".into() });
}
