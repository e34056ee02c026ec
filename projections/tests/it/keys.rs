//! Which keys of devices' features are believed, and who deleted the features that edits are about.

use chrono::Duration;
use fieldlog_domain::change_set::{
    ChangeSetEvent, ChangeSetSource, ColumnMapping, DeltaMethod, DeltaOrigin, DeltaOutcome, DeltaVerdict, ReceivedDelta,
};
use fieldlog_domain::file::{FileEvent, VersionSource};
use fieldlog_domain::job::{JobCause, JobEvent, JobKind, JobOutput, RunRecord};
use fieldlog_domain::shared::FilePath;
use fieldlog_domain::{ChangeSetId, DeltaId, FileId, JobId, ResourceId, Sha256Digest, StreamKind, VersionId, WorkerId};
use fieldlog_projections::{Belief, Doubt, FeatureKeys, IfChanged, Loss, PendingDelta, View};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// A project with a layer `trees` in one file.
struct Project<'w> {
    world: &'w World,
    number: u128,
    /// The bytes of each version of the file, and which the file holds.
    versions: Vec<Sha256Digest>,
    now: Option<usize>,
    edits: u128,
    jobs: u128,
    last_delete: Option<u128>,
    package: Option<Uuid>,
}

impl<'w> Project<'w> {
    fn new(world: &'w World, number: u128) -> Self {
        let (versions, now, last_delete, package) = (vec![], None, None, None);
        Self { world, number, versions, now, edits: 0, jobs: 0, last_delete, package }
    }

    fn id(&self) -> ResourceId {
        ResourceId(Uuid::from_u128(self.number << 32))
    }

    fn nth(&self, number: u128) -> Uuid {
        Uuid::from_u128((self.number << 32) + number)
    }

    fn path() -> FilePath {
        FilePath::try_new("data/trees.gpkg").unwrap()
    }

    /// `up` uploads new bytes and `up1` those of the first version, `=2` restores the second one, `del` deletes the file, `P` makes
    /// a package. `A+2` has device A create the feature 2, `A*2` change it and `B-2` device B delete it, each in a job of its own;
    /// after a `d` in a database, after an `o` in a job that did not say where. `undo` undoes the last deletion.
    async fn tell(&mut self, words: &str) {
        for word in words.split_whitespace() {
            self.world.pass(60);
            match (word, word.strip_prefix('='), word.strip_prefix("up")) {
                (_, Some(place), _) => self.restore(place.parse::<usize>().unwrap() - 1).await,
                (_, _, Some("")) => {
                    self.add(Sha256Digest::of(&[self.versions.len() as u8]), VersionSource::Upload).await
                }
                (_, _, Some(place)) => {
                    let digest = self.versions[place.parse::<usize>().unwrap() - 1];
                    self.add(digest, VersionSource::Upload).await;
                }
                ("del", _, _) => {
                    self.now = None;
                    self.file(FileEvent::FileDeleted { because: None }).await;
                }
                ("P", _, _) => {
                    let worker = WorkerId(Uuid::from_u128(1));
                    let claimed =
                        JobEvent::JobClaimed { worker, attempt: 1, lease_until: self.world.now() + Duration::hours(1) };
                    let job = self.job(JobKind::Package, Some(claimed), vec![]).await;
                    self.package = Some(job.uuid());
                }
                ("undo", _, _) => self.apply("F", "+", "2", self.last_delete).await,
                (edit, _, _) => {
                    let place = edit.find(['+', '*', '-']).unwrap();
                    self.apply(&edit[..place], &edit[place..=place], &edit[place + 1..], None).await;
                }
            }
        }
    }

    async fn file(&self, event: FileEvent) {
        let id = FileId::of(self.id(), &Self::path());
        self.world.given(StreamKind::File, id.uuid(), Some(self.id()), vec![event]).await;
    }

    fn version(&self, place: usize) -> VersionId {
        self.nth(1_000 + place as u128).into()
    }

    async fn add(&mut self, digest: Sha256Digest, source: VersionSource) {
        let place = self.versions.len();
        self.versions.push(digest);
        self.now = Some(place);
        self.file(FileEvent::FileVersionAdded {
            resource: self.id(),
            path: Self::path(),
            version: self.version(place),
            digest,
            md5: None,
            etag: "etag".to_owned(),
            size: 1,
            media_type: "application/geopackage+sqlite3".to_owned(),
            source,
        })
        .await;
    }

    async fn restore(&mut self, restored: usize) {
        let place = self.versions.len();
        self.versions.push(self.versions[restored]);
        self.now = Some(place);
        let (version, restored) = (self.version(place), self.version(restored));
        self.file(FileEvent::FileVersionRestored { version, restored }).await;
    }

