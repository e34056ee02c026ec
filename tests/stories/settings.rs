//! The same settings by flag, environment and file.

use serde_json::json;

use crate::support::fieldlog::{Fieldlog, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_works_the_same_by_flag_environment_and_file_and_the_nearer_one_wins() {
    let by_flag = ["serve", "--listen", "127.0.0.1:0", "--upload-limit-bytes", "10"];
    let by_file = ["serve", "--listen", "127.0.0.1:0"];
    for way in ["flag", "environment", "file", "flag over environment over file"] {
        let mut fieldlog = Fieldlog::new().without_docker();
        if way.contains("environment") {
            fieldlog = fieldlog.with("FIELDLOG_UPLOAD_LIMIT_BYTES", if way.contains("over") { "20" } else { "10" });
        }
        if way.contains("file") {
            let limit = if way.contains("over") { 30 } else { 10 };
            std::fs::write(fieldlog.path("fieldlog.toml"), format!("upload_limit_bytes = {limit}\n")).unwrap();
        }
        let server = match way.contains("flag") {
            true => fieldlog.start(by_flag).await,
            false => fieldlog.start(by_file).await,
        };
        let info = server.client().graphql("{ serverInfo { uploadLimit } }", json!({})).await;
        assert_eq!(info["serverInfo"]["uploadLimit"], 10, "{way}");
        let ana = server.client().register("ana").await;
        let project = ana.create_project("river").await;
        ana.upload(&project, "ten.txt", "0123456789").await;
        let refused = ana.put(&project, "eleven.txt", "0123456789a").send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 413, "{way}");
        assert_eq!(server.stop().await.code(), Some(0), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_is_refused_with_its_name_what_was_found_and_what_was_expected() {
    let told = async |fieldlog: Fieldlog, flags: &[&str], words: &[&str]| {
        let output = fieldlog.run([&["serve"], flags].concat()).await;
        let text = said(&output);
        assert!(!output.status.success(), "{flags:?}: {text}");
        for word in words {
            assert!(text.contains(word), "expected {word:?} about {flags:?}, found: {text}");
        }
        // Nothing was made before it was known what to make.
        assert!(!fieldlog.data().exists(), "{flags:?}");
    };
    let file = |text: &str| {
        let fieldlog = Fieldlog::new();
        std::fs::write(fieldlog.path("fieldlog.toml"), text).unwrap();
        fieldlog
    };
    told(Fieldlog::new(), &["--worker-slots", "many"], &["worker-slots", "many"]).await;
    told(Fieldlog::new(), &["--worker-slots", "0"], &["worker-slots", "at least 1", "found 0"]).await;
    told(Fieldlog::new().with("FIELDLOG_WORKER_SLOTS", "0"), &[], &["worker-slots", "at least 1", "found 0"]).await;
    told(file("worker_slots = 0"), &[], &["worker-slots", "at least 1", "found 0"]).await;
    told(file("worker_slots = 'many'"), &[], &["fieldlog.toml", "worker_slots", "many", "expected"]).await;
    told(file("worker_slot = 3"), &[], &["fieldlog.toml", "unknown field", "worker_slot", "expected"]).await;
    told(Fieldlog::new(), &["--log", "mysql://db/fieldlog"], &["log", "mysql", "sqlite:", "postgres://"]).await;
    told(Fieldlog::new(), &["--storage", "ftp://files"], &["storage", "ftp", "file:", "s3://"]).await;
    told(Fieldlog::new(), &["--docker", "telnet://box"], &["docker", "telnet", "unix://"]).await;
    told(Fieldlog::new(), &["--listen", "everywhere"], &["listen", "everywhere"]).await;
    told(Fieldlog::new(), &["--config", "missing.toml"], &["missing.toml"]).await;
    told(Fieldlog::new(), &["--colour", "green"], &["--colour"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_of_a_folder_that_is_not_there_says_so_and_makes_nothing() {
    let fieldlog = Fieldlog::new().without_docker();
    let doctor = fieldlog.run(["doctor"]).await;
    let text = said(&doctor);
    assert!(!doctor.status.success() && text.contains("BAD   data folder"), "{text}");
    assert!(text.contains("there is no folder"), "{text}");
    assert!(!fieldlog.data().exists());

    std::fs::create_dir(fieldlog.data()).unwrap();
    let text = said(&fieldlog.run(["doctor"]).await);
    assert!(text.contains("BAD   log") && text.contains("there is no log at"), "{text}");
    assert!(text.contains("BAD   vault") && text.contains("there is no master key at"), "{text}");
    assert!(!fieldlog.data().join("log.sqlite").exists());
}
