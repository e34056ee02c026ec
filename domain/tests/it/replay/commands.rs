//! Any command to any aggregate, over so few people and things that they meet.

use chrono::{DateTime, TimeDelta, Utc};
use fieldlog_domain::account::{
    AccountCommand, AccountKind, Avatar, MemberRole, PlanCode, RegisterAccount, SubscriptionStatus,
};
use fieldlog_domain::file::{AddFileVersion, FileCommand, Onto, VersionSource};
use fieldlog_domain::job::{
    JobCause, JobCommand, JobError, JobErrorKind, JobKind, JobOutput, RequestJob, RunRecord, Settlement,
};
use fieldlog_domain::name_claim::NameClaimCommand;
use fieldlog_domain::resource::{
    AcceptRevision, ChangeResource, Collaborator, Extent, Layer, ProjectDetails, ProjectSettings, RegisterResource,
    RejectionReason, ResourceCommand, ResourceKind, ResourceSource, StageRevision, Thumbnail, Visibility,
};
use fieldlog_domain::secret::{SecretCommand, SecretHolder, SecretKind, SecretName, SetSecret};
use fieldlog_domain::session::{RevocationReason, SessionCommand};
use fieldlog_domain::shared::{AccountName, ClientType, FilePath, ResourceName, Role};
use fieldlog_domain::{Md5Digest, Sealed, Sha256Digest, StreamId, StreamKind};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use strum::IntoEnumIterator;
use uuid::Uuid;

use crate::build::{account_name, at, id, path, resource_name};

fn any_id<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    (0..4_u128).prop_map(id)
}

fn sealed() -> impl Strategy<Value = Sealed> {
    (any_id(), "[a-z]{1}").prop_map(|(key, content)| Sealed { key, content })
}

fn digest() -> impl Strategy<Value = Sha256Digest> {
    any::<[u8; 32]>().prop_map(Sha256Digest)
}

fn token() -> impl Strategy<Value = Sha256Digest> {
    (0..2_u8).prop_map(|n| Sha256Digest([n; 32]))
}

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    (0..200_i64, 0..1_000_000_000_i64).prop_map(|(s, nanos)| at(s) + TimeDelta::nanoseconds(nanos))
}

fn name() -> impl Strategy<Value = AccountName> {
    select(vec!["ana", "Ana", "bob"]).prop_map(account_name)
}

fn any_resource_name() -> impl Strategy<Value = ResourceName> {
    select(vec!["rivers", "Rivers"]).prop_map(resource_name)
}

fn any_path() -> impl Strategy<Value = FilePath> {
    select(vec!["rivers.qgs", "Rivers.qgs", "lakes.qgz", "a photo.jpg"]).prop_map(path)
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![Role::Reader, Role::Editor, Role::Admin])
}

fn member_role() -> impl Strategy<Value = MemberRole> {
    select(vec![MemberRole::Admin, MemberRole::Creator, MemberRole::Member])
}

fn subscription() -> impl Strategy<Value = AccountCommand> {
    let plan = select(vec!["community", "team"]).prop_map(|code| PlanCode::try_new(code).unwrap());
    let status = select(vec![SubscriptionStatus::ActivePaid, SubscriptionStatus::InactiveCancelled]);
    (plan, status, option::of(moment())).prop_map(|(plan, status, until)| AccountCommand::SetSubscription {
        plan,
        status,
        until,
    })
}

