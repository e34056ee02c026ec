//! When two names are the same although they are written otherwise. The container has the same rule (`same_file.py`), and both
//! are held to one table (`worker/qgis/tests/same_file.tsv`).

use unicode_normalization::UnicodeNormalization;

/// The form that two spellings of the same name share: they differ in letter case only, or in how accents are written.
pub fn key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.nfc().collect::<String>().to_lowercase();
    // A sigma is written in two ways in lower case. Lower case may take a letter and its accent apart.
    lower.replace('ς', "σ").nfc().collect()
}

/// The form in which two names take the same place on some device: Unicode's full case folding, as Android's disks have it, to
/// which also `ß` and `ss` are the same. Names with the same key have the same one.
pub fn folded(text: &str) -> String {
    let key = key(text);
    if key.is_ascii() {
        return key;
    }
    key.nfd().flat_map(folded_letter).nfc().collect()
}

fn folded_letter(letter: char) -> Vec<char> {
    match letter {
        // Its upper case is that of another letter.
        'ı' => vec!['ı'],
        letter => letter.to_uppercase().flat_map(char::to_lowercase).collect(),
    }
}
