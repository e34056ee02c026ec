//! The same promises on a real S3 server, and what only a network can do to us.
//!
//! One test, because one server takes a while to start; its cases are named as they run.

mod faults;
mod killed;
mod outage;
mod refusals;
mod urls;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ceph::Ceph;
use crate::conformance;
use crate::places::Place;

type Case = (&'static str, for<'a> fn(&'a Ceph) -> BoxFuture<'a, ()>);

macro_rules! cases {
    ($($module:ident :: $name:ident),* $(,)?) => { &[$((concat!(stringify!($module), ", ", stringify!($name)), |ceph| $module::$name(ceph).boxed())),*] };
}

const CASES: &[Case] = cases!(
    urls::a_presigned_url_gives_the_blob_to_anyone,
    urls::a_changed_or_expired_url_gives_nothing,
    refusals::wrong_keys_and_missing_buckets_are_refused_not_retried,
    faults::a_connection_cut_once_in_the_middle_of_a_put_is_made_up_for,
    faults::connections_cut_always_in_the_middle_of_a_put_leave_nothing,
    faults::a_download_goes_on_where_it_was_cut,
    faults::a_download_that_cannot_go_on_ends_with_an_error,
    faults::a_slow_network_is_only_slow,
    faults::a_full_spool_folder_is_told,
    faults::a_silent_server_is_given_up_in_bounded_time,
    killed::an_upload_killed_half_way_is_invisible_and_swept,
    outage::a_server_that_was_gone_for_a_while_is_used_again,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_holds_on_a_real_s3_server() {
    if std::env::var_os("FIELDLOG_TEST_WITHOUT_CEPH").is_some() {
        eprintln!("SKIPPED: FIELDLOG_TEST_WITHOUT_CEPH is set, so nothing was tested on S3");
        return;
    }
    let ceph = Ceph::start();
    for (name, case) in conformance::CASES {
        eprintln!("s3: {name}");
        case(Place::s3(&ceph)).await;
    }
    for (name, case) in CASES {
        eprintln!("s3: {name}");
        case(&ceph).await;
    }
}