pub fn account() -> impl Strategy<Value = AccountCommand> {
    let kind = || select(vec![AccountKind::Person, AccountKind::Organization, AccountKind::Organization]);
    let more = (option::of((sealed(), "[a-z]{2}")), option::of(sealed()), any::<bool>());
    let register =
        (name(), kind(), option::of(any_id()), option::weighted(0.3, more)).prop_map(|(name, kind, owner, more)| {
            let (profile, password_hash, is_admin) = more.unwrap_or_default();
            AccountCommand::Register(RegisterAccount { name, kind, owner, profile, password_hash, is_admin })
        });
    // Few of them, so that the same one comes twice.
    let avatar = select(vec![1_u8, 2]).prop_map(|byte| Avatar {
        digest: Sha256Digest([byte; 32]),
        media_type: "image/png".to_owned(),
        size: u64::from(byte),
    });
    let seal = |(profile, email_index)| AccountCommand::SealProfile { profile, email_index };
    prop_oneof![
        8 => register,
        1 => Just(AccountCommand::Abandon),
        2 => (sealed(), "[a-z]{2}").prop_map(seal),
        2 => sealed().prop_map(|password_hash| AccountCommand::SetCredential { password_hash }),
        2 => avatar.prop_map(AccountCommand::SetAvatar),
        1 => Just(AccountCommand::RemoveAvatar),
        3 => (token(), moment(), moment()).prop_map(|(token_digest, now, expires_at)| {
            AccountCommand::RequestPasswordReset { token_digest, now, expires_at }
        }),
        2 => (token(), moment(), sealed()).prop_map(|(token_digest, now, password_hash)| {
            AccountCommand::ResetPassword { token_digest, now, password_hash }
        }),
        2 => any::<bool>().prop_map(AccountCommand::SetAdmin),
        2 => any::<bool>().prop_map(AccountCommand::SetDisabled),
        1 => Just(AccountCommand::Erase),
        6 => (any_id(), member_role(), option::of(0..3_u32))
            .prop_map(|(member, role, limit)| AccountCommand::AddMember { member, role, limit }),
        1 => subscription(),
        3 => (any_id(), member_role()).prop_map(|(member, role)| AccountCommand::ChangeMemberRole { member, role }),
        3 => any_id().prop_map(|member| AccountCommand::RemoveMember { member }),
        1 => option::of(role()).prop_map(AccountCommand::SetDefaultProjectRole),
        4 => (any_id(), name()).prop_map(|(team, name)| AccountCommand::CreateTeam { team, name }),
        1 => any_id().prop_map(AccountCommand::DeleteTeam),
        6 => (any_id(), any_id()).prop_map(|(team, member)| AccountCommand::AddTeamMember { team, member }),
        3 => (any_id(), any_id()).prop_map(|(team, member)| AccountCommand::RemoveTeamMember { team, member }),
    ]
}

pub fn session() -> impl Strategy<Value = SessionCommand> {
    let client = select(vec![ClientType::Qfield, ClientType::Sdk]);
    let open = (any_id(), token(), client, moment()).prop_map(|(account, token_digest, client, expires_at)| {
        SessionCommand::Open { account, token_digest, client, expires_at }
    });
    let reasons = vec![RevocationReason::LoggedOut, RevocationReason::Superseded];
    prop_oneof![open, select(reasons).prop_map(SessionCommand::Revoke)]
}

pub fn name_claim() -> impl Strategy<Value = NameClaimCommand> {
    let holder = || any_id::<Uuid>().prop_map(|id| StreamId::new(StreamKind::Resource, id));
    prop_oneof![
        holder().prop_map(|holder| NameClaimCommand::Claim { holder }),
        holder().prop_map(|holder| NameClaimCommand::Release { holder }),
    ]
}

fn collaborator() -> impl Strategy<Value = Collaborator> {
    prop_oneof![any_id().prop_map(Collaborator::Person), any_id().prop_map(Collaborator::Team)]
}

fn details() -> impl Strategy<Value = ProjectDetails> {
    let layer = (any::<String>(), option::of(any::<String>()), any::<bool>())
        .prop_map(|(name, wkb_type_name, is_valid)| Layer { name, wkb_type_name, is_valid, ..Layer::default() });
    (any::<String>(), prop::collection::vec(layer, 0..3)).prop_map(|(project_name, layers)| ProjectDetails {
        project_name,
        layers,
        ..ProjectDetails::default()
    })
}

