//! Edits that are undone and done again, and conflicts that somebody resolves.

use rusqlite::types::Value as Cell;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::docker;
use crate::support::edits::{delta, delta_file, push, rows, settled};
use crate::support::fieldlog::Fieldlog;
use crate::support::sample;

struct Survey {
    fieldlog: Fieldlog,
    ana: Client,
    project: String,
}

impl Survey {
    /// All that the data say of the sampling points. Of where they are without the box, which GDAL leaves out and a job writes.
    async fn points(&self) -> Vec<Vec<Cell>> {
        let query = "SELECT substr(geom, -21) AS point, * FROM sampling_points ORDER BY fid";
        let mut points = rows(&self.fieldlog, &self.ana, &self.project, query).await;
        points.iter_mut().for_each(|point| drop(point.remove(2)));
        points
    }

    async fn remarks(&self, fid: i64) -> Option<String> {
        let query = format!("SELECT remarks FROM sampling_points WHERE fid = {fid}");
        match rows(&self.fieldlog, &self.ana, &self.project, &query).await.remove(0).remove(0) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    async fn push(&self, deltas: &[Value]) -> String {
        let file = delta_file(&self.project, deltas);
        push(&self.ana, &self.project, &file).await;
        file["id"].as_str().unwrap().to_owned()
    }

    /// The delta file that undoes this one.
    async fn undo(&self, file: &str) -> String {
        let input = json!({ "project": self.project, "deltaFile": file });
        let fields = "... on ChangeSetUndone { deltaFile } ... on Refusal { message }";
        let undone = self.ana.mutate("undoChangeSet", input, fields).await;
        undone["deltaFile"].as_str().unwrap_or_else(|| panic!("expected an undo, found {undone}")).to_owned()
    }

    /// How the last edits fare, once no job has to do with any.
    async fn last(&self, count: usize) -> Vec<Value> {
        let fields = "uuid undoneBy { uuid } replacedBy { uuid status } conflict { old mine theirs differences }";
        let all = settled(&self.ana, &self.project, fields).await;
        all[all.len() - count..].to_vec()
    }

    async fn last_are(&self, expected: &[&str]) {
        let last = self.last(expected.len()).await;
        let statuses: Vec<_> = last.iter().map(|delta| delta["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, expected, "{last:#?}");
    }

    async fn resolve(&self, delta: &Value, resolution: Value) {
        let conflicts = json!([{ "delta": delta["uuid"], "resolution": resolution }]);
        let input = json!({ "project": self.project, "conflicts": conflicts });
        assert_eq!(self.ana.outcome("resolveConflicts", input).await, "ConflictsResolved");
    }
}

fn remark(fid: i64, old: Option<&str>, new: &str) -> Value {
    let states = json!({ "old": { "attributes": { "remarks": old } }, "new": { "attributes": { "remarks": new } } });
    delta("patch", &fid.to_string(), states)
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_undone_and_done_again_and_nothing_is_overwritten_unasked() {
    docker::ready();
    let fieldlog = Fieldlog::new();
    let server = fieldlog.serve().await;
    let ana = server.client().register("ana").await;
    let project = ana.create_project("river").await;
    for (path, bytes) in sample::river_survey() {
        ana.upload(&project, &path, bytes).await;
    }
    ana.revision_is(&project, "READY").await;
    let survey = Survey { fieldlog, ana, project };

    // A new point, one that moves and says something, and one that goes.
    let before = survey.points().await;
    let attributes = json!({ "code": "N1", "quality_class": 2, "sampled_on": "2026-11-22", "ph": 7.25 });
    let moved = json!({
        "old": { "attributes": { "remarks": null, "water_temp": 0.0 }, "geometry": "Point (0 0)" },
        "new": { "attributes": { "remarks": "by the weir", "water_temp": 9.75 }, "geometry": "Point (691500.5 5291000.25)" },
    });
    let file = survey
        .push(&[
            delta("create", "", json!({ "new": { "geometry": "Point (691000 5291000)", "attributes": attributes } })),
            delta("patch", "3", moved),
            delta("delete", "7", json!({ "old": { "attributes": { "code": "P07" } } })),
        ])
        .await;
    survey.last_are(&["APPLIED"; 3]).await;
    let edited = survey.points().await;
    assert_ne!(edited, before);

    // Undone, the data are as they were, row by row; done again, as they were edited.
    let undo = survey.undo(&file).await;
    survey.last_are(&["APPLIED"; 3]).await;
    assert_eq!(survey.points().await, before);
    let again = json!({ "project": survey.project, "deltaFile": file });
    let refused = survey.ana.mutate("undoChangeSet", again, "... on AlreadyUndone { deltaFile message }").await;
    assert_eq!((&refused["__typename"], &refused["deltaFile"]), (&json!("AlreadyUndone"), &json!(undo)), "{refused}");
    let redo = survey.undo(&undo).await;
    survey.last_are(&["APPLIED"; 3]).await;
    assert_eq!(survey.points().await, edited);

    // Somebody else works on the moved point. To undo would take that away, so it stops there, though the project lets edits win.
    survey.push(&[remark(3, Some("by the weir"), "by the bridge")]).await;
    survey.last_are(&["APPLIED"]).await;
    survey.undo(&redo).await;
    survey.last_are(&["APPLIED", "CONFLICT", "APPLIED"]).await;
    assert_eq!(survey.remarks(3).await.as_deref(), Some("by the bridge"));
    let conflict = survey.last(2).await.remove(0);
    assert_eq!(conflict["conflict"]["theirs"]["attributes"]["remarks"], "by the bridge", "{conflict:#}");
    survey.resolve(&conflict, json!({ "use": "MINE" })).await;
    survey.last_are(&["APPLIED"; 3]).await;
    assert_eq!(survey.points().await, before);

    // A point that was moved meanwhile is not where the undo expects it: that counts as well.
    let created = survey
        .push(&[delta("create", "", json!({ "new": { "geometry": "Point (1 2)", "attributes": { "fid": 99 } } }))])
        .await;
    survey.last_are(&["APPLIED"]).await;
    let moved = json!({ "old": { "geometry": "Point (1 2)" }, "new": { "geometry": "Point (3 4)" } });
    survey.push(&[delta("patch", "99", moved)]).await;
    survey.last_are(&["APPLIED"]).await;
    survey.undo(&created).await;
    survey.last_are(&["CONFLICT"]).await;
    assert_eq!(
        survey.last(1).await[0]["conflict"]["differences"][0],
        "the geometry was \"Point (1 2)\" and is \"Point (3 4)\""
    );

    resolves_with_something_else(&survey).await;
    assert_eq!(server.stop().await.code(), Some(0));
}

/// Where the project does not let edits win, a manager sees both sides and stores a third.
async fn resolves_with_something_else(survey: &Survey) {
    let input = json!({ "project": survey.project, "settings": { "overwritesConflicts": false } });
    assert_eq!(survey.ana.outcome("changeProject", input).await, "ProjectChanged");
    survey.push(&[remark(4, Some("never so"), "from the device")]).await;
    survey.last_are(&["CONFLICT"]).await;
    let delta = survey.last(1).await.remove(0);
    let conflict = &delta["conflict"];
    assert_eq!(conflict["old"]["attributes"]["remarks"], "never so", "{delta:#}");
    assert_eq!(conflict["mine"]["attributes"]["remarks"], "from the device");
    assert_eq!(conflict["theirs"]["attributes"]["remarks"], Value::Null);
    assert_eq!(conflict["differences"].as_array().unwrap().len(), 1);
    survey.resolve(&delta, json!({ "edit": { "attributes": { "remarks": "agreed upon" } } })).await;
    let mut last = survey.last(2).await;
    assert_eq!((&last[0]["status"], &last[1]["status"]), (&json!("REPLACED"), &json!("APPLIED")), "{last:#?}");
    assert_eq!(last.remove(0)["replacedBy"], json!({ "uuid": last[0]["uuid"], "status": "APPLIED" }));
    assert_eq!(survey.remarks(4).await.as_deref(), Some("agreed upon"));
}
