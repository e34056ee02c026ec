//! Valid histories: small steps that drive the aggregates of the domain. What an aggregate refuses does not happen.

mod appending;

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use fieldlog_domain::account::*;
use fieldlog_domain::file::*;
use fieldlog_domain::job::*;
use fieldlog_domain::name_claim::*;
use fieldlog_domain::resource::*;
use fieldlog_domain::session::*;
use fieldlog_domain::shared::*;
use fieldlog_domain::*;
use serde_json::json;
use uuid::Uuid;

pub use appending::{Appended, append_all, new_event};

/// One thing that is tried; the numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub action: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
}

/// A stream's aggregate and its last sequence.
struct Known<A> {
    state: A,
    sequence: u64,
}

impl<A: Default> Default for Known<A> {
    fn default() -> Self {
        Self { state: A::default(), sequence: 0 }
    }
}

/// Everything there is so far.
#[derive(Default)]
pub struct Simulation {
    accounts: HashMap<AccountId, Known<Account>>,
    sessions: HashMap<SessionId, Known<Session>>,
    names: HashMap<String, Known<NameClaim>>,
    resources: HashMap<ResourceId, Known<Resource>>,
    files: HashMap<FileId, Known<File>>,
    jobs: HashMap<JobId, Known<Job>>,
    pub persons: Vec<AccountId>,
    pub organizations: Vec<AccountId>,
    pub teams: Vec<(AccountId, TeamId)>,
    pub session_ids: Vec<SessionId>,
    pub resource_ids: Vec<ResourceId>,
    pub revisions: Vec<(ResourceId, RevisionId, FilePath, Sha256Digest)>,
    pub paths: Vec<(ResourceId, FilePath)>,
    pub versions: Vec<(ResourceId, FilePath, VersionId)>,
    pub job_ids: Vec<(JobId, ResourceId)>,
    made: u64,
    appended: Vec<Appended>,
}

/// How many kinds of steps there are.
pub const ACTIONS: u8 = 40;

pub fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn role(number: u16) -> Role {
    [Role::Reader, Role::Reporter, Role::Editor, Role::Manager, Role::Admin][usize::from(number) % 5]
}

fn pick<T: Clone>(from: &[T], number: u16) -> Option<T> {
    if from.is_empty() { None } else { Some(from[usize::from(number) % from.len()].clone()) }
}

