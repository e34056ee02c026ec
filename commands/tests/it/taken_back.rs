//! Edits that were applied and are not in what somebody brought: that is told, and they are applied again as one command.

use fieldlog_commands::change_set::{
    ApplyTakenBack, DecideDeltas, Decision, UndoChangeSet, apply_taken_back, decide_deltas, undo_change_set,
};
use fieldlog_commands::file::{RestoreVersion, restore_version};
use fieldlog_commands::job::{FinishJob, claim_job, finish_job};
use fieldlog_commands::policies::Policies;
use fieldlog_commands::{CommandError, Viewer};
use fieldlog_domain::job::{EDITS_LOOKED_FOR, JobKind, JobOutput, JobState, RunRecord};
use fieldlog_domain::shared::{FilePath, Role};
use fieldlog_domain::{CommandId, DeltaId, JobId, ResourceId};
use fieldlog_projections::{DeltaStatus, Page, StoredEdit};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::applying::{begin, deltas, jobs as apply_jobs, statuses, waiting, with_data};
use crate::change_sets::{delta, file, push};
use crate::cloud::Cloud;
use crate::jobs::claim;
use crate::policies::jobs;
use crate::undoing::applied;

const DATA: &str = "trees.gpkg";

/// A project whose two edits are in the data.
struct Edited {
    cloud: Cloud,
    policies: Option<Policies>,
    ana: Viewer,
    project: ResourceId,
    ids: Vec<DeltaId>,
    delta_file: Uuid,
}

impl Edited {
    async fn start() -> Self {
        let cloud = Cloud::start().await;
        let policies = cloud.policies("policies").await;
        let ana = cloud.person("ana").await;
        let project = with_data(&cloud, &ana).await;
        cloud.settled(&policies).await;
        let file = file(project, &[delta("create"), delta("patch")]);
        cloud.seen(push(&cloud, &ana, project, &file).await).await;
        cloud.settled(&policies).await;
        let delta_file = file["id"].as_str().unwrap().parse().unwrap();
        let mut edited = Self { cloud, policies: Some(policies), ana, project, ids: vec![], delta_file };
        edited.look(vec![]).await;
        edited.ids = edited.apply("edited trees").await;
        edited
    }

    /// Until nothing is left to be done by policies, while there are any.
    async fn settled(&self) {
        if let Some(policies) = &self.policies {
            self.cloud.settled(policies).await;
        }
    }

    async fn apply(&self, content: &str) -> Vec<DeltaId> {
        let working = begin(&self.cloud, self.project, waiting(&self.cloud, self.project)).await;
        let state = |height| json!({ "attributes": { "height": height } });
        let said = working.given.iter().map(|id| applied(*id, state(3), state(4))).collect();
        working.say(&self.cloud, content, said).await;
        self.settled().await;
        working.given
    }

    async fn bring(&self, content: &str) {
        self.cloud.upload(&self.ana, self.project, DATA, content).await.unwrap();
        self.settled().await;
    }

    fn to_look_for(&self) -> Vec<StoredEdit> {
        self.cloud.app.view().edits_to_look_for(self.project, 100, 1_000_000).unwrap()
    }

    async fn claim(&self) -> (JobId, u32) {
        let all = jobs(&self.cloud, self.project).into_iter();
        let mut waiting = all.filter(|job| job.kind == JobKind::ProcessProjectFile && job.state == JobState::Requested);
        let job = waiting.next().expect("a job waits to look at the project").id;
        let attempt = claim_job(&self.cloud.app, &Viewer::system(None), claim(job)).await;
        (job, self.cloud.seen(attempt).await)
    }

    /// A job looks at the project and says this of edits.
    async fn look(&self, said: Vec<Value>) {
        let claimed = self.claim().await;
        self.answer(claimed, said).await;
    }

    async fn answer(&self, (job, attempt): (JobId, u32), said: Vec<Value>) {
        let blob = self.cloud.app.storage().put_bytes(Value::Array(said).to_string().into()).await.unwrap();
        let outputs = vec![JobOutput {
            name: EDITS_LOOKED_FOR.to_owned(),
            digest: blob.digest,
            size: blob.size,
            media_type: "application/json".to_owned(),
            etag: None,
            replaces: None,
        }];
        let run = RunRecord::default();
        let finish = FinishJob { command_id: None, job, attempt, outputs, removed: vec![], run };
        self.cloud.seen(finish_job(&self.cloud.app, &Viewer::system(None), finish).await).await;
        self.settled().await;
    }

    fn gone(&self, place: usize) -> Value {
        json!({ "delta": self.ids[place], "file": DATA, "is_there": false, "why": "Feature '17' is not there." })
    }

    fn there(&self, place: usize) -> Value {
        json!({ "delta": self.ids[place], "file": DATA, "is_there": true, "why": "" })
    }

    fn apply_again(&self, deltas: Option<Vec<DeltaId>>) -> ApplyTakenBack {
        ApplyTakenBack { command_id: None, project: self.project, deltas }
    }

    fn statuses(&self) -> Vec<DeltaStatus> {
        statuses(&self.cloud, self.project)
    }
}

