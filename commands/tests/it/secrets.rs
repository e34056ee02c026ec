//! Secrets: who sets them, which ones a job sees, and that their values are forgotten.

use fieldlog_commands::account::{AddMember, add_member};
use fieldlog_commands::project::{RetireProject, retire_project};
use fieldlog_commands::secret::{
    JobSecrets, MAX_SECRETS, RemoveSecret, SecretValue, SetSecret, SetSecretRefusal, remove_secret, secrets_of_job,
    set_secret,
};
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::account::{AccountEvent, MemberRole};
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::resource::ResourceRefusal;
use fieldlog_domain::secret::{SecretHolder, SecretKind, SecretRefusal};
use fieldlog_domain::shared::{ClientType, Role};
use fieldlog_domain::{AccountId, ResourceId, Sealed, SecretId, StreamId, StreamKind};
use fieldlog_eventlog::NewEvent;
use fieldlog_vault::Opened;
use uuid::Uuid;

use crate::cloud::{Cloud, anonymous};

const SERVICE: &str = "[farm]\nhost=db.example\nuser=ana\npassword=hunter2-in-service\n";

pub fn variable(holder: SecretHolder, name: &str, assigned_to: Option<AccountId>, value: &str) -> SetSecret {
    let (kind, value) = (SecretKind::Envvar, SecretValue::new(value));
    SetSecret { command_id: None, holder, name: name.into(), kind, assigned_to, value }
}

async fn set(cloud: &Cloud, who: &Viewer, secret: SetSecret) -> SecretId {
    cloud.seen(set_secret(&cloud.app, who, secret).await).await
}

async fn remove(cloud: &Cloud, who: &Viewer, holder: SecretHolder, name: &str) {
    let remove = RemoveSecret { command_id: None, holder, name: name.into(), assigned_to: None };
    cloud.seen(remove_secret(&cloud.app, who, remove).await).await;
}

fn sealed(cloud: &Cloud, id: SecretId) -> Sealed {
    cloud.app.view().secret(id).unwrap().unwrap().value
}

async fn is_forgotten(cloud: &Cloud, value: &Sealed) -> bool {
    cloud.app.vault().open_sealed(value).await.unwrap() == Opened::Forgotten
}

async fn of_job(cloud: &Cloud, project: ResourceId, person: Option<AccountId>) -> JobSecrets {
    secrets_of_job(&cloud.app, &Viewer::system(None), project, person).await.unwrap()
}

