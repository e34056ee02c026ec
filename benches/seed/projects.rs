//! Projects: one in four is processed by QGIS and has many versions, the others are small.

use fieldlog_domain::file::{AddFileVersion, File, FileCommand, Onto, VersionSource};
use fieldlog_domain::name_claim::{ClaimedName, NameClaim, NameClaimCommand};
use fieldlog_domain::provenance::Actor;
use fieldlog_domain::resource::{
    Collaborator, ProjectSettings, RegisterResource, Resource, ResourceCommand, ResourceKind, ResourceSource,
    Visibility,
};
use fieldlog_domain::shared::{FilePath, ResourceName, Role};
use fieldlog_domain::{AccountId, EventId, FileId, Md5Digest, Sha256Digest, StreamId, StreamKind, VersionId};

use super::script::{Script, Told};
use super::{Seed, ids, jobs};

/// One in fifty is out of the lists in the end.
pub fn is_retired(number: u64) -> bool {
    number % 50 == 49
}

fn is_processed(number: u64) -> bool {
    number.is_multiple_of(4)
}

/// What the steps of one project share.
pub struct Project {
    pub number: u64,
    pub resource: Told<Resource>,
    files: Vec<Told<File>>,
}

impl Project {
    pub fn new(number: u64) -> Self {
        Self { number, resource: Told::new(stream(number)), files: Vec::new() }
    }
}

fn stream(number: u64) -> StreamId {
    StreamId::new(StreamKind::Resource, ids::project(number))
}

pub async fn project(seed: Seed, number: u64) -> Script {
    let owner = number % seed.persons();
    let mut script = Script::new(Actor::Account(ids::person(owner)), ids::command("project", number));
    script.resource = Some(ids::project(number));
    let mut project = Project::new(number);
    let mut claim = register(&mut script, &mut project, ids::person(owner)).await;
    if owner != 0 {
        let add =
            ResourceCommand::AddCollaborator { collaborator: Collaborator::Person(ids::person(0)), role: Role::Admin };
        script.tell(&mut project.resource, add).await;
    }
    if is_processed(number) {
        project_file(&mut script, &mut project).await;
    }
    // A quarter has 2.5 times the mean, the others half of it.
    let mean = seed.events / seed.projects;
    let budget = if is_processed(number) { mean * 5 / 2 } else { mean / 2 } - 2 * u64::from(is_retired(number));
    field_work(&mut script, &mut project, budget).await;
    if is_retired(number) {
        script.tell(&mut project.resource, ResourceCommand::Retire).await;
        script.tell(&mut claim, NameClaimCommand::Release { holder: stream(number) }).await;
    }
    script
}

/// Registers it under a name of its own. The answer is the claim of that name.
pub async fn register(script: &mut Script, project: &mut Project, owner: AccountId) -> Told<NameClaim> {
    let number = project.number;
    let name = ResourceName::try_new(&format!("river-restoration-{number}")).expect("names of stories are names");
    let claimed = ClaimedName::Resource { owner, name: name.clone() };
    let mut claim = Told::<NameClaim>::new(claimed.stream());
    script.tell(&mut claim, NameClaimCommand::Claim { holder: stream(number) }).await;
    let register = RegisterResource {
        kind: ResourceKind::Project,
        owner,
        name,
        description: description(number),
        visibility: if number % 10 == 3 { Visibility::Public } else { Visibility::Private },
        source: ResourceSource::Created,
        settings: ProjectSettings::default(),
    };
    script.tell(&mut project.resource, ResourceCommand::Register(register)).await;
    claim
}

/// Uploaded, and looked at by QGIS.
pub async fn project_file(script: &mut Script, project: &mut Project) {
    let path = FilePath::try_new("survey.qgz").expect("paths of stories are paths");
    script.tell(&mut project.resource, ResourceCommand::DesignateProjectFile(path.clone())).await;
    let (added, version, digest) = add_version(script, project, path.clone()).await;
    jobs::process(script, project, path, added, version, digest).await;
}

/// New versions of data files and photos, and now and then a new description.
pub async fn field_work(script: &mut Script, project: &mut Project, budget: u64) {
    let mut step = 0;
    while script.events() < budget {
        step += 1;
        if step % 5 == 4 {
            let description = description(project.number * 1_000 + step);
            script.tell(&mut project.resource, ResourceCommand::ReviseMetadata { description }).await;
        } else {
            let path = if step % 3 == 0 {
                format!("photos/site-{step}.jpg")
            } else {
                format!("layers/sites-{}.gpkg", step % 3)
            };
            add_version(script, project, FilePath::try_new(&path).expect("paths of stories are paths")).await;
        }
    }
}

pub async fn add_version(
    script: &mut Script,
    project: &mut Project,
    path: FilePath,
) -> (EventId, VersionId, Sha256Digest) {
    let resource = ids::project(project.number);
    let stream = StreamId::new(StreamKind::File, FileId::of(resource, &path));
    let index = project.files.iter().position(|file| file.is(&stream)).unwrap_or_else(|| {
        project.files.push(Told::new(stream));
        project.files.len() - 1
    });
    let command = script.next_command();
    let version = ids::version(command);
    let digest = Sha256Digest::of(version.0.as_bytes());
    let md5 = Md5Digest(*version.0.as_bytes());
    let media_type = if path.as_str().ends_with(".jpg") { "image/jpeg" } else { "application/octet-stream" };
    let add = AddFileVersion {
        resource,
        path,
        version,
        digest,
        md5: Some(md5),
        etag: md5.to_hex(),
        size: 40_000 + u64::from(digest.0[0]) * 1_000,
        media_type: media_type.to_owned(),
        source: VersionSource::Upload,
        onto: Onto::Whatever,
    };
    let added = script.tell(&mut project.files[index], FileCommand::AddVersion(add)).await;
    (added, version, digest)
}

/// So many new descriptions of one project of its own.
pub async fn revisions(seed: Seed, count: u64) -> Script {
    let number = seed.projects;
    let mut script = Script::new(Actor::Account(ids::person(0)), ids::command("project", number));
    script.resource = Some(ids::project(number));
    let mut resource = Told::<Resource>::new(stream(number));
    let register = RegisterResource {
        kind: ResourceKind::Document,
        owner: ids::person(0),
        name: ResourceName::try_new("field-diary").expect("names of stories are names"),
        description: String::new(),
        visibility: Visibility::Private,
        source: ResourceSource::Created,
        settings: ProjectSettings::default(),
    };
    script.tell(&mut resource, ResourceCommand::Register(register)).await;
    for entry in 0..count {
        script.tell(&mut resource, ResourceCommand::ReviseMetadata { description: description(entry) }).await;
    }
    script
}

/// Words that a search finds, different from project to project.
fn description(number: u64) -> String {
    const WORDS: [&str; 12] = [
        "gravel",
        "willow",
        "bank",
        "weir",
        "floodplain",
        "spawning",
        "ditch",
        "meadow",
        "culvert",
        "oxbow",
        "riffle",
        "sedge",
    ];
    let word = |shift: u64| WORDS[((number >> shift) % WORDS.len() as u64) as usize];
    format!(
        "Monitoring of the {} and {} after restoration, reach {number}, with the {} and {}.",
        word(0),
        word(2),
        word(4),
        word(6)
    )
}
