//! Events of change sets.

use fieldlog_domain::change_set::{ChangeSetEvent, DeltaMethod, ReceivedDelta};
use serde_json::json;

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
}
