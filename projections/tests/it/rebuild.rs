//! What holds for every projection: events delivered twice make the rows of events delivered once, and a rebuild makes the
//! rows of the live model.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fieldlog_projections::{
    Follower, ListResources, PROJECTIONS, Page, ReadModel, ReadModelError, ReadModelOptions, Scope, rebuild_beside,
};
use proptest::prelude::*;

use crate::simulation::{Step, append_all};
use crate::world::{PATIENCE, World, assert_same, current, dump, histories, long_history, quick, simulate};
use crate::wrapped::{Twist, Wrapped};

/// The one helper: follows a history, once and with repetitions, then rebuilds everything and each projection.
async fn every_projection_is_a_pure_fold(steps: &[Step]) {
    let world = World::new();
    let model = world.model().await;
    let other = world.dir.path().join("repeated");
    let stutters = Wrapped::twisted(&world.log, Twist::Repeats(7));
    let repeated = ReadModel::start(&other, stutters, quick()).await.unwrap();
    for some in simulate(steps).chunks(97) {
        append_all(&world.log, some.to_vec()).await;
    }
    world.caught_up(&model).await;
    world.caught_up(&repeated).await;
    repeated.shutdown().await;
    let live = dump(&current(&world.models()));
    assert_same("delivered twice", &live, &dump(&current(&other)));

    let report = model.rebuild(None).await.unwrap();
    assert_eq!(report.events, world.log.head().await.unwrap().0);
    assert_eq!(current(&world.models()), report.path);
    assert_same("rebuilt", &live, &dump(&report.path));
    for projection in PROJECTIONS {
        let report = model.rebuild(Some(projection.name())).await.unwrap();
        assert_eq!(report.projections, [projection.name()]);
        assert_same(projection.name(), &live, &dump(&report.path));
    }
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_folded_the_same_in_every_way() {
    every_projection_is_a_pure_fold(&long_history(7, 9_000)).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_history_is_folded_the_same_in_every_way(steps in histories(200)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(every_projection_is_a_pure_fold(&steps));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_does_not_exist_is_named_with_those_that_do() {
    let world = World::new();
    let model = world.model().await;
    let error = model.rebuild(Some("weather")).await.unwrap_err();
    assert!(matches!(error, ReadModelError::NoSuchProjection { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "expected one of the projections account, session, resource, permission, file, job, change_set, secret, event, found \"weather\""
    );
    model.shutdown().await;
}

fn model_files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".sqlite")).collect()
}

/// Reads without a pause until told to stop; how often it read.
fn reader(model: ReadModel, stop: Arc<AtomicBool>, expected: usize) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut reads = 0;
        while !stop.load(Ordering::Relaxed) {
            let view = model.view();
            let list = ListResources {
                scope: Scope::All,
                owner: None,
                kind: None,
                include_retired: true,
                page: Page::first(1_000),
            };
            assert_eq!(view.list_resources(list).unwrap().rows.len(), expected);
            reads += 1;
        }
        reads
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_never_notice_a_switch_and_the_file_before_is_removed() {
    let (world, _) = World::with(&long_history(3, 1_500)).await;
    let model = world.model().await;
    let all = || ListResources {
        scope: Scope::All,
        owner: None,
        kind: None,
        include_retired: true,
        page: Page::first(1_000),
    };
    let expected = model.view().list_resources(all()).unwrap().rows.len();
    assert!(expected > 20);
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3).map(|_| reader(model.clone(), Arc::clone(&stop), expected)).collect();
    let kept = model.view();
    let before = current(&world.models());
    let at = model.position();
    for projection in [None, Some("resource"), None] {
        model.rebuild(projection).await.unwrap();
        assert!(model.position() >= at);
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
    assert_eq!(kept.list_resources(all()).unwrap().rows.len(), expected, "a view keeps its file");
    drop(kept);
    assert!(!before.exists());
    assert_eq!(model_files(&world.models()), [current(&world.models()).file_name().unwrap().to_str().unwrap()]);
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_model_switches_to_what_another_process_built() {
    let (world, _) = World::with(&long_history(4, 600)).await;
    let model = world.model().await;
    let live = dump(&current(&world.models()));
    let report = rebuild_beside(&world.models(), Arc::clone(&world.log), None).await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !format!("{:?}", model.view()).contains(report.path.to_str().unwrap()) {
        assert!(tokio::time::Instant::now() < deadline, "it never switched");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_same("built beside", &live, &dump(&report.path));
    let more = simulate(&long_history(5, 60)).into_iter().filter(|it| it.expected == 0).take(3).collect::<Vec<_>>();
    for mut it in more {
        it.stream.id = uuid::Uuid::new_v4().to_string();
        it.events.iter_mut().for_each(|event| event.event_id = uuid::Uuid::new_v4().into());
        append_all(&world.log, vec![it]).await;
    }
    world.caught_up(&model).await;
    assert_eq!(model.health().follower, Follower::Following);
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_without_a_running_model_is_what_the_next_one_opens() {
    let (world, _) = World::with(&long_history(6, 300)).await;
    let nothing = rebuild_beside(&world.models(), Arc::clone(&world.log), Some("file")).await;
    assert!(matches!(nothing, Err(ReadModelError::NothingToRebuild(_))));
    let built = rebuild_beside(&world.models(), Arc::clone(&world.log), None).await.unwrap();
    let refolded = rebuild_beside(&world.models(), Arc::clone(&world.log), Some("file")).await.unwrap();
    assert_ne!(built.path, refolded.path);
    let model = world.model().await;
    assert_eq!(current(&world.models()), refolded.path);
    assert!(!built.path.exists(), "outdated files go at the next start");
    model.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_a_new_folder_begins_with_what_another_one_has() {
    let (world, mut earlier) = (World::new(), simulate(&long_history(5, 600)));
    let later = earlier.split_off(earlier.len() / 2);
    append_all(&world.log, earlier).await;
    let model = world.model().await;
    world.caught_up(&model).await;
    // Nothing in the log says so: whoever has it copied it.
    let marked = rusqlite::Connection::open(current(&world.models())).unwrap();
    marked.execute("UPDATE resource SET description = 'copied'", []).unwrap();
    let copied = world.dir.path().join("copied");
    let options = || ReadModelOptions { copy_of: Some(world.models()), ..quick() };
    let other = ReadModel::start(&copied, Arc::clone(&world.log), options()).await.unwrap();
    assert_eq!(other.position(), model.position());
    let description = |folder: &Path| {
        let file = rusqlite::Connection::open(current(folder)).unwrap();
        file.query_row("SELECT DISTINCT description FROM resource", [], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(description(&copied), "copied");
    append_all(&world.log, later).await;
    world.caught_up(&other).await;
    other.shutdown().await;
    model.shutdown().await;

    // Where there is none, of another log or no folder at all, the log is read from its start.
    let elsewhere = World::new();
    for folder in [world.models(), world.dir.path().join("nowhere")] {
        let own = tempfile::tempdir().unwrap();
        let options = ReadModelOptions { copy_of: Some(folder.clone()), ..quick() };
        let model = ReadModel::start(own.path(), Arc::clone(&elsewhere.log), options).await.unwrap();
        elsewhere.caught_up(&model).await;
        model.shutdown().await;
        assert_eq!(folder.exists(), folder == world.models(), "nothing is made there");
    }
}