fn accept() -> impl Strategy<Value = ResourceCommand> {
    let extent = any::<[f64; 4]>().prop_map(|[west, south, east, north]| Extent { west, south, east, north });
    let thumbnail = (digest(), any::<u64>()).prop_map(|(digest, size)| Thumbnail {
        digest,
        media_type: "image/png".to_owned(),
        size,
    });
    (any_id(), details(), option::of(extent), option::of(thumbnail)).prop_map(
        |(revision, details, extent, thumbnail)| {
            ResourceCommand::AcceptRevision(Box::new(AcceptRevision { revision, details, extent, thumbnail }))
        },
    )
}

fn settings() -> impl Strategy<Value = ProjectSettings> {
    (any::<[bool; 5]>(), role(), option::of(0..110_u32)).prop_map(|(flags, public_role, keep_versions)| {
        let [is_template, is_featured, has_attachments_on_demand, has_restricted_files, overwrites_conflicts] = flags;
        ProjectSettings {
            is_template,
            is_featured,
            has_attachments_on_demand,
            has_restricted_files,
            overwrites_conflicts,
            public_role,
            keep_versions,
        }
    })
}

pub fn resource() -> impl Strategy<Value = ResourceCommand> {
    use ResourceKind::{Dataset, Project};
    let visibility = || select(vec![Visibility::Private, Visibility::Public]);
    let source = prop_oneof![
        Just(ResourceSource::Created),
        any_id().prop_map(|from| ResourceSource::Copied { from, extent: None })
    ];
    let kind = select(vec![Project, Project, Project, Dataset]);
    let register = (kind, any_id(), any_resource_name(), any::<String>(), visibility(), source).prop_map(
        |(kind, owner, name, description, visibility, source)| {
            ResourceCommand::Register(RegisterResource {
                kind,
                owner,
                name,
                description,
                visibility,
                source,
                settings: ProjectSettings::default(),
            })
        },
    );
    let change = (option::of(any_resource_name()), option::of(any_id()), option::of(settings())).prop_map(
        |(name, owner, settings)| {
            let settings = settings.map(ProjectSettings::into).unwrap_or_default();
            ResourceCommand::Change(Box::new(ChangeResource { name, owner, settings, ..ChangeResource::default() }))
        },
    );
    let stage = (any_id(), any_path(), any_id(), digest()).prop_map(|(revision, project_file, version, digest)| {
        ResourceCommand::StageRevision(StageRevision { revision, project_file, version, digest })
    });
    let reason = any::<(String, String)>().prop_map(|(code, message)| RejectionReason { code, message });
    let with_role = || (collaborator(), role());
    prop_oneof![
        6 => register,
        1 => Just(ResourceCommand::Abandon),
        1 => any_resource_name().prop_map(ResourceCommand::Rename),
        1 => any::<String>().prop_map(|description| ResourceCommand::ReviseMetadata { description }),
        1 => visibility().prop_map(ResourceCommand::ChangeVisibility),
        2 => change,
        3 => with_role().prop_map(|(collaborator, role)| ResourceCommand::AddCollaborator { collaborator, role }),
        2 => with_role().prop_map(|(collaborator, role)| ResourceCommand::ChangeCollaboratorRole { collaborator, role }),
        2 => collaborator().prop_map(ResourceCommand::RemoveCollaborator),
        5 => any_path().prop_map(ResourceCommand::DesignateProjectFile),
        1 => any_path().prop_map(ResourceCommand::ClearProjectFile),
        8 => stage,
        4 => accept(),
        4 => (any_id(), reason).prop_map(|(revision, reason)| ResourceCommand::RejectRevision { revision, reason }),
        1 => Just(ResourceCommand::Retire),
    ]
}

pub fn file() -> impl Strategy<Value = FileCommand> {
    let source = prop_oneof![Just(VersionSource::Upload), any_id().prop_map(|job| VersionSource::Job { job })];
    let md5 = option::of(any::<[u8; 16]>().prop_map(Md5Digest));
    let paths = select(vec!["notes.txt", "Notes.txt"]).prop_map(path);
    let add = (any_id(), paths, any_id(), digest(), md5, any::<(String, u64)>(), source).prop_map(
        |(resource, path, version, digest, md5, (etag, size), source)| {
            let media_type = "text/plain".to_owned();
            FileCommand::AddVersion(AddFileVersion {
                resource,
                path,
                version,
                digest,
                md5,
                etag,
                size,
                media_type,
                source,
                onto: Onto::Whatever,
            })
        },
    );
    prop_oneof![
        4 => add,
        2 => (any_id(), any_id()).prop_map(|(version, restored)| FileCommand::RestoreVersion { version, restored }),
        2 => any_id().prop_map(FileCommand::DeleteVersion),
        1 => Just(FileCommand::Delete),
        2 => any_id().prop_map(FileCommand::PurgeVersion),
    ]
}

