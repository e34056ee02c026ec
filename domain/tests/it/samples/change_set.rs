//! Events of change sets.

use fieldlog_domain::change_set::{
    BroughtFile, ChangeSetEvent, ChangeSetSource, ColumnMapping, DeltaMethod, DeltaOrigin, DeltaOutcome, DeltaVerdict,
    ReceivedDelta, Replacement, TakenBackDelta,
};
use serde_json::{Map, Value, json};

use super::every_variant;
use crate::build::{at, digest, id, path};

every_variant! { ChangeSetEvent:
    ChangeSetReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        digest: digest("pushed"),
        size: 512,
        source: ChangeSetSource::Pushed,
    }
    ChangeSetReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17b),
        digest: digest("undoing"),
        size: 256,
        source: ChangeSetSource::Undo { delta_file: uuid::Uuid::from_u128(0xde17a) },
    }
    ChangeSetReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17c),
        digest: digest("replacing"),
        size: 256,
        source: ChangeSetSource::Replacement { delta_file: uuid::Uuid::from_u128(0xde17a) },
    }
    DeltasReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        deltas: vec![
            ReceivedDelta {
                id: id(0xd1),
                method: DeltaMethod::Create,
                is_permitted: true,
                content: json!({ "uuid": id::<fieldlog_domain::DeltaId>(0xd1), "method": "create", "new": { "geometry": "POINT (7 46)" } }),
                origin: None,
            },
            ReceivedDelta {
                id: id(0xd2),
                method: DeltaMethod::Delete,
                is_permitted: false,
                content: json!({ "uuid": id::<fieldlog_domain::DeltaId>(0xd2), "method": "delete", "old": {} }),
                origin: None,
            },
        ],
    }
    DeltasReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17b),
        deltas: vec![
            ReceivedDelta {
                id: id(0xd4),
                method: DeltaMethod::Delete,
                is_permitted: true,
                content: json!({ "uuid": id::<fieldlog_domain::DeltaId>(0xd4), "method": "delete", "old": {} }),
                origin: Some(DeltaOrigin::Undoes { delta: id(0xd1) }),
            },
            ReceivedDelta {
                id: id(0xd5),
                method: DeltaMethod::Patch,
                is_permitted: true,
                content: json!({ "uuid": id::<fieldlog_domain::DeltaId>(0xd5), "method": "patch", "old": {}, "new": {} }),
                origin: Some(DeltaOrigin::Replaces { delta: id(0xd3) }),
            },
        ],
    }
    DeltasSettled {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        job: id(9),
        outcomes: vec![
            DeltaOutcome {
                id: id(0xd1),
                verdict: DeltaVerdict::Applied,
                modified_pk: Some("17".to_owned()),
                feedback: json!({ "status": "status_applied", "method": "create" }),
                before: Value::Null,
                after: json!({ "attributes": { "fid": 17, "name": "oak" }, "geometry": "POINT (7 46)" }),
            },
            DeltaOutcome {
                id: id(0xd3),
                verdict: DeltaVerdict::Conflict,
                modified_pk: None,
                feedback: Value::Null,
                before: json!({ "attributes": { "name": "elm" }, "geometry": null }),
                after: Value::Null,
            },
        ],
    }
    DeltasReopened {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        deltas: vec![id(0xd3)],
        overwrites_conflicts: true,
        columns: vec![],
    }
    DeltasReopened {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        deltas: vec![id(0xd3)],
        overwrites_conflicts: false,
        columns: vec![
            ColumnMapping { layer: Some("trees_1".to_owned()), from: "girth".to_owned(), to: Some("girth_cm".to_owned()) },
            ColumnMapping { layer: None, from: "note".to_owned(), to: None },
        ],
    }
    DeltasIgnored { resource: id(1), delta_file: uuid::Uuid::from_u128(0xde17a), deltas: vec![id(0xd3)] }
    DeltasUndone {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        by: uuid::Uuid::from_u128(0xde17b),
        deltas: vec![id(0xd1)],
    }
    DeltasReplaced {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        by: uuid::Uuid::from_u128(0xde17c),
        replacements: vec![
            Replacement {
                id: id(0xd3),
                attributes: Map::from_iter([("name".to_owned(), json!("ash"))]),
                geometry: Some("Point (7 46)".to_owned()),
            },
            Replacement { id: id(0xd2), attributes: Map::new(), geometry: Some("Point (7 47)".to_owned()) },
        ],
    }
    DeltasTakenBack {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        job: id(9),
        brought: BroughtFile {
            path: path("trees.gpkg"),
            version: Some(id(0x7e5)),
            by: Some(id(0xa)),
            at: at(7),
        },
        deltas: vec![
            TakenBackDelta { id: id(0xd1), why: "feature '17' is not there".to_owned() },
            TakenBackDelta { id: id(0xd2), why: "'health' is \"good\" again".to_owned() },
        ],
    }
    DeltasFoundAgain { resource: id(1), delta_file: uuid::Uuid::from_u128(0xde17a), job: id(9), deltas: vec![id(0xd1)] }
}
