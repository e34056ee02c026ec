//! What the read model takes to answer, without HTTP or GraphQL around it.
#![allow(clippy::unwrap_used, missing_docs)]

mod seed;
mod support;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use fieldlog_projections::{ListResources, Page, Scope, View};
use seed::Seed;
use support::{cloud, disk};

fn questions(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for seed in [Seed::SMALL, Seed::MILLION] {
        let data = disk::scratch("questions");
        let app = runtime.block_on(async {
            disk::copy(&seed.folder().await, data.path());
            cloud::open(data.path()).await
        });
        ask(criterion, seed, &app.view());
        runtime.block_on(app.model().shutdown());
    }
}

fn ask(criterion: &mut Criterion, seed: Seed, view: &View) {
    let mut group = criterion.benchmark_group("questions");
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    let id = |question: &str| BenchmarkId::new(question, seed.projects);
    let mut step = 0;
    let mut next = move || {
        step = (step + 7_919) % seed.projects;
        seed.project(step)
    };
    group.bench_function(id("resource by id"), |bencher| {
        bencher.iter(|| black_box(view.resource(next()).unwrap().unwrap()));
    });
    group.bench_function(id("role of a collaborator"), |bencher| {
        bencher.iter(|| black_box(view.role_of(seed.project(8), Some(seed.surveyor())).unwrap().unwrap()));
    });
    group.bench_function(id("50 of N accessible"), |bencher| {
        bencher.iter(|| {
            let list = ListResources {
                scope: Scope::AccessibleTo(seed.surveyor()),
                owner: None,
                kind: None,
                include_retired: false,
                page: Page::first(50),
            };
            let listed = view.list_resources(list).unwrap();
            assert_eq!(listed.rows.len(), 50);
            black_box(listed)
        });
    });
    group.finish();
}

criterion_group!(benches, questions);
criterion_main!(benches);