    async fn job(&mut self, kind: JobKind, claimed: Option<JobEvent>, outputs: Vec<JobOutput>) -> JobId {
        self.jobs += 1;
        let job = JobId(self.nth(2_000 + self.jobs));
        let requested = JobEvent::JobRequested {
            kind,
            resource: self.id(),
            revision: None,
            project_file: None,
            project_file_digest: None,
            requester: None,
            cause: JobCause::Asked,
            max_attempts: 3,
            is_private: false,
        };
        let finished = JobEvent::JobFinished { attempt: 1, outputs, removed: vec![], run: RunRecord::default() };
        let events = [requested].into_iter().chain(claimed).chain([finished]).collect();
        self.world.given(StreamKind::Job, job.uuid(), Some(self.id()), events).await;
        job
    }

    async fn apply(&mut self, device: &str, method: &str, pk: &str, undoes: Option<u128>) {
        let place = device.chars().next().filter(char::is_ascii_lowercase);
        let device = device.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let method = match method {
            "+" => DeltaMethod::Create,
            "*" => DeltaMethod::Patch,
            _ => DeltaMethod::Delete,
        };
        self.edits += 1;
        let (edit, id) = (self.edits, DeltaId(self.nth(self.edits)));
        if method == DeltaMethod::Delete {
            self.last_delete = Some(edit);
        }
        let origin = undoes.map(|undone| DeltaOrigin::Undoes { delta: DeltaId(self.nth(undone)) });
        let content = json!({
            "clientId": client(device), "method": method, "localLayerId": "trees", "sourceLayerId": "",
            "localPk": format!("5{pk}"), "sourcePk": if method == DeltaMethod::Create { "" } else { pk },
        });
        let delta = ReceivedDelta { id, method, is_permitted: true, content, origin };
        let (resource, delta_file) = (self.id(), self.nth(3_000 + edit));
        let stream = ChangeSetId::of(resource, delta_file).uuid();
        let (digest, source) = (Sha256Digest::of(b"file"), ChangeSetSource::Pushed);
        let received = vec![
            ChangeSetEvent::ChangeSetReceived { resource, delta_file, digest, size: 4, source },
            ChangeSetEvent::DeltasReceived { resource, delta_file, deltas: vec![delta] },
        ];
        self.world.given(StreamKind::ChangeSet, stream, Some(resource), received).await;

        let made = Sha256Digest::of(format!("made by {edit}").as_bytes());
        let output = JobOutput {
            name: Self::path().to_string(),
            digest: made,
            size: 1,
            media_type: String::new(),
            etag: None,
            replaces: self.now.map(|now| self.versions[now]),
        };
        let job = self.job(JobKind::ApplyDeltas, None, vec![output]).await;
        let feedback = match place {
            None => json!({ "file": Self::path() }),
            Some('d') => json!({ "file": null }),
            Some(_) => json!({}),
        };
        if place != Some('d') {
            self.add(made, VersionSource::Job { job }).await;
        }
        let after = json!({ "attributes": { "fid": pk, method.as_ref(): edit }, "geometry": null });
        let (verdict, modified_pk) = (DeltaVerdict::Applied, Some(pk.to_owned()));
        let outcomes = vec![DeltaOutcome { id, verdict, modified_pk, feedback, before: Value::Null, after }];
        let settled = ChangeSetEvent::DeltasSettled { resource, delta_file, job, outcomes };
        self.world.given(StreamKind::ChangeSet, stream, Some(resource), vec![settled]).await;
    }

    /// What is known of an edit of the feature 2 by device A, which made it, and by device C, which has it from the package.
    fn keys(&self, view: &View) -> FeatureKeys {
        let edit = |device: &str, source_pk: &str| PendingDelta {
            id: DeltaId(client(device)),
            content: json!({
                "clientId": client(device), "exportId": self.package, "method": "patch", "localPk": "52",
                "sourcePk": source_pk, "localLayerId": "trees", "sourceLayerId": "trees",
            }),
            if_changed: IfChanged::AsTheProjectSays,
        };
        view.feature_keys(self.id(), &[edit("A", ""), edit("C", "2")]).unwrap()
    }

    fn belief(&self, keys: &FeatureKeys) -> String {
        let place = |delta: DeltaId| delta.uuid().as_u128() & 0xffff_ffff;
        let Some(known) = keys.known.iter().find(|known| known.client == client("A")) else { return "missing".into() };
        assert_eq!((known.modified_pk.as_str(), known.local_pk.as_str()), ("2", "52"));
        match &known.belief {
            Belief::Believed => "believed".into(),
            Belief::Uncertain { doubt: Doubt::Uploaded(change), .. } => format!("uploaded {}", change.path),
            Belief::Uncertain { doubt, .. } => format!("{doubt:?}").to_lowercase(),
            Belief::Lost(Loss::Restored(_)) => "restored".into(),
            Belief::Lost(Loss::Deleted(edit)) => format!("deleted by {}", place(edit.delta)),
            Belief::Lost(Loss::GivenAway(edit)) => format!("given away by {}", place(edit.delta)),
            Belief::Lost(loss) => format!("{loss:?}").split('(').next().unwrap_or_default().to_lowercase(),
        }
    }

