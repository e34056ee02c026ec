//! What must be forgettable is nowhere in plain.

use std::fs;

use fieldlog_commands::account::{ChangePassword, Password, change_password};
use fieldlog_commands::session::{LogIn, log_in};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_vault::Opened;

use crate::cloud::{Cloud, PASSWORD, anonymous};

#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_the_log_or_the_model_holds_mail_names_passwords_or_tokens() {
    let cloud = Cloud::start().await;
    let ana = cloud.account("ana").await;
    let login = LogIn { login: "ana".into(), password: Password::new(PASSWORD), client_ip: None };
    let session = cloud.seen(log_in(&cloud.app, &anonymous(), login).await).await;
    let change =
        ChangePassword { command_id: None, account: ana, current: None, new: Password::new("another password") };
    cloud.seen(change_password(&cloud.app, &Viewer::operator(), change).await).await;
    let secrets = ["ana@example.com", "\"Ng\"", "$argon2", PASSWORD, "another password", session.token.as_str()];
    let mut folders = vec![cloud.dir.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = fs::read(&path).unwrap();
            for secret in secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{} holds {secret:?}", path.display());
            }
        }
    }
    assert!(files >= 3, "log, model and vault are files, found {files}");
    // The name that everybody sees is there: this test can find what is written.
    let wal = fs::read(cloud.log_file().with_extension("sqlite-wal")).unwrap_or_default();
    let log = [fs::read(cloud.log_file()).unwrap(), wal].concat();
    assert!(log.windows(12).any(|window| window == b"\"name\":\"ana\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_forgets_the_profile_and_the_account_lives_on() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let id = ana.account.unwrap();
    let profile = cloud.app.view().account(id).unwrap().unwrap().profile.unwrap();
    cloud.app.vault().destroy(profile.key).await.unwrap();
    assert_eq!(cloud.app.vault().open_sealed(&profile).await.unwrap(), Opened::Forgotten);
    let opened: Result<_, CommandError<_>> = fieldlog_commands::account::open_profile(&cloud.app, &ana, id).await;
    assert_eq!(opened.unwrap(), None);
    cloud.project(&ana, "Bees").await;
}