/// Any JSON a container may have left, null included.
fn feedback() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

fn run() -> impl Strategy<Value = RunRecord> {
    (option::of(any::<i64>()), feedback(), option::of(digest())).prop_map(|(exit_code, feedback, log)| RunRecord {
        exit_code,
        feedback,
        log,
    })
}

pub fn job() -> impl Strategy<Value = JobCommand> {
    let attempt = || 0..4_u32;
    let request = (any_id(), any_path(), digest(), option::of(any_id()), 0..4_u32).prop_map(
        |(revision, project_file, project_file_digest, requester, max_attempts)| {
            let (kind, resource, cause) = (JobKind::ProcessProjectFile, id(1), JobCause::RevisionStaged);
            let job = RequestJob {
                kind,
                resource,
                revision: Some(revision),
                project_file: Some(project_file),
                project_file_digest: Some(project_file_digest),
                requester,
                cause,
                max_attempts,
                is_private: false,
            };
            JobCommand::Request(job)
        },
    );
    let start = (attempt(), any::<(String, String, String)>(), digest()).prop_map(
        |(attempt, (container, image, image_digest), inputs)| JobCommand::Start {
            attempt,
            container,
            image,
            image_digest,
            inputs,
        },
    );
    let output = (any::<(String, u64)>(), digest()).prop_map(|((name, size), digest)| JobOutput {
        name,
        digest,
        size,
        media_type: "image/png".to_owned(),
        etag: None,
        replaces: None,
    });
    let kinds = vec![JobErrorKind::InvalidProjectFile, JobErrorKind::OutOfMemory];
    let error = (select(kinds), any::<String>(), option::of(any::<String>()))
        .prop_map(|(kind, message, step)| JobError { kind, message, step });
    let claim = |(worker, now, lease_until)| JobCommand::Claim { worker, now, lease_until };
    let retry = |(attempt, not_before, reason)| JobCommand::ScheduleRetry { attempt, not_before, reason };
    prop_oneof![
        4 => request,
        6 => (any_id(), moment(), moment()).prop_map(claim),
        3 => start,
        2 => (attempt(), moment()).prop_map(|(attempt, lease_until)| JobCommand::RenewLease { attempt, lease_until }),
        3 => moment().prop_map(|lease_until| JobCommand::ExpireLease { lease_until }),
        3 => (attempt(), moment(), any::<String>()).prop_map(retry),
        1 => (attempt(), prop::collection::vec(output, 0..3), run())
            .prop_map(|(attempt, outputs, run)| JobCommand::Finish { attempt, outputs, removed: vec![], run }),
        1 => (attempt(), error, run()).prop_map(|(attempt, error, run)| JobCommand::Fail { attempt, error, run }),
        1 => Just(JobCommand::Cancel),
        1 => select(Settlement::iter().collect::<Vec<_>>()).prop_map(JobCommand::Settle),
    ]
}

pub fn secret() -> impl Strategy<Value = SecretCommand> {
    let name = || SecretName::try_new("DB_PASSWORD").unwrap();
    let kind = select(vec![SecretKind::Envvar, SecretKind::Pgservice]);
    let set = (kind, option::of(any_id()), sealed()).prop_map(move |(kind, assigned_to, value)| {
        let holder = SecretHolder::Project(id(1));
        SecretCommand::Set(SetSecret { holder, name: name(), kind, assigned_to, value })
    });
    prop_oneof![2 => set, 1 => Just(SecretCommand::Remove)]
}