    /// Which edit deleted the feature of C's edit.
    fn deleted(&self, keys: &FeatureKeys) -> Option<(u128, bool)> {
        let deleted = keys.deleted.get(&DeltaId(client("C")))?;
        Some((deleted.edit.delta.uuid().as_u128() & 0xffff_ffff, deleted.is_certain))
    }
}

fn client(device: &str) -> Uuid {
    Uuid::from_u128(0xc0 + u128::from(device.as_bytes()[0]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_believed_in_the_lineage_in_which_it_was_learnt() {
    let table = [
        ("jobs alone", "up A+2 B+3", "believed", None),
        ("an upload", "up A+2 up", "uploaded data/trees.gpkg", None),
        ("jobs after an upload", "up A+2 up B+3", "uploaded data/trees.gpkg", None),
        ("the key is another's since", "up A+2 up B+2", "given away by 2", None),
        ("the device's edit was applied since", "up A+2 up A*2", "believed", None),
        ("an earlier version is restored", "up A+2 =1", "restored", None),
        ("its bytes are uploaded", "up A+2 up1", "restored", None),
        ("the version is restored", "up A+2 up B+2 =2", "believed", None),
        ("a later one is restored", "up A+2 B+3 up =3", "believed", None),
        ("the file is deleted", "up A+2 del", "filedeleted", None),
        ("and comes anew", "up A+2 del up", "uploaded data/trees.gpkg", None),
        ("the feature is deleted", "up A+2 B-2", "deleted by 2", Some((2, true))),
        ("that is undone", "up A+2 B-2 undo", "believed", None),
        ("and done again", "up A+2 B-2 undo B-2", "deleted by 4", Some((4, true))),
        ("the version before is restored", "up A+2 B-2 =2", "believed", None),
        ("nobody knows what an upload was made from", "up A+2 B-2 up", "uploaded data/trees.gpkg", None),
        ("the key is given out again", "up A+2 B-2 B+2", "deleted by 2", Some((2, false))),
        ("an older package", "up A+2 P B-2 B+2", "deleted by 2", Some((2, true))),
        ("a newer package", "up A+2 B-2 B+2 P", "deleted by 2", None),
        ("a package of between two deletions", "up A+2 B-2 B+2 P B-2", "deleted by 2", Some((4, true))),
        ("a device that changed the new feature", "up A+2 B-2 B+2 C*2", "deleted by 2", None),
        ("a database", "up dA+2 up", "believed", None),
        ("a deletion in a database", "up dA+2 dB-2 dB+2", "deleted by 2", Some((2, false))),
        ("nobody said where", "up oA+2", "untold", None),
    ];
    let world = World::new();
    let mut projects = Vec::new();
    for (number, (_, words, ..)) in (1..).zip(&table) {
        let mut project = Project::new(&world, number);
        project.tell(words).await;
        projects.push(project);
    }
    let view = world.view().await;
    for (project, (why, words, belief, deleted)) in projects.iter().zip(table) {
        let keys = project.keys(&view);
        assert_eq!((project.belief(&keys).as_str(), project.deleted(&keys)), (belief, deleted), "{why}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_told_as_the_edits_of_its_device_left_it() {
    let world = World::new();
    let mut project = Project::new(&world, 1);
    project.tell("up A+2 A*2 A+3 up").await;
    let keys = project.keys(&world.view().await);
    let [known] = &keys.known[..] else { panic!("of those that no edit is about, nothing is told: {keys:?}") };
    let Belief::Uncertain { after, .. } = &known.belief else { panic!("{known:?}") };
    let expected = json!({ "attributes": { "fid": "2", "create": 1, "patch": 2 }, "geometry": null });
    assert_eq!(&json!(after), &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_where_somebody_said_last() {
    let world = World::new();
    let mut project = Project::new(&world, 1);
    project.tell("up A+2").await;
    let mapping = |layer: Option<&str>, from: &str, to: Option<&str>| ColumnMapping {
        layer: layer.map(Into::into),
        from: from.to_owned(),
        to: to.map(Into::into),
    };
    let (resource, delta_file) = (project.id(), project.nth(3_001));
    let said = |columns| ChangeSetEvent::DeltasReopened {
        resource,
        delta_file,
        deltas: vec![DeltaId(project.nth(1))],
        overwrites_conflicts: false,
        columns,
    };
    let first = said(vec![mapping(None, "girth", Some("width")), mapping(Some("shrubs"), "note", None)]);
    let then = said(vec![mapping(Some("trees"), "girth", Some("girth_cm"))]);
    let stream = ChangeSetId::of(resource, delta_file).uuid();
    world.given(StreamKind::ChangeSet, stream, Some(resource), vec![first, then]).await;
    let mapped = world.view().await.mapped_columns(resource).unwrap();
    let mapped: Vec<_> = mapped.into_iter().map(|mapped| mapped.mapping).collect();
    let expected = [mapping(Some("shrubs"), "note", None), mapping(Some("trees"), "girth", Some("girth_cm"))];
    assert_eq!(mapped, expected);
}
