//! Events of change sets.

use fieldlog_domain::change_set::{ChangeSetEvent, DeltaMethod, DeltaOutcome, DeltaVerdict, ReceivedDelta};
use serde_json::{Value, json};

use super::every_variant;
use crate::build::{digest, id};

every_variant! { ChangeSetEvent:
    ChangeSetReceived {
        resource: id(1),
        delta_file: uuid::Uuid::from_u128(0xde17a),
        digest: digest("pushed"),
        size: 512,
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
            },
            ReceivedDelta {
                id: id(0xd2),
                method: DeltaMethod::Delete,
                is_permitted: false,
                content: json!({ "uuid": id::<fieldlog_domain::DeltaId>(0xd2), "method": "delete", "old": {} }),
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
    }
    DeltasIgnored { resource: id(1), delta_file: uuid::Uuid::from_u128(0xde17a), deltas: vec![id(0xd3)] }
}
