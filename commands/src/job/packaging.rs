//! What a package is made with besides the project's files.

use std::collections::BTreeMap;

/// How layers are made to work without a network (QFieldCloud reference, section 10.2).
pub const OFFLINER: &str = "pythonmini";

/// The parameters of a package; others make another package of the same files.
pub fn parameters() -> BTreeMap<String, String> {
    BTreeMap::from([("offliner".to_owned(), OFFLINER.to_owned())])
}
