use fieldlog_domain::shared::FilePath;
use fieldlog_domain::shared::file_path::BadFilePath;
use fieldlog_domain::{FileId, ResourceId};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::build::{id, path};

fn refusal(text: &str) -> BadFilePath {
    FilePath::try_new(text).unwrap_err()
}

#[test]
fn ordinary_paths_are_taken_as_they_are() {
    for text in [
        "a",
        "rivers.qgs",
        "DCIM/1.jpg",
        "data/Pegelstände 2025.gpkg",
        ".hidden",
        "a/.b/c",
        "COM1.txt",
        "Con",
        "nUL",
        "COM10",
        "console",
        "川/流域.gpkg",
        "a b",
        "..a",
        "a..b",
        "~$x",
        "&;'$(rm -rf)",
    ] {
        assert_eq!(FilePath::try_new(text).map(|path| path.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn a_path_out_of_its_folder_is_refused() {
    for (text, segment) in
        [("../../etc/passwd", ".."), ("a/../b", ".."), ("..", ".."), ("a/..", ".."), ("./a", "."), ("a/./b", ".")]
    {
        assert_eq!(refusal(text), BadFilePath::Segment(segment.to_owned()), "{text}");
    }
}

#[test]
fn an_absolute_path_and_empty_segments_are_refused() {
    for text in ["/etc/passwd", "/", "a//b", "a/"] {
        assert_eq!(refusal(text), BadFilePath::Segment(String::new()), "{text}");
    }
    assert_eq!(refusal("C:\\Windows"), BadFilePath::Character(':'));
    assert_eq!(refusal("..\\..\\x"), BadFilePath::Character('\\'));
}

#[test]
fn control_characters_are_refused() {
    assert_eq!(refusal("a\0.qgs"), BadFilePath::Character('\0'));
    for bad in ('\u{1}'..='\u{1f}').chain(['\u{7f}']) {
        assert_eq!(refusal(&format!("a{bad}b")), BadFilePath::Character(bad));
    }
}

#[test]
fn characters_that_some_file_system_refuses_are_refused() {
    for bad in "<>:\"\\|?*".chars() {
        assert_eq!(refusal(&format!("data/a{bad}b")), BadFilePath::Character(bad));
    }
}

#[test]
fn a_path_is_neither_empty_nor_too_long() {
    let length = |characters, bytes| BadFilePath::Length { characters, bytes };
    assert_eq!(refusal(""), length(0, 0));
    assert_eq!(refusal(&"x".repeat(5_000)), length(5_000, 5_000));
    assert_eq!(refusal(&"x".repeat(256)), length(256, 256));
    assert!(FilePath::try_new(&"x".repeat(255)).is_ok());
    assert!(FilePath::try_new(&"ü".repeat(255)).is_ok());
    assert!(FilePath::try_new(&"𝄞".repeat(255)).is_ok());
}

#[test]
fn white_space_and_dots_at_the_ends_are_refused() {
    for text in [" a", "a ", "\ta", "a\n", "\u{a0}a", "a\u{3000}"] {
        assert_eq!(refusal(text), BadFilePath::Space, "{text:?}");
    }
    for (text, segment) in [("a /b", "a "), ("a./b", "a."), ("a/b.", "b."), ("...", "...")] {
        assert_eq!(refusal(text), BadFilePath::SegmentEnd(segment.to_owned()), "{text:?}");
    }
}

#[test]
fn device_names_are_refused_in_any_folder() {
    for text in ["CON", "con", "PRN", "aux", "NUL", "COM0", "com9", "LPT1", "lpt5"] {
        assert_eq!(refusal(text), BadFilePath::Device(text.to_owned()));
        assert_eq!(refusal(&format!("a/{text}/b")), BadFilePath::Device(text.to_owned()));
    }
}

#[test]
fn project_files_are_known_by_their_suffix_in_any_case() {
    for text in ["a.qgs", "a.QGZ", "b/a.Qgs"] {
        assert!(path(text).is_project_file(), "{text}");
    }
    for text in ["a.qgs~", "a.gpkg", "qgs", "a.qgs/b", "a.qgd"] {
        assert!(!path(text).is_project_file(), "{text}");
    }
}

#[test]
fn the_file_name_is_the_last_segment() {
    assert_eq!(path("a/b/c.txt").file_name(), "c.txt");
    assert_eq!(path("c.txt").file_name(), "c.txt");
}

/// Which names are the same; the container is held to it too.
const SAME_FILE: &str = include_str!("../../../../worker/qgis/tests/same_file.tsv");

#[test]
fn the_table_of_names_holds() {
    for line in SAME_FILE.lines().filter(|line| !line.starts_with('#')) {
        let [one, other, verdict] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        let read = |text: &str| path(&serde_json::from_str::<String>(&format!("\"{text}\"")).unwrap());
        let (one, other) = (read(one), read(other));
        let resource: ResourceId = id(1);
        assert_eq!(one.is_same_file(&other), verdict == "same", "{line}");
        assert_eq!(FileId::of(resource, &one) == FileId::of(resource, &other), verdict == "same", "{line}");
        let is_below = |one: &FilePath, other: &FilePath| other.folded().starts_with(&format!("{}/", one.folded()));
        let takes_its_place = one.folded() == other.folded() || is_below(&one, &other) || is_below(&other, &one);
        assert_eq!(takes_its_place, verdict != "apart", "{line}");
    }
}

#[test]
fn what_belongs_to_the_project_file_is_told_in_any_spelling() {
    let project_file = path("B\u{e4}ume.qgz");
    for name in ["ba\u{308}ume.qml", "B\u{c4}UME.QGD", "data/b\u{e4}ume_Attachments.ZIP", "other.QGS"] {
        assert!(path(name).is_restricted(Some(&project_file)), "{name}");
    }
    assert!(!path("baeume.qml").is_restricted(Some(&project_file)));
}

#[test]
fn the_same_path_in_two_resources_is_two_streams() {
    assert_ne!(FileId::of(id(1), &path("a")), FileId::of(id(2), &path("a")));
}

#[test]
fn what_was_recorded_is_read_even_if_it_would_be_refused_today() {
    let found: FilePath = serde_json::from_str(r#""CON""#).unwrap();
    assert_eq!(found.as_str(), "CON");
}

proptest! {
    #[test]
    fn whatever_is_sent_is_taken_unchanged_or_refused(text in any::<String>()) {
        if let Ok(path) = FilePath::try_new(&text) {
            prop_assert_eq!(path.as_str(), &text);
        }
    }

    #[test]
    fn no_path_leaves_its_folder(text in "[a./\\\\ ]{1,12}") {
        if let Ok(path) = FilePath::try_new(&text) {
            let joined = std::path::Path::new(path.as_str());
            let all_normal = joined.components().all(|c| matches!(c, std::path::Component::Normal(_)));
            prop_assert!(all_normal, "{text:?}");
        }
    }

    #[test]
    fn how_accents_are_written_does_not_matter(text in "[\\p{Latin}\\p{Greek}]{1,20}") {
        let (composed, apart) = (text.nfc().collect::<String>(), text.nfd().collect::<String>());
        if let (Ok(one), Ok(other)) = (FilePath::try_new(&composed), FilePath::try_new(&apart)) {
            prop_assert_eq!(one.key(), other.key());
        }
    }

    #[test]
    fn case_does_not_matter(text in "[a-zA-Zäöüéñçøåœ]{1,20}") {
        if let (Ok(one), Ok(other)) = (FilePath::try_new(&text), FilePath::try_new(&text.to_uppercase())) {
            prop_assert_eq!(one.key(), other.key());
        }
    }

    #[test]
    fn what_is_the_same_file_takes_the_same_place(text in "\\PC{1,30}") {
        if let Ok(path) = FilePath::try_new(&text)
            && let Ok(key) = FilePath::try_new(&path.key())
        {
            prop_assert_eq!(path.folded(), key.folded());
        }
    }

    #[test]
    fn a_key_is_its_own_key(text in "\\PC{1,30}") {
        if let Ok(path) = FilePath::try_new(&text)
            && let Ok(again) = FilePath::try_new(&path.key())
        {
            prop_assert_eq!(again.key(), path.key());
        }
    }
}