use DeltaStatus::{Applied, Pending, TakenBack};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_edits_is_told_once_and_they_are_applied_again_as_one_command() {
    let it = Edited::start().await;
    assert_eq!(it.to_look_for(), [], "nothing was brought since");
    it.bring("old trees").await;
    let asked = it.to_look_for();
    assert_eq!(
        asked.iter().map(|edit| (edit.id, edit.is_taken_back)).collect::<Vec<_>>(),
        [(it.ids[0], false), (it.ids[1], false)]
    );
    assert_eq!((asked[0].pk.as_str(), &asked[0].after), ("17", &json!({ "attributes": { "height": 4 } })));
    it.look(vec![it.gone(0), it.gone(1)]).await;
    assert_eq!(it.statuses(), [TakenBack, TakenBack]);
    let row = &deltas(&it.cloud, it.project)[0];
    let told = row.taken_back.as_ref().unwrap();
    let current = it.cloud.app.view().file(it.project, &FilePath::try_new(DATA).unwrap()).unwrap().unwrap().current;
    assert_eq!((told.brought.by, told.brought.version), (it.ana.account, Some(current.id)));
    assert_eq!((told.brought.path.as_str(), told.why.as_str()), (DATA, "Feature '17' is not there."));
    assert_eq!(it.cloud.app.view().taken_back_count(it.project).unwrap(), 2);
    assert_eq!(it.to_look_for(), [], "somebody looked");
    let again = it.cloud.policies("again").await;
    it.cloud.settled(&again).await;
    again.shutdown().await;
    assert_eq!(
        it.cloud.count("deltas_taken_back").await,
        1,
        "whoever handles the end of the job again says nothing new"
    );

    let once = ApplyTakenBack { command_id: Some(CommandId(Uuid::now_v7())), ..it.apply_again(None) };
    assert_eq!(it.cloud.seen(apply_taken_back(&it.cloud.app, &it.ana, once.clone()).await).await, 2);
    it.cloud.seen(apply_taken_back(&it.cloud.app, &it.ana, once).await).await;
    assert_eq!(it.statuses(), [Pending, Pending]);
    it.settled().await;
    assert_eq!(it.apply("old trees, edited").await, it.ids);
    assert_eq!(it.statuses(), [Applied, Applied]);
    assert_eq!(deltas(&it.cloud, it.project)[0].taken_back, None);
    assert_eq!(apply_jobs(&it.cloud, it.project).len(), 2, "nothing is left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_again_is_found_again() {
    let it = Edited::start().await;
    it.bring("old trees").await;
    it.look(vec![it.gone(1)]).await;
    assert_eq!(it.statuses(), [Applied, TakenBack]);
    let view = it.cloud.app.view();
    let data = view.file(it.project, &FilePath::try_new(DATA).unwrap()).unwrap().unwrap();
    let before = view.versions(data.id, Page::first(9)).unwrap().rows[1].id;
    let restore = RestoreVersion { command_id: None, resource: it.project, path: DATA.into(), version: before };
    it.cloud.seen(restore_version(&it.cloud.app, &it.ana, restore).await).await;
    it.settled().await;
    assert!(it.to_look_for().iter().any(|edit| edit.id == it.ids[1] && edit.is_taken_back));
    it.look(vec![it.there(1)]).await;
    assert_eq!(it.statuses(), [Applied, Applied]);
    assert_eq!(it.cloud.count("deltas_found_again").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_what_was_replaced_meanwhile_is_the_next_jobs() {
    let mut it = Edited::start().await;
    it.bring("old trees").await;
    let claimed = it.claim().await;
    it.policies.take().unwrap().shutdown().await;
    it.cloud.upload(&it.ana, it.project, DATA, "edited trees").await.unwrap();
    it.answer(claimed, vec![it.gone(0)]).await;
    it.policies = Some(it.cloud.policies("policies").await);
    it.settled().await;
    assert_eq!(it.statuses(), [Applied, Applied]);
    it.look(vec![]).await;
    assert_eq!(it.statuses(), [Applied, Applied]);
    assert_eq!(it.cloud.count("deltas_taken_back").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_brought_takes_nothing_back() {
    let it = Edited::start().await;
    it.cloud.upload(&it.ana, it.project, "bees.gpkg", "bees").await.unwrap();
    it.settled().await;
    it.look(vec![it.gone(0), json!({ "delta": Uuid::now_v7(), "file": DATA, "is_there": false })]).await;
    assert_eq!(it.statuses(), [Applied, Applied]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_were_undone_are_not_looked_for() {
    let it = Edited::start().await;
    let undo = UndoChangeSet {
        command_id: None,
        project: it.project,
        delta_file: it.delta_file,
        deltas: Some(vec![it.ids[1]]),
    };
    it.cloud.seen(undo_change_set(&it.cloud.app, &it.ana, undo).await).await;
    it.bring("old trees").await;
    assert_eq!(it.to_look_for().into_iter().map(|edit| edit.id).collect::<Vec<_>>(), [it.ids[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn some_are_applied_again_and_others_are_left_by_those_who_decide_about_edits() {
    let it = Edited::start().await;
    it.bring("old trees").await;
    it.look(vec![it.gone(0), it.gone(1)]).await;
    let ben = it.cloud.person("ben").await;
    it.cloud.collaborator(&it.ana, it.project, &ben, Role::Reporter).await;
    let denied = apply_taken_back(&it.cloud.app, &ben, it.apply_again(None)).await.unwrap_err();
    assert_eq!(denied, CommandError::Forbidden);
    let ignore =
        DecideDeltas { command_id: None, project: it.project, deltas: vec![it.ids[0]], decision: Decision::Ignore };
    it.cloud.seen(decide_deltas(&it.cloud.app, &it.ana, ignore).await).await;
    let both = it.apply_again(Some(it.ids.clone()));
    assert_eq!(it.cloud.seen(apply_taken_back(&it.cloud.app, &it.ana, both).await).await, 1);
    assert_eq!(it.statuses(), [DeltaStatus::Ignored, Pending]);
    let unknown = it.apply_again(Some(vec![DeltaId(Uuid::now_v7())]));
    assert!(matches!(apply_taken_back(&it.cloud.app, &it.ana, unknown).await, Err(CommandError::Refused(_))));
}
