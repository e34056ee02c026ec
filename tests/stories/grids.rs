//! `fieldlog grids`: transformation grids come from a server or from files, whole and right or not at all.

use serde_json::{Value, json};

use crate::support::fieldlog::{Fieldlog, said};
use crate::support::grid_server::{Asked, GridServer, square, tiff};

fn asked(name: &str, range: Option<&str>) -> Asked {
    Asked { name: name.to_owned(), range: range.map(ToOwned::to_owned) }
}

/// Names of everything in the folder of grids.
fn there(fieldlog: &Fieldlog) -> Vec<String> {
    let entries = std::fs::read_dir(fieldlog.data().join("grids")).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != ".files.geojson");
    names.sort();
    names
}

fn bytes(fieldlog: &Fieldlog, name: &str) -> Vec<u8> {
    std::fs::read(fieldlog.data().join("grids").join(name)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn grids_are_fetched_by_name_by_area_or_all_and_none_twice() {
    let (fieldlog, server) = (Fieldlog::new(), GridServer::start().await);
    let [alps, fiji, world] = ["alps.tif", "fiji.tif", "world.tif"].map(|name| tiff(name, 10_000));
    server.has("alps.tif", &alps, square(8.0, 46.0));
    server.has("fiji.tif", &fiji, square(178.0, -18.0));
    server.has("world.tif", &world, json!(null));
    let fetch = async |which: &[&str]| fieldlog.say([&["grids", "fetch", "--from", &server.url], which].concat()).await;

    let text = fetch(&["fiji.tif"]).await;
    assert!(text.contains("1 grids, 10.0 kB") && text.contains("fetched"), "{text}");
    assert_eq!((there(&fieldlog), server.asked()), (vec!["fiji.tif".to_owned()], vec![asked("fiji.tif", None)]));
    assert_eq!(bytes(&fieldlog, "fiji.tif"), fiji);

    let text = fetch(&["--area", "8.2,46.2,8.3,46.3"]).await;
    assert!(text.contains("2 grids") && text.contains("alps.tif") && text.contains("world.tif"), "{text}");
    assert_eq!(server.asked(), [asked("alps.tif", None), asked("world.tif", None)]);

    let text = fetch(&["--all"]).await;
    assert_eq!(text.matches("is there already").count(), 3, "{text}");
    assert_eq!((server.asked(), there(&fieldlog).len()), (vec![], 3));

    std::fs::write(fieldlog.data().join("grids/alps.tif"), "damaged").unwrap();
    let listed = fieldlog.say(["grids", "list", "--json"]).await;
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let standings: Vec<_> = listed.iter().map(|grid| (&grid["name"], &grid["index"], &grid["kind"])).collect();
    let tif = json!("GeoTIFF");
    assert_eq!(standings[0], (&json!("alps.tif"), &json!("differs"), &json!(null)));
    assert_eq!(standings[1], (&json!("fiji.tif"), &json!("known"), &tif));
    let text = fetch(&["alps.tif"]).await;
    assert!(text.contains("another file was in its place"), "{text}");
    assert_eq!(bytes(&fieldlog, "alps.tif"), alps);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_breaks_off_goes_on_where_it_was_also_in_the_next_command() {
    let (fieldlog, server) = (Fieldlog::new(), GridServer::start().await);
    let large = tiff("large.tif", 300_000);
    server.has("large.tif", &large, json!(null));
    let fetch = || fieldlog.run(["grids", "fetch", "large.tif", "--from", &server.url]);

    server.breaks_off("large.tif", [100_000, 50_000]);
    let output = fetch().await;
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(bytes(&fieldlog, "large.tif"), large);
    let ranges = [None, Some("bytes=100000-"), Some("bytes=150000-")].map(|range| asked("large.tif", range));
    assert_eq!(server.asked(), ranges);

    std::fs::remove_file(fieldlog.data().join("grids/large.tif")).unwrap();
    server.breaks_off("large.tif", [50_000, 0, 0, 0, 0]);
    let output = fetch().await;
    assert!(!output.status.success() && said(&output).contains("byte 50000 of 300000"), "{}", said(&output));
    assert_eq!(there(&fieldlog), [".large.tif.part"], "nothing has its name before it is whole");
    assert_eq!(server.asked().len(), 5);
    let output = fetch().await;
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!((bytes(&fieldlog, "large.tif"), there(&fieldlog)), (large, vec!["large.tif".to_owned()]));
    assert_eq!(server.asked(), [asked("large.tif", Some("bytes=50000-"))], "what was there was not fetched again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_of_something_else_is_begun_anew() {
    let (fieldlog, server) = (Fieldlog::new(), GridServer::start().await);
    let alps = tiff("alps.tif", 50_000);
    server.has("alps.tif", &alps, json!(null));
    let part = fieldlog.data().join("grids/.alps.tif.part");
    for begun in [vec![b'x'; 20_000], vec![b'x'; 50_000], vec![b'x'; 60_000]] {
        std::fs::create_dir_all(part.parent().unwrap()).unwrap();
        std::fs::write(&part, begun).unwrap();
        fieldlog.say(["grids", "fetch", "--all", "--from", &server.url]).await;
        assert_eq!((bytes(&fieldlog, "alps.tif"), there(&fieldlog)), (alps.clone(), vec!["alps.tif".to_owned()]));
        std::fs::remove_file(fieldlog.data().join("grids/alps.tif")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_the_index_says_is_never_there() {
    let (fieldlog, server) = (Fieldlog::new(), GridServer::start().await);
    server.has("right.tif", &tiff("right.tif", 5_000), json!(null));
    for (name, other) in [("other.tif", 5_000), ("longer.tif", 6_000), ("shorter.tif", 4_000)] {
        server.has(name, &tiff("x", other), json!(null));
        server.says(name, &tiff(name, 5_000), json!(null));
    }
    server.says("missing.tif", b"x", json!(null));
    let output = fieldlog.run(["grids", "fetch", "--all", "--from", &server.url]).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for expected in [
        "other.tif: expected the SHA-256 ",
        "longer.tif: expected 5000 bytes, as in the index, found more",
        "shorter.tif: it broke off at byte 4000 of 5000",
        "missing.tif: expected http://",
        "found 404",
        "4 grids could not be fetched",
    ] {
        assert!(text.contains(expected), "expected {expected:?}, found: {text}");
    }
    let whole: Vec<_> = there(&fieldlog).into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(whole, ["right.tif"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_leads_elsewhere_is_not_believed_and_nothing_is_written() {
    let (fieldlog, server) = (Fieldlog::new(), GridServer::start().await);
    server.has("good.tif", &tiff("good.tif", 1_000), json!(null));
    server.says("../escaped.tif", b"x", json!(null));
    let output = fieldlog.run(["grids", "fetch", "good.tif", "--from", &server.url]).await;
    let text = said(&output);
    assert!(!output.status.success() && text.contains("expected the name of a file"), "{text}");
    assert!(text.contains("../escaped.tif") && text.contains(&server.url), "{text}");
    assert_eq!((server.asked(), fieldlog.data().exists()), (vec![], false));
    let output = fieldlog.run(["grids", "fetch", "../good.tif", "--from", &server.url]).await;
    assert!(!output.status.success() && said(&output).contains("../good.tif"), "{}", said(&output));
    let output = fieldlog.run(["grids", "fetch", "bad.tif", "--from", "http://127.0.0.1:1/proj"]).await;
    assert!(!output.status.success() && said(&output).contains("cannot fetch http://127.0.0.1:1/proj/files.geojson"));
    let output = fieldlog.run(["grids", "fetch", "--from", &server.url]).await;
    assert!(!output.status.success() && said(&output).contains("--area"), "{}", said(&output));
    let output = fieldlog.run(["grids", "fetch", "--area", "1,2,3", "--from", &server.url]).await;
    assert!(!output.status.success() && said(&output).contains("west,south,east,north"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn grids_are_imported_from_files_and_folders_and_replace_nothing_unasked() {
    let fieldlog = Fieldlog::new().with("FIELDLOG_GRIDS", "elsewhere/grids");
    let grids = fieldlog.path("elsewhere/grids");
    let folder = fieldlog.path("from");
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    std::fs::write(folder.join("alps.tif"), tiff("alps.tif", 1_000)).unwrap();
    std::fs::write(folder.join("deeper/bern.gsb"), b"NUM_OREC\x0b\0\0\0\0\0\0\0NUM_SREC\x01\0\0\0").unwrap();
    std::fs::write(folder.join("readme.txt"), "read me").unwrap();
    std::fs::write(fieldlog.path("page.tif"), "<html>").unwrap();

    let text = fieldlog.say(["grids", "import", "from"]).await;
    assert_eq!(text.matches("imported").count(), 2, "{text}");
    assert!(text.contains("NTv2") && text.contains("passed over 1 files"), "{text}");
    let text = fieldlog.say(["grids", "import", "from/alps.tif"]).await;
    assert!(text.contains("is there already"), "{text}");

    std::fs::write(folder.join("alps.tif"), tiff("other", 1_000)).unwrap();
    let output = fieldlog.run(["grids", "import", "from"]).await;
    assert!(!output.status.success() && said(&output).contains("--force"), "{}", said(&output));
    assert_eq!(std::fs::read(grids.join("alps.tif")).unwrap(), tiff("alps.tif", 1_000));
    fieldlog.say(["grids", "import", "from", "--force"]).await;
    assert_eq!(std::fs::read(grids.join("alps.tif")).unwrap(), tiff("other", 1_000));

    for (wrong, why) in [("page.tif", "expected a transformation grid"), ("nowhere.tif", "cannot read nowhere.tif")] {
        let output = fieldlog.run(["grids", "import", wrong]).await;
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
    }
    let text = fieldlog.say(["grids", "list"]).await;
    assert!(
        text.contains("alps.tif") && text.contains("2 grids") && text.contains("no index was fetched yet"),
        "{text}"
    );
    let mut names: Vec<_> = std::fs::read_dir(&grids).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["alps.tif", "bern.gsb"], "nothing else was left");
    assert!(!fieldlog.data().exists(), "and nothing elsewhere");
}