fn variables(secrets: &JobSecrets) -> Vec<(&str, &str)> {
    secrets.variables().map(|(name, value)| (name, value.expose())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_sees_what_was_set_last_and_the_rest_is_forgotten() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let holder = SecretHolder::Project(bees);
    let id = set(&cloud, &ana, variable(holder, "DB_PASSWORD", None, "first value")).await;
    let service = SetSecret { kind: SecretKind::Pgservice, ..variable(holder, "FARM_DB", None, SERVICE) };
    set(&cloud, &ana, service).await;
    let first = sealed(&cloud, id);
    let secrets = of_job(&cloud, bees, ana.account).await;
    assert_eq!(variables(&secrets), [("DB_PASSWORD", "first value")]);
    assert_eq!(
        secrets.services().map(|(name, value)| (name, value.expose())).collect::<Vec<_>>(),
        [("FARM_DB", SERVICE)]
    );
    assert_eq!(format!("{secrets:?}"), r#"JobSecrets(["DB_PASSWORD", "FARM_DB"])"#);

    set(&cloud, &ana, variable(holder, "DB_PASSWORD", None, "second value")).await;
    let second = sealed(&cloud, id);
    assert_eq!(variables(&of_job(&cloud, bees, ana.account).await), [("DB_PASSWORD", "second value")]);
    assert!(is_forgotten(&cloud, &first).await && !is_forgotten(&cloud, &second).await);

    remove(&cloud, &ana, holder, "DB_PASSWORD").await;
    remove(&cloud, &ana, holder, "DB_PASSWORD").await;
    assert!(is_forgotten(&cloud, &second).await);
    assert_eq!(variables(&of_job(&cloud, bees, ana.account).await), []);
    assert_eq!(cloud.count("secret_removed").await, 1);
    let never = RemoveSecret { command_id: None, holder, name: "NEVER_SET".into(), assigned_to: None };
    let refused = remove_secret(&cloud.app, &ana, never).await;
    assert_eq!(refused, Err(CommandError::Refused(SecretRefusal::NoSuchSecret)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_sent_again_is_answered_and_not_done_again() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let holder = SecretHolder::Project(cloud.project(&ana, "Bees").await);
    let command_id = Some(Uuid::now_v7().into());
    let command = SetSecret { command_id, ..variable(holder, "DB_PASSWORD", None, "some value") };
    let first = set_secret(&cloud.app, &ana, command.clone()).await.unwrap();
    assert_eq!(set_secret(&cloud.app, &ana, command).await.unwrap(), first);
    assert_eq!(cloud.count("secret_set").await, 1);
    cloud.caught_up().await;
    assert!(!is_forgotten(&cloud, &sealed(&cloud, first.value)).await);
}

/// Where a value is set, beside where the job looks.
#[derive(Debug, Clone, Copy)]
enum Place {
    Project,
    ProjectForAna,
    ProjectForBob,
    Organization,
    OrganizationForAna,
    OrganizationForBob,
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_name_a_job_sees_the_closest() {
    use Place::{Organization, OrganizationForAna, OrganizationForBob, Project, ProjectForAna, ProjectForBob};
    const TABLE: [(&[Place], Option<Place>); 9] = [
        (&[Organization, OrganizationForAna, Project, ProjectForAna], Some(ProjectForAna)),
        (&[ProjectForAna, Project, OrganizationForAna, Organization], Some(ProjectForAna)),
        (&[Organization, OrganizationForAna, Project], Some(Project)),
        (&[Organization, OrganizationForAna], Some(OrganizationForAna)),
        (&[Organization], Some(Organization)),
        (&[ProjectForBob, OrganizationForBob, Organization], Some(Organization)),
        (&[ProjectForBob, OrganizationForBob, Project], Some(Project)),
        (&[ProjectForBob, OrganizationForBob], None),
        (&[], None),
    ];
    let cloud = Cloud::start().await;
    let (olga, ana, bob) = (cloud.person("olga").await, cloud.person("ana").await, cloud.person("bob").await);
    let farm = cloud.organization(&olga, "farm").await;
    for person in [&ana, &bob] {
        let (member, role) = (person.account.unwrap(), MemberRole::Admin);
        cloud
            .seen(add_member(&cloud.app, &olga, AddMember { command_id: None, organization: farm, member, role }).await)
            .await;
    }
    let bees = cloud.project_for(&olga, Some(farm), "Bees", fieldlog_domain::resource::Visibility::Private).await;
    let (of_bees, of_farm) = (SecretHolder::Project(bees), SecretHolder::Organization(farm));
    for (row, (set_at, expected)) in TABLE.iter().enumerate() {
        let name = format!("ROW_{row}");
        for place in *set_at {
            let (holder, person) = match place {
                Project => (of_bees, None),
                ProjectForAna => (of_bees, ana.account),
                ProjectForBob => (of_bees, bob.account),
                Organization => (of_farm, None),
                OrganizationForAna => (of_farm, ana.account),
                OrganizationForBob => (of_farm, bob.account),
            };
            set(&cloud, &olga, variable(holder, &name, person, &format!("{place:?}"))).await;
        }
        let secrets = of_job(&cloud, bees, ana.account).await;
        let found =
            variables(&secrets).into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
        assert_eq!(found, expected.map(|place| format!("{place:?}")), "{set_at:?}");
    }
    let nobody = of_job(&cloud, bees, None).await;
    assert_eq!(variables(&nobody)[0], ("ROW_0", "Project"), "a job of nobody sees what is for everybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_server_itself_opens_secrets() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let admin = Viewer { is_admin: true, ..cloud.person("root").await };
    for who in [&ana, &admin] {
        assert_eq!(secrets_of_job(&cloud.app, who, bees, ana.account).await, Err(CommandError::Forbidden));
    }
    assert_eq!(secrets_of_job(&cloud.app, &anonymous(), bees, None).await, Err(CommandError::Unauthenticated));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_manage_them_is_refused() {
    let cloud = Cloud::start().await;
    let (olga, bob) = (cloud.person("olga").await, cloud.person("bob").await);
    let farm = cloud.organization(&olga, "farm").await;
    let bees = cloud.project(&olga, "Bees").await;
    let stranger = cloud.person("stranger").await;
    cloud.collaborator(&olga, bees, &bob, Role::Manager).await;
    for (who, holder, expected) in [
        (&bob, SecretHolder::Project(bees), CommandError::Forbidden),
        (&stranger, SecretHolder::Project(bees), CommandError::NotFound("resource")),
        (&bob, SecretHolder::Organization(farm), CommandError::Forbidden),
        (&bob, SecretHolder::Organization(bob.account.unwrap()), CommandError::Forbidden),
        (&anonymous(), SecretHolder::Organization(farm), CommandError::Unauthenticated),
    ] {
        let answer = set_secret(&cloud.app, who, variable(holder, "DB_PASSWORD", None, "some value")).await;
        assert_eq!(answer, Err(expected), "{who:?} {holder:?}");
    }
    assert_eq!(cloud.count("secret_set").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_secret_is_refused_and_not_quoted() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let holder = SecretHolder::Project(cloud.project(&ana, "Bees").await);
    let long = "hunter2".repeat(2_400);
    for (name, kind, value, field, expected) in [
        ("password", SecretKind::Envvar, "hunter2", "name", "A-Z"),
        ("PATH", SecretKind::Envvar, "hunter2", "name", "PATH means something to the container already"),
        ("LD_PRELOAD", SecretKind::Envvar, "hunter2", "name", "LD_PRELOAD"),
        ("DB", SecretKind::Envvar, "h2!", "value", "found 3"),
        ("DB", SecretKind::Envvar, &long, "value", "at most 16384 bytes, found 16800"),
        ("DB", SecretKind::Envvar, "hunter2\0", "value", "NUL"),
        ("DB", SecretKind::Pgservice, "hunter2", "value", "on line 1"),
        ("DB", SecretKind::Pgservice, "[farm]\nhunter2", "value", "on line 2"),
    ] {
        let command = SetSecret { kind, ..variable(holder, name, None, value) };
        let Err(CommandError::Invalid { field: found, message }) = set_secret(&cloud.app, &ana, command).await else {
            panic!("{name} was not refused")
        };
        assert_eq!(found, field);
        assert!(message.contains(expected) && !message.contains("hunter2"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_for_people_with_a_role_there() {
    let cloud = Cloud::start().await;
    let (ana, bob, eve) = (cloud.person("ana").await, cloud.person("bob").await, cloud.person("eve").await);
    let bees = cloud.public_project(&ana, "Bees").await;
    let farm = cloud.organization(&ana, "farm").await;
    cloud.collaborator(&ana, bees, &bob, Role::Reader).await;
    let holder = SecretHolder::Project(bees);
    for person in [&ana, &bob] {
        set(&cloud, &ana, variable(holder, "DB_PASSWORD", person.account, "some value")).await;
    }
    for (holder, person) in [(holder, &eve), (SecretHolder::Organization(farm), &bob)] {
        let answer = set_secret(&cloud.app, &ana, variable(holder, "DB_PASSWORD", person.account, "some value")).await;
        assert_eq!(answer, Err(CommandError::Refused(SetSecretRefusal::NoRoleThere)));
    }
    let person = SecretHolder::Organization(ana.account.unwrap());
    let answer = set_secret(&cloud.app, &Viewer::operator(), variable(person, "DB_PASSWORD", None, "some value")).await;
    assert_eq!(answer, Err(CommandError::Refused(SetSecretRefusal::NotAnOrganization)));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_for_the_same_people() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let holder = SecretHolder::Project(cloud.project(&ana, "Bees").await);
    for number in 0..MAX_SECRETS {
        set(&cloud, &ana, variable(holder, &format!("SECRET_{number}"), None, "some value")).await;
    }
    let more = variable(holder, "ONE_MORE", None, "some value");
    let answer = set_secret(&cloud.app, &ana, more.clone()).await;
    assert_eq!(answer, Err(CommandError::Refused(SetSecretRefusal::TooMany)));
    set(&cloud, &ana, variable(holder, "SECRET_0", None, "another value")).await;
    set(&cloud, &ana, SetSecret { assigned_to: ana.account, ..more.clone() }).await;
    remove(&cloud, &ana, holder, "SECRET_0").await;
    set(&cloud, &ana, more).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_a_retired_project_are_forgotten_and_it_gets_no_new_ones() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let ana = cloud.person("ana").await;
    let (bees, wasps) = (cloud.project(&ana, "Bees").await, cloud.project(&ana, "Wasps").await);
    let of_bees = variable(SecretHolder::Project(bees), "DB_PASSWORD", None, "some value");
    let of_wasps = variable(SecretHolder::Project(wasps), "DB_PASSWORD", None, "some value");
    let (gone, kept) = (set(&cloud, &ana, of_bees.clone()).await, set(&cloud, &ana, of_wasps).await);
    let (gone_value, kept_value) = (sealed(&cloud, gone), sealed(&cloud, kept));
    cloud.seen(retire_project(&cloud.app, &ana, RetireProject { command_id: None, project: bees }).await).await;
    cloud.settled(&policies).await;
    assert_eq!(cloud.app.view().secret(gone).unwrap(), None);
    assert!(is_forgotten(&cloud, &gone_value).await && !is_forgotten(&cloud, &kept_value).await);
    let answer = set_secret(&cloud.app, &ana, of_bees).await;
    assert_eq!(answer, Err(CommandError::Refused(SetSecretRefusal::Resource(ResourceRefusal::Retired))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_an_erased_person_are_forgotten() {
    let cloud = Cloud::start().await;
    let policies = cloud.policies("policies").await;
    let (ana, bob) = (cloud.person("ana").await, cloud.person("bob").await);
    let (of_ana, of_bob) = (cloud.project(&ana, "Bees").await, cloud.project(&bob, "Wasps").await);
    cloud.collaborator(&bob, of_bob, &ana, Role::Editor).await;
    let gone = [
        set(&cloud, &ana, variable(SecretHolder::Project(of_ana), "DB_PASSWORD", None, "some value")).await,
        set(&cloud, &bob, variable(SecretHolder::Project(of_bob), "DB_PASSWORD", ana.account, "some value")).await,
    ];
    let kept = set(&cloud, &bob, variable(SecretHolder::Project(of_bob), "DB_PASSWORD", None, "some value")).await;
    let (gone_values, kept_value) = (gone.map(|id| sealed(&cloud, id)), sealed(&cloud, kept));
    erase(&cloud, ana.account.unwrap()).await;
    cloud.settled(&policies).await;
    for value in &gone_values {
        assert!(is_forgotten(&cloud, value).await);
    }
    assert!(!is_forgotten(&cloud, &kept_value).await);
    assert_eq!(cloud.count("secret_removed").await, 2);
}

/// Nobody asks for this yet but the operator of a database.
async fn erase(cloud: &Cloud, person: AccountId) {
    let stream = StreamId::new(StreamKind::Account, person);
    let sequence = cloud.app.log().read_stream(&stream, 0, usize::MAX).await.unwrap().len() as u64;
    let metadata = Metadata {
        actor: Actor::Operator,
        client: ClientType::Fieldlog,
        command_id: Uuid::now_v7().into(),
        correlation_id: Uuid::now_v7().into(),
        causation_id: None,
        resource: None,
    };
    let event = NewEvent {
        event_id: Uuid::now_v7().into(),
        event_type: "account_erased".into(),
        event_version: "1.0.0".into(),
        payload: serde_json::to_string(&AccountEvent::AccountErased {}).unwrap(),
        metadata,
    };
    cloud.app.log().append(&stream, sequence, vec![event]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_before_it_destroys_a_key_is_made_up_for() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let holder = SecretHolder::Project(cloud.project(&ana, "Bees").await);
    let id = set(&cloud, &ana, variable(holder, "DB_PASSWORD", None, "first value")).await;
    let first = sealed(&cloud, id);
    // Another process, whose vault is another one: it cannot destroy what it does not have.
    let elsewhere = Cloud::start().await;
    let other = fieldlog_commands::App::builder(
        cloud.log.clone(),
        elsewhere.app.vault().clone(),
        cloud.app.storage().clone(),
        cloud.app.model().clone(),
    );
    set_secret(&other.build(), &ana, variable(holder, "DB_PASSWORD", None, "second value")).await.unwrap();
    assert!(!is_forgotten(&cloud, &first).await);
    let policies = cloud.policies("policies").await;
    cloud.settled(&policies).await;
    assert!(is_forgotten(&cloud, &first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_holds_a_value() {
    let cloud = Cloud::start().await;
    let ana = cloud.person("ana").await;
    let bees = cloud.project(&ana, "Bees").await;
    let holder = SecretHolder::Project(bees);
    set(&cloud, &ana, variable(holder, "DB_PASSWORD", None, "hunter2 in a variable")).await;
    let service = SetSecret { kind: SecretKind::Pgservice, ..variable(holder, "FARM_DB", None, SERVICE) };
    set(&cloud, &ana, service).await;
    assert!(!of_job(&cloud, bees, None).await.hidden_texts().collect::<Vec<_>>().is_empty());
    cloud.caught_up().await;
    let mut files = 0;
    let mut folders = vec![cloud.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).unwrap();
            files += 1;
            let text = String::from_utf8_lossy(&content);
            assert!(!text.contains("hunter2"), "{}", path.display());
        }
    }
    assert!(files > 3, "log, vault and model are there");
    for event in cloud.feed().await {
        assert!(!event.payload.contains("hunter2"), "{}", event.event_type);
    }
}
