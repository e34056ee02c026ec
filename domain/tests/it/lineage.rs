//! What is left in the version that a file has now of what came into an earlier one.

use fieldlog_domain::file::{Ancestor, Ancestry, Lineage, Remains};

use crate::build::digest;

/// The versions of a file, one word each: `office` is uploaded, `a>b` is made by a job from `a`, `>b` from nothing, and `=0` restores
/// the first version.
fn versions(words: &str) -> Vec<Ancestor> {
    let mut versions: Vec<Ancestor> = Vec::new();
    for word in words.split_whitespace() {
        let version = match (word.strip_prefix('='), word.split_once('>')) {
            (Some(place), _) => {
                let from: usize = place.parse().unwrap();
                Ancestor { digest: versions[from].digest, origin: Ancestry::Restored { from } }
            }
            (None, Some((from, made))) => {
                let from = (!from.is_empty()).then(|| digest(from));
                Ancestor { digest: digest(made), origin: Ancestry::Made { from } }
            }
            (None, None) => Ancestor { digest: digest(word), origin: Ancestry::Uploaded },
        };
        versions.push(version);
    }
    versions
}

#[test]
fn what_came_into_a_version_holds_as_far_as_jobs_alone_changed_the_file() {
    use Remains::{Gone, Kept, Unknown};
    let table = [
        ("jobs alone", "a a>b b>c c>d", 1, 3, Kept),
        ("it is the version itself", "a a>b", 1, 1, Kept),
        ("an upload", "a a>b office", 1, 2, Unknown { upload: 2 }),
        ("jobs after an upload", "a a>b office office>c c>d", 1, 4, Unknown { upload: 2 }),
        ("two uploads", "a a>b office again", 1, 3, Unknown { upload: 3 }),
        ("what came after the upload", "a a>b office office>c c>d", 3, 4, Kept),
        ("an earlier version is restored", "a a>b =0", 1, 2, Gone { by: Some(2) }),
        ("and jobs go on from there", "a a>b =0 a>c", 1, 3, Gone { by: Some(2) }),
        ("its own version is restored", "a a>b office =1", 1, 3, Kept),
        ("a later one of its lineage is restored", "a a>b b>c office =2 c>d", 1, 5, Kept),
        ("one of before an upload is restored", "a a>b office office>c =1", 3, 4, Gone { by: Some(4) }),
        ("the upload itself is restored", "a a>b office office>c =2", 3, 4, Gone { by: Some(4) }),
        ("and is an upload to what was before it", "a a>b office office>c =2", 1, 4, Unknown { upload: 2 }),
        ("a restored version is restored", "a a>b =0 a>c =2", 3, 4, Gone { by: Some(4) }),
        ("the bytes of an earlier version are uploaded", "a a>b a", 1, 2, Gone { by: Some(2) }),
        ("its own bytes are uploaded", "a a>b office b", 1, 3, Kept),
        ("later versions are deleted", "a a>b b>c", 2, 1, Gone { by: None }),
        ("a job made what was there before", "a a>b b>a", 1, 2, Kept),
        ("a job came to its end beside an upload", "a a>b office b>c", 1, 3, Kept),
        ("and what was uploaded is no part of that", "a a>b office b>c", 2, 3, Gone { by: None }),
        ("a job went on from an earlier version", "a a>b b>c b>d", 2, 3, Gone { by: None }),
        ("a job made the file anew", "a a>b >c", 1, 2, Unknown { upload: 2 }),
    ];
    for (why, words, then, now, expected) in table {
        assert_eq!(Lineage::of(&versions(words), now).remains_of(then), expected, "{why}: {words}, of {then} in {now}");
    }
}
