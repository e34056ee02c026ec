//! What came together, by how it came.

use chrono::TimeDelta;
use fieldlog_domain::FileId;
use fieldlog_domain::file::{By, Held, Sittings, Step};

use crate::build::{ana, at, bob, digest, id};

fn file(name: &str) -> FileId {
    id(name.bytes().fold(0, |sum, byte| sum * 256 + u128::from(byte)))
}

/// Reads `minute who file=content`, separated by semicolons; content `-` is none. People are `ana` and `bob`, jobs `job1`,
/// commands that restore `back1`; `so` is what another change entailed.
fn sittings(told: &str) -> Sittings {
    let steps = told.split(';').enumerate().map(|(number, step)| {
        let words: Vec<_> = step.split_whitespace().collect();
        let (name, content) = words[2].split_once('=').unwrap();
        let by = match words[1] {
            "ana" => By::Person(Some(ana())),
            "bob" => By::Person(Some(bob())),
            "so" => By::Following,
            other if other.starts_with("job") => By::Job(id(other.bytes().map(u128::from).sum())),
            other => By::Restoring(id(other.bytes().map(u128::from).sum())),
        };
        let held = (content != "-").then(|| Held { version: id(number as u128 + 1), digest: digest(content) });
        let minute = words[0].parse::<i64>().unwrap();
        Step { file: file(name), at: at(0) + TimeDelta::minutes(minute), by, held }
    });
    Sittings::of(steps)
}

#[test]
fn a_log_is_left_over_when_its_database_came_in_a_later_sitting() {
    #[rustfmt::skip]
    let table = [
        // As every client uploads that goes by the alphabet.
        ("0 ana db=1; 0 ana shm=1; 0 ana wal=1", false),
        ("0 ana db=1; 0 ana wal=1; 0 ana db=2", true),
        ("0 ana db=1; 0 ana wal=1; 600 ana db=2", true),
        ("0 ana db=1; 0 ana wal=1; 0 ana db=2; 0 ana wal=2", false),
        // The log goes on while the database stays as it is.
        ("0 ana db=1; 0 ana wal=1; 600 ana wal=2", false),
        ("0 ana db=1; 600 ana wal=1", false),
        // The other way round.
        ("0 ana wal=1; 3 ana db=1", false),
        ("0 ana db=1; 600 ana wal=2; 603 ana db=2", false),
        ("0 ana db=1; 600 ana wal=2; 700 ana db=2", true),
        ("0 ana db=1; 600 ana wal=2; 603 bob db=2", true),
        // A program keeps to its order: this one sends the database first, so the log was sent alone.
        ("0 ana db=1; 0 ana wal=1; 600 ana wal=2; 603 ana db=2", true),
        ("0 ana wal=1; 0 ana db=1; 600 ana wal=2; 603 ana db=2", false),
        // The same bytes again change nothing.
        ("0 ana db=1; 0 ana wal=1; 600 ana db=1", false),
        ("0 ana db=1; 0 ana wal=1; 600 ana wal=1; 601 ana db=2", true),
        // A job took the log in, or knew of none.
        ("0 ana db=1; 0 ana wal=1; 9 job1 db=2", true),
        ("0 job1 db=1; 0 job1 wal=1", false),
        ("0 job1 db=1; 9 job2 db=2", false),
        // Restored together.
        ("0 ana db=1; 0 ana wal=1; 9 ana db=2; 9 so wal=-; 20 back1 db=1; 20 back1 wal=1", false),
    ];
    for (told, expected) in table {
        assert_eq!(sittings(told).is_left_over(file("wal"), file("db")), expected, "{told}");
    }
}

#[test]
fn a_log_that_comes_by_itself_to_what_no_person_brought_is_told_apart() {
    for (told, expected) in [
        ("0 ana db=1; 9 job1 db=2; 9 ana wal=1", true),
        ("0 ana db=1; 9 ana db=2; 20 back1 db=1; 30 ana wal=1", true),
        ("0 job1 db=1; 0 job1 wal=1", false),
        ("0 ana db=1; 9 ana wal=1", false),
        ("9 job1 db=2; 9 ana wal=1; 9 so wal=-", false),
    ] {
        assert_eq!(sittings(told).came_by_itself(file("wal"), file("db")), expected, "{told}");
    }
}

#[test]
fn a_log_that_was_set_aside_before_its_database_came_is_found_again() {
    for (told, expected) in [
        ("0 job1 db=1; 9 ana wal=1; 9 so wal=-; 9 ana db=2", Some("1")),
        ("0 job1 db=1; 9 ana wal=1; 9 so wal=-; 90 ana db=2", None),
        ("0 job1 db=1; 9 ana wal=1; 9 ana wal=-; 9 ana db=2", None),
        ("0 ana db=1; 0 ana wal=1; 0 ana db=2; 0 so wal=-", None),
    ] {
        let found = sittings(told).came_too_early(file("wal"), file("db")).map(|held| held.digest);
        assert_eq!(found, expected.map(digest), "{told}");
    }
}

#[test]
fn the_others_are_as_they_were_at_the_end_of_a_version_s_time() {
    #[rustfmt::skip]
    let table = [
        // (what happened, the file and the number of the step whose version is asked for, what the others held)
        ("0 ana dbf=1; 0 ana shp=1; 0 ana shx=1; 1 ana dbf=2; 1 ana shp=2; 1 ana shx=2", ("shp", 2), vec![("dbf", "1"), ("shx", "1")]),
        ("0 ana dbf=1; 0 ana shp=1; 90 ana dbf=2; 200 ana dbf=3; 200 ana shp=3", ("shp", 2), vec![("dbf", "2")]),
        ("0 ana dbf=1; 0 ana shp=1; 90 ana dbf=2; 200 ana dbf=3; 200 ana shp=3", ("dbf", 1), vec![("shp", "1")]),
        ("0 ana db=1; 0 ana wal=1; 9 job1 db=2; 9 so wal=-", ("db", 1), vec![("wal", "1")]),
        ("0 ana db=1; 0 ana wal=1; 60 ana wal=2; 90 ana db=2; 90 so wal=-", ("db", 1), vec![("wal", "2")]),
        ("0 ana db=1; 90 ana wal=2; 91 ana db=2; 200 ana db=3; 200 so wal=-", ("db", 3), vec![("wal", "2")]),
        ("0 ana db=1; 90 ana db=2; 90 ana wal=2", ("db", 1), vec![]),
        ("0 ana db=1; 0 ana wal=1", ("db", 1), vec![("wal", "1")]),
    ];
    for (told, (name, step), expected) in table {
        let all = sittings(told);
        let sitting = all.last_with(file(name), id(step)).unwrap();
        let mut held = all.at_the_end_of(sitting);
        held.remove(&file(name));
        let expected = expected.into_iter().map(|(other, content)| (file(other), digest(content))).collect::<Vec<_>>();
        assert_eq!(held.into_iter().map(|(other, held)| (other, held.digest)).collect::<Vec<_>>(), expected, "{told}");
    }
}
