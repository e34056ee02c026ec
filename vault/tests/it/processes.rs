//! Several processes on one vault file.

use std::process::{Child, Command, Stdio};

use fieldlog_domain::Sealed;
use fieldlog_vault::{MasterKey, Vault, VaultUrl};
use uuid::Uuid;

use crate::homes::Home;
use crate::promises::value;

const FOLDER: &str = "FIELDLOG_VAULT_CHILD_FOLDER";

/// Seals for subjects that all children share, and says what came out.
#[test]
#[ignore = "the body of a child process"]
fn child_that_seals() {
    let Some(folder) = std::env::var_os(FOLDER).map(std::path::PathBuf::from) else { return };
    let master = MasterKey::from_file_or_create(&folder.join("master.key")).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let vault = Vault::open(&VaultUrl::Sqlite(folder.join("vault.sqlite")), master).await.unwrap();
        for subject in 0..60_u128 {
            let text = format!("{} of {}", subject, std::process::id());
            let sealed = vault.seal(Uuid::from_u128(subject), "mail", text.as_bytes()).await.unwrap();
            println!("sealed {} {} {text}", sealed.key, sealed.content);
        }
    });
}

fn start(folder: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child_that_seals", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_make_one_vault_and_one_key_each_for_what_they_share() {
    let mut home = Home::sqlite();
    let children: Vec<Child> = (0..4).map(|_| start(home.folder())).collect();
    let mut sealed = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        for line in lines.lines().filter_map(|line| line.split_once("sealed ").map(|(_, rest)| rest)) {
            let mut words = line.splitn(3, ' ');
            let mut word = || words.next().unwrap().to_owned();
            sealed.push((Sealed { key: word().parse().unwrap(), content: word() }, word()));
        }
    }
    home.master = MasterKey::from_file_or_create(&home.folder().join("master.key")).unwrap();
    let vault = home.open().await;
    assert_eq!(sealed.len(), 240);
    for (sealed, text) in &sealed {
        assert_eq!(vault.open_sealed(sealed).await.unwrap(), value(text));
    }
    let mut keys: Vec<Uuid> = sealed.iter().map(|(sealed, _)| sealed.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 60, "one key for each subject");
}