impl Simulation {
    fn uuid(&mut self) -> Uuid {
        self.made += 1;
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &self.made.to_be_bytes())
    }

    fn now(&self) -> DateTime<Utc> {
        start_of_time() + Duration::seconds(self.made as i64)
    }

    /// Takes a step; what happened, command by command.
    pub fn take(&mut self, step: Step) -> Vec<Appended> {
        self.step(step);
        std::mem::take(&mut self.appended)
    }

    fn step(&mut self, Step { action, a, b, c }: Step) -> Option<()> {
        match action % ACTIONS {
            0 | 1 => self.register_person(a),
            2 => self.register_organization(a),
            3 => self.of_account(pick(&self.persons, a)?, AccountCommand::SetAdmin(b.is_multiple_of(2))),
            4 => self.of_account(pick(&self.persons, a)?, AccountCommand::SetDisabled(b.is_multiple_of(2))),
            5 if b.is_multiple_of(4) => self.of_account(pick(&self.persons, a)?, AccountCommand::RemoveAvatar),
            5 if b.is_multiple_of(2) => {
                let digest = Sha256Digest::of(&[c.to_le_bytes()[0] % 3]);
                let avatar = Avatar { digest, media_type: "image/png".to_owned(), size: 1 };
                self.of_account(pick(&self.persons, a)?, AccountCommand::SetAvatar(avatar))
            }
            5 => {
                let password_hash = Sealed { key: self.uuid(), content: "hash".to_owned() };
                self.of_account(pick(&self.persons, a)?, AccountCommand::SetCredential { password_hash })
            }
            6 if b.is_multiple_of(8) => self.of_account(pick(&self.persons, a)?, AccountCommand::Erase),
            6..=8 => self.of_account(
                pick(&self.organizations, a)?,
                AccountCommand::AddMember { member: pick(&self.persons, b)?, role: member_role(c), limit: None },
            ),
            9 => self.of_account(
                pick(&self.organizations, a)?,
                AccountCommand::ChangeMemberRole { member: pick(&self.persons, b)?, role: member_role(c) },
            ),
            10 => self.of_account(
                pick(&self.organizations, a)?,
                AccountCommand::RemoveMember { member: pick(&self.persons, b)? },
            ),
            11 => {
                let role = if b.is_multiple_of(2) { Some(role(c)) } else { None };
                self.of_account(pick(&self.organizations, a)?, AccountCommand::SetDefaultProjectRole(role))
            }
            12 => {
                let (organization, team) = (pick(&self.organizations, a)?, self.uuid().into());
                let name = AccountName::try_new(&format!("team{}", b % 9)).unwrap();
                self.teams.push((organization, team));
                self.of_account(organization, AccountCommand::CreateTeam { team, name })
            }
            13 => {
                let (organization, team) = pick(&self.teams, a)?;
                self.of_account(organization, AccountCommand::DeleteTeam(team))
            }
            14 | 15 => {
                let ((organization, team), member) = (pick(&self.teams, a)?, pick(&self.persons, b)?);
                self.of_account(organization, AccountCommand::AddTeamMember { team, member })
            }
            16 => {
                let ((organization, team), member) = (pick(&self.teams, a)?, pick(&self.persons, b)?);
                self.of_account(organization, AccountCommand::RemoveTeamMember { team, member })
            }
            17 => self.log_in(a, b),
            18 => self.of_session(pick(&self.session_ids, a)?, SessionCommand::Revoke(RevocationReason::LoggedOut)),
            19..=21 => self.register_resource(a, b, c),
            22 => {
                let name = ResourceName::try_new(&format!("renamed-{}", b % 50)).unwrap();
                self.of_resource(pick(&self.resource_ids, a)?, ResourceCommand::Rename(name))
            }
            23 => self.of_resource(
                pick(&self.resource_ids, a)?,
                ResourceCommand::ReviseMetadata { description: format!("{} {}", word(b), word(c)) },
            ),
            24 if c.is_multiple_of(3) => {
                let owner = if c.is_multiple_of(2) { Some(pick(&self.persons, c)?) } else { None };
                let (visibility, settings) = (Some(visibility(b)), settings(b, c).into());
                let change = ChangeResource { owner, visibility, settings, ..ChangeResource::default() };
                self.of_resource(pick(&self.resource_ids, a)?, ResourceCommand::Change(Box::new(change)))
            }
            24 => self.of_resource(pick(&self.resource_ids, a)?, ResourceCommand::ChangeVisibility(visibility(b))),
            25 | 26 => {
                let collaborator = self.collaborator(b)?;
                self.of_resource(
                    pick(&self.resource_ids, a)?,
                    ResourceCommand::AddCollaborator { collaborator, role: role(c) },
                )
            }
            27 => {
                let collaborator = self.collaborator(b)?;
                self.of_resource(
                    pick(&self.resource_ids, a)?,
                    ResourceCommand::ChangeCollaboratorRole { collaborator, role: role(c) },
                )
            }
            28 => {
                let collaborator = self.collaborator(b)?;
                self.of_resource(pick(&self.resource_ids, a)?, ResourceCommand::RemoveCollaborator(collaborator))
            }
            29 if b.is_multiple_of(6) => self.of_resource(pick(&self.resource_ids, a)?, ResourceCommand::Retire),
            29..=32 => self.upload(a, b, c),
            33 => self.restore(a, b),
            34 => {
                let (resource, path, version) = pick(&self.versions, a)?;
                let command = if b.is_multiple_of(3) {
                    FileCommand::PurgeVersion(version)
                } else {
                    FileCommand::DeleteVersion(version)
                };
                self.of_file(resource, &path, command)
            }
            35 => {
                let (resource, path) = pick(&self.paths, a)?;
                self.of_file(resource, &path, FileCommand::Delete)?;
                self.of_resource(resource, ResourceCommand::ClearProjectFile(path))
            }
            36 => self.settle(a, b),
            _ => self.work(a, b, c),
        }
    }

    fn collaborator(&self, number: u16) -> Option<Collaborator> {
        match number % 3 {
            0 => pick(&self.teams, number / 3).map(|(_, team)| Collaborator::Team(team)),
            _ => pick(&self.persons, number / 3).map(Collaborator::Person),
        }
    }

    fn register_person(&mut self, number: u16) -> Option<()> {
        let id = AccountId(self.uuid());
        let name = AccountName::try_new(&format!("Person-{}", self.made)).unwrap();
        let profile = Sealed { key: self.uuid(), content: "profile".to_owned() };
        let email = format!("index-{}", self.made);
        let password_hash = Sealed { key: self.uuid(), content: "hash".to_owned() };
        self.claim(ClaimedName::Account(name.clone()), StreamId::new(StreamKind::Account, id));
        self.persons.push(id);
        self.of_account(
            id,
            AccountCommand::Register(RegisterAccount {
                name,
                kind: AccountKind::Person,
                owner: None,
                profile: (!number.is_multiple_of(4)).then_some((profile, email)),
                password_hash: Some(password_hash),
                is_admin: number.is_multiple_of(10),
            }),
        )
    }

    fn register_organization(&mut self, number: u16) -> Option<()> {
        let owner = pick(&self.persons, number)?;
        let id = AccountId(self.uuid());
        let name = AccountName::try_new(&format!("Organization-{}", self.made)).unwrap();
        self.organizations.push(id);
        self.of_account(
            id,
            AccountCommand::Register(RegisterAccount {
                name,
                kind: AccountKind::Organization,
                owner: Some(owner),
                profile: None,
                password_hash: None,
                is_admin: false,
            }),
        )
    }

    fn log_in(&mut self, a: u16, b: u16) -> Option<()> {
        let (account, id) = (pick(&self.persons, a)?, SessionId(self.uuid()));
        let client = if b.is_multiple_of(2) { ClientType::Qfield } else { ClientType::Browser };
        let expires_at = self.now() + Duration::hours(720);
        self.session_ids.push(id);
        let token_digest = Sha256Digest::of(id.to_string().as_bytes());
        self.of_session(id, SessionCommand::Open { account, token_digest, client, expires_at })
    }

    fn register_resource(&mut self, a: u16, b: u16, c: u16) -> Option<()> {
        let owner = if a.is_multiple_of(3) { pick(&self.organizations, a / 3)? } else { pick(&self.persons, a / 3)? };
        let id = ResourceId(self.uuid());
        let name = ResourceName::try_new(&format!("{}_{}.v{}", word(b), word(c), self.made).replace('ü', "u")).unwrap();
        let kind = if b.is_multiple_of(7) { ResourceKind::Dataset } else { ResourceKind::Project };
        self.claim(ClaimedName::Resource { owner, name: name.clone() }, StreamId::new(StreamKind::Resource, id));
        self.resource_ids.push(id);
        let description = format!("{} near the {}", word(c), word(a));
        self.of_resource(
            id,
            ResourceCommand::Register(RegisterResource {
                kind,
                owner,
                name,
                description,
                visibility: visibility(c),
                source: ResourceSource::Created,
                settings: settings(b, c),
            }),
        )
    }

    fn upload(&mut self, a: u16, b: u16, c: u16) -> Option<()> {
        let resource = pick(&self.resource_ids, a)?;
        let path = match b % 6 {
            0 => "project.qgz".to_owned(),
            1 => format!("photos/{}.jpg", c % 20),
            2 => format!("PHOTOS/{}.jpg", c % 20),
            _ => format!("data/{}-{}.gpkg", word(b), c % 20),
        };
        let path = FilePath::try_new(&path).unwrap();
        if path.is_project_file() {
            self.of_resource(resource, ResourceCommand::DesignateProjectFile(path.clone()));
        }
        let version = VersionId(self.uuid());
        let digest = Sha256Digest::of(&(c % 500).to_be_bytes());
        let source =
            if c.is_multiple_of(5) { VersionSource::Job { job: JobId(self.uuid()) } } else { VersionSource::Upload };
        self.paths.push((resource, path.clone()));
        self.versions.push((resource, path.clone(), version));
        let added = AddFileVersion {
            resource,
            path: path.clone(),
            version,
            digest,
            md5: c.is_multiple_of(2).then_some(Md5Digest([7; 16])),
            etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            size: u64::from(c) * 10,
            media_type: "application/octet-stream".to_owned(),
            source,
            onto: Onto::Whatever,
        };
        self.of_file(resource, &path, FileCommand::AddVersion(added))?;
        if path.is_project_file() {
            self.stage(resource, path, version, digest)?;
        }
        Some(())
    }

    fn stage(
        &mut self,
        resource: ResourceId,
        project_file: FilePath,
        version: VersionId,
        digest: Sha256Digest,
    ) -> Option<()> {
        let revision = RevisionId(self.uuid());
        self.of_resource(
            resource,
            ResourceCommand::StageRevision(StageRevision {
                revision,
                project_file: project_file.clone(),
                version,
                digest,
            }),
        )?;
        self.revisions.push((resource, revision, project_file.clone(), digest));
        let job = JobId::of_revision(revision);
        self.job_ids.push((job, resource));
        let request = RequestJob {
            kind: JobKind::ProcessProjectFile,
            resource,
            revision: Some(revision),
            project_file: Some(project_file),
            project_file_digest: Some(digest),
            requester: None,
            cause: JobCause::RevisionStaged,
            max_attempts: 3,
            is_private: false,
        };
        self.of_job(job, resource, JobCommand::Request(request))
    }

    fn restore(&mut self, a: u16, _b: u16) -> Option<()> {
        let ((resource, path, restored), version) = (pick(&self.versions, a)?, VersionId(self.uuid()));
        self.of_file(resource, &path, FileCommand::RestoreVersion { version, restored })?;
        self.versions.push((resource, path, version));
        Some(())
    }

    fn settle(&mut self, a: u16, b: u16) -> Option<()> {
        let (resource, revision, ..) = pick(&self.revisions, a)?;
        if b.is_multiple_of(3) {
            let reason = RejectionReason { code: "INVALID_PROJECT_FILE".to_owned(), message: "line 3".to_owned() };
            return self.of_resource(resource, ResourceCommand::RejectRevision { revision, reason });
        }
        let details = ProjectDetails { project_name: word(b).to_owned(), ..ProjectDetails::default() };
        let extent = Some(Extent { west: 7.0, south: 46.0, east: 8.5, north: 47.25 });
        let digest = Sha256Digest::of(revision.uuid().as_bytes());
        let thumbnail = Some(Thumbnail { digest, media_type: "image/png".to_owned(), size: 99 });
        let accepted = AcceptRevision { revision, details, extent, thumbnail };
        self.of_resource(resource, ResourceCommand::AcceptRevision(Box::new(accepted)))
    }

    fn work(&mut self, a: u16, b: u16, c: u16) -> Option<()> {
        // Mostly the newest jobs, so that some come to an end in a short history.
        let recent = self.job_ids.len().saturating_sub(12);
        let (job, resource) = pick(&self.job_ids[recent..], a)?;
        let (worker, now) = (WorkerId(Uuid::from_u128(u128::from(c % 3) + 1)), self.now());
        let lease_until = now + Duration::seconds(60 + i64::from(c));
        let known = self.jobs.get(&job).map(|known| &known.state);
        let (attempt, leased_until) = (known.map_or(0, Job::attempt), known.and_then(Job::lease_until));
        let log = Some(Sha256Digest::of(&b.to_be_bytes()));
        let run = RunRecord { exit_code: Some(i64::from(b % 2)), feedback: json!({"steps": [word(b)]}), log };
        let command = match b % 12 {
            0..=2 => JobCommand::Claim { worker, now, lease_until },
            3 | 4 => JobCommand::Start {
                attempt,
                container: format!("container-{c}"),
                image: "fieldlog/qgis".to_owned(),
                image_digest: "sha256:00".to_owned(),
                inputs: Sha256Digest::of(b"inputs"),
            },
            5 if c.is_multiple_of(2) => JobCommand::ReportProgress {
                attempt,
                step: word(c).to_owned(),
                percent: (!c.is_multiple_of(3)).then_some((c % 101) as u8),
            },
            5 => JobCommand::RenewLease { attempt, lease_until: lease_until + Duration::seconds(60) },
            6 => JobCommand::ExpireLease { lease_until: leased_until.unwrap_or(lease_until) },
            7 => JobCommand::ScheduleRetry {
                attempt,
                not_before: now - Duration::seconds(1),
                reason: "disk full".to_owned(),
            },
            8 | 9 => {
                let digest = Sha256Digest::of(job.uuid().as_bytes());
                let output = JobOutput {
                    name: "thumbnail.png".to_owned(),
                    digest,
                    size: 5,
                    media_type: "image/png".to_owned(),
                    etag: None,
                    replaces: None,
                };
                JobCommand::Finish { attempt, outputs: vec![output], removed: vec![], run }
            }
            10 => {
                let error = JobError { kind: JobErrorKind::Workflow, message: "no layer".to_owned(), step: None };
                JobCommand::Fail { attempt, error, run }
            }
            _ => JobCommand::Cancel,
        };
        self.of_job(job, resource, command)
    }
}

fn member_role(number: u16) -> MemberRole {
    [MemberRole::Admin, MemberRole::Creator, MemberRole::Member][usize::from(number) % 3]
}

fn visibility(number: u16) -> Visibility {
    if number.is_multiple_of(4) { Visibility::Public } else { Visibility::Private }
}

fn settings(a: u16, b: u16) -> ProjectSettings {
    ProjectSettings {
        is_featured: a.is_multiple_of(3),
        is_template: b.is_multiple_of(5),
        public_role: [Role::Reader, Role::Reporter, Role::Editor][usize::from(b) % 3],
        keep_versions: Some(u32::from(a % 100) + 1),
        ..ProjectSettings::default()
    }
}

pub fn word(number: u16) -> &'static str {
    ["river", "bee", "Zürich", "forest", "meadow", "survey", "trail", "bridge", "flood", "orchid"]
        [usize::from(number) % 10]
}
