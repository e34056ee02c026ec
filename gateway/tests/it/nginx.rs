//! Downloads that nginx sends must be the same as those that the server sends itself. nginx runs with the configuration in
//! `docs/nginx`.

mod ceph;
mod proxy;

use fieldlog_domain::Sha256Digest;
use fieldlog_gateway::{Downloads, GatewayOptions, Network};
use fieldlog_storage::{StorageOptions, StorageUrl};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};

use ceph::Ceph;
use proxy::Nginx;

use crate::avatars;
use crate::server::{Person, Server, problem, text};

const BIG: usize = 50 << 20;
/// What a client can tell answers apart by; the request's id differs from one to the next.
const HEADERS: [&str; 14] = [
    "content-type",
    "content-length",
    "content-range",
    "content-disposition",
    "content-encoding",
    "etag",
    "last-modified",
    "accept-ranges",
    "cache-control",
    "location",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "content-security-policy",
];

fn accelerated(options: &mut GatewayOptions) {
    options.downloads = Downloads::Accel;
    options.trusted_proxies = vec![loopback()];
}

fn loopback() -> Network {
    "127.0.0.0/8".parse().unwrap()
}

fn big() -> Vec<u8> {
    (0..BIG as u64 / 8).flat_map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()).collect()
}

/// A project with files of all kinds.
struct Project {
    id: String,
    ana: Person,
}

impl Project {
    async fn fill(server: &Server) -> Self {
        let ana = server.person("ana").await;
        let id = server.project(&ana, "bees").await;
        for path in PATHS.into_iter().filter(|path| *path != "empty.bin") {
            server.upload(&ana, &id, path, "0123456789").await;
        }
        server.upload(&ana, &id, "empty.bin", "").await;
        server.upload(&ana, &id, "big.tif", big()).await;
        Self { id, ana }
    }

    /// The same file through both APIs.
    fn urls(&self, path: &str) -> [String; 2] {
        [format!("/files/{}/{path}", self.id), format!("/api/v1/files/{}/{path}/", self.id)]
    }
}

/// As they stand in URLs.
const PATHS: [&str; 8] = [
    "plain.txt",
    "empty.bin",
    "DCIM/a%20b%20c.jpg",
    "100%25.txt",
    "50%2520.txt",
    "B%C3%A4ume%20%E6%A8%B9.gpkg",
    "it's%20'quoted'%20%26%20more%2B%3B%3D%23.txt",
    "%2e%2e.blobs",
];

/// Headers of one request; `{etag}` and `{modified}` are those of the file.
const ASKED: [&[(&str, &str)]; 30] = [
    &[],
    &[("accept-encoding", "gzip, deflate, br")],
    &[("range", "bytes=2-4")],
    &[("range", "bytes=8-")],
    &[("range", "bytes=0-")],
    &[("range", "bytes=0-0")],
    &[("range", "bytes=9-9")],
    &[("range", "bytes=-3")],
    &[("range", "bytes=5-99")],
    &[("range", "bytes=10-")],
    &[("range", "bytes=5-2")],
    &[("range", "bytes=0-1,3-4")],
    &[("range", "Bytes=2-4")],
    &[("range", "bytes=+2-4")],
    &[("range", "lines=1-2")],
    &[("range", "bytes=99999999999999999999999-")],
    &[("if-none-match", "{etag}")],
    &[("if-none-match", "W/{etag}")],
    &[("if-none-match", "\"other\"")],
    &[("if-none-match", "*")],
    &[("if-none-match", "\"other\""), ("range", "bytes=2-4")],
    &[("if-match", "{etag}")],
    &[("if-match", "\"other\"")],
    &[("if-modified-since", "{modified}")],
    &[("if-modified-since", "Fri, 21 Aug 2020 09:15:02 GMT")],
    &[("if-unmodified-since", "{modified}")],
    &[("if-unmodified-since", "Fri, 21 Aug 2020 09:15:02 GMT")],
    &[("if-range", "{etag}"), ("range", "bytes=2-4")],
    &[("if-range", "{modified}"), ("range", "bytes=2-4")],
    &[("if-range", "\"other\""), ("range", "bytes=2-4")],
];

/// What a client sees of an answer.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<(&'static str, Option<String>)>,
    body: Vec<u8>,
}

impl Seen {
    async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let value = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let headers = HEADERS.map(|name| (name, value(name))).to_vec();
        assert!(response.headers().contains_key("x-request-id"));
        assert_no_trace(response.headers());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }
}

/// How the bytes came is nobody's business, and no header comes twice.
fn assert_no_trace(headers: &HeaderMap) {
    for name in headers.keys() {
        assert!(!name.as_str().starts_with("x-accel") && !name.as_str().starts_with("x-amz"), "{name}");
        assert!(headers.get_all(name).iter().count() == 1, "{name} comes twice in {headers:?}");
    }
}

async fn assert_same(server: &Server, nginx: &Nginx, who: &Person, url: &str) {
    let known = server.get(url).bearer_auth(&who.token).send().await.unwrap();
    let fact = |name: &str| known.headers()[name].to_str().unwrap().to_owned();
    let (etag, modified) = (fact("etag"), fact("last-modified"));
    for method in [Method::GET, Method::HEAD] {
        for asked in ASKED {
            let ask = |base: &str| -> RequestBuilder {
                let request = server.client.request(method.clone(), format!("{base}{url}")).bearer_auth(&who.token);
                asked.iter().fold(request, |request, (name, value)| {
                    request.header(*name, value.replace("{etag}", &etag).replace("{modified}", &modified))
                })
            };
            let direct = Seen::of(ask(&server.url).send().await.unwrap()).await;
            let behind = Seen::of(ask(&nginx.url).send().await.unwrap()).await;
            assert!(direct.status < 500, "{method} {url} {asked:?}: {direct:?}");
            assert_eq!(direct, behind, "{method} {url} {asked:?}");
        }
    }
}

/// The big file, whole and in part, with its SHA-256 rather than its bytes in messages.
async fn assert_big(nginx: &Nginx, server: &Server, project: &Project) {
    let expected = big();
    for url in project.urls("big.tif") {
        let get = |range: Option<&str>| {
            let request = server.client.get(format!("{}{url}", nginx.url)).bearer_auth(&project.ana.token);
            range.into_iter().fold(request, |request, range| request.header("range", range))
        };
        let whole = get(None).send().await.unwrap();
        assert_eq!(whole.headers()["content-length"], BIG.to_string().as_str());
        assert!(whole.headers()["etag"].to_str().unwrap().ends_with("-7\""), "{:?}", whole.headers());
        assert_eq!(Sha256Digest::of(&whole.bytes().await.unwrap()), Sha256Digest::of(&expected), "{url}");
        let part = get(Some("bytes=30000000-")).send().await.unwrap();
        assert_eq!(part.status(), 206);
        assert_eq!(part.headers()["content-range"], format!("bytes 30000000-{}/{BIG}", BIG - 1).as_str());
        assert_eq!(Sha256Digest::of(&part.bytes().await.unwrap()), Sha256Digest::of(&expected[30_000_000..]), "{url}");
    }
}

/// Everything that is the same whatever the storage.
async fn assert_everything(server: &Server, nginx: &Nginx) {
    let project = Project::fill(server).await;
    for path in PATHS {
        for url in project.urls(path) {
            assert_same(server, nginx, &project.ana, &url).await;
        }
    }
    assert_same(server, nginx, &project.ana, &avatars::set(server, &project.ana).await).await;
    assert_big(nginx, server, &project).await;
    let plain = project.urls("plain.txt");
    for url in &plain {
        assert!(nginx.sent_itself(&format!("GET {url} 200")).await, "{:?}", nginx.log());
        assert!(nginx.sent_itself(&format!("GET {url} 206")).await, "{:?}", nginx.log());
    }
    for (url, status) in [
        (project.urls("never.txt")[0].clone(), 404),
        (format!("{}?version=7", plain[0]), 400),
        (format!("{}?version={}", plain[1], uuid::Uuid::new_v4()), 404),
        ("/_blobs/00/00/00".to_owned(), 404),
        ("/_blobs/../_blobs/".to_owned(), 404),
    ] {
        let request = server.client.get(format!("{}{url}", nginx.url)).bearer_auth(&project.ana.token);
        assert_eq!(request.send().await.unwrap().status(), status, "{url}");
    }
    let nobody = server.client.get(format!("{}{}", nginx.url, plain[1])).send().await.unwrap();
    assert_eq!(problem(nobody).await.0, 401);
    assert_deleted_half_way(server, nginx, &project).await;
}

/// A file that is deleted, and its blob with it, while somebody downloads it: all of it comes, or it breaks off.
async fn assert_deleted_half_way(server: &Server, nginx: &Nginx, project: &Project) {
    let [url, _] = project.urls("big.tif");
    let get = || server.client.get(format!("{}{url}", nginx.url)).bearer_auth(&project.ana.token);
    let mut download = get().send().await.unwrap();
    let mut came = download.chunk().await.unwrap().unwrap().to_vec();
    let deleted = server.client.delete(format!("{}{url}", nginx.url)).bearer_auth(&project.ana.token);
    assert_eq!(deleted.send().await.unwrap().status(), 204);
    server.app.storage().delete(&Sha256Digest::of(&big())).await.unwrap();
    let is_whole = loop {
        match download.chunk().await {
            Ok(Some(chunk)) => came.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert!(big().starts_with(&came), "other bytes came");
    assert!(!is_whole || came.len() == BIG, "{} bytes came as if they were all", came.len());
    assert_eq!(problem(get().send().await.unwrap()).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_from_disk_are_the_same_behind_nginx() {
    let server = Server::with(|options, _| accelerated(options)).await;
    let blobs = server.dir.path().join("blobs/blobs");
    let nginx = Nginx::before(&server, &[("/var/lib/fieldlog/blobs/blobs", blobs.to_str().unwrap())]).await;
    assert_everything(&server, &nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_from_s3_are_the_same_behind_nginx_and_after_a_redirect() {
    if std::env::var_os("FIELDLOG_TEST_WITHOUT_CEPH").is_some() {
        eprintln!("SKIPPED: FIELDLOG_TEST_WITHOUT_CEPH is set, so nothing was tested on S3");
        return;
    }
    let ceph = Ceph::start();
    let storage = StorageOptions { s3: ceph.options(), spool_dir: None };
    let url = |prefix: &str| StorageUrl::S3 { bucket: "fieldlog".into(), prefix: prefix.into() };
    let server = Server::over(&url("accel"), &storage, |options, _| accelerated(options)).await;
    let nginx = Nginx::before(
        &server,
        &[
            ("    include fieldlog/blobs-on-disk.conf;", ""),
            ("# include fieldlog/blobs-on-s3.conf;", "include fieldlog/blobs-on-s3.conf;"),
            ("https://s3.example.org", &ceph.endpoint()),
        ],
    )
    .await;
    assert_everything(&server, &nginx).await;

    let server = Server::over(&url("redirect"), &storage, |options, _| options.downloads = Downloads::Redirect).await;
    assert_redirected(&server).await;
}

/// An empty answer with a URL at which the bytes are there for whoever has it, without credentials.
async fn assert_redirected(server: &Server) {
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "B%C3%A4ume.txt", "0123456789").await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for url in [format!("/files/{id}/B%C3%A4ume.txt"), format!("/api/v1/files/{id}/B%C3%A4ume.txt/")] {
        let ask = |method: Method| client.request(method, server.url(&url)).bearer_auth(&ana.token);
        let sent = ask(Method::GET).header("range", "bytes=2-4").send().await.unwrap();
        assert_eq!((sent.status().as_u16(), sent.headers()["content-length"].to_str().unwrap()), (302, "0"));
        let location = text(&sent.headers()["location"].to_str().unwrap().into());
        assert_eq!(sent.bytes().await.unwrap().len(), 0);
        let there = client.get(&location).header("range", "bytes=2-4").send().await.unwrap();
        let disposition = "attachment; filename=\"B_ume.txt\"; filename*=UTF-8''B%C3%A4ume.txt";
        assert_eq!(there.headers()["content-disposition"], disposition);
        assert_eq!((there.status().as_u16(), there.text().await.unwrap().as_str()), (206, "234"));

        let head = ask(Method::HEAD).send().await.unwrap();
        assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (200, "10"));
        let etag = head.headers()["etag"].clone();
        assert_eq!(ask(Method::GET).header("if-none-match", etag).send().await.unwrap().status(), 304);
        let beyond = ask(Method::GET).header("range", "bytes=10-").send().await.unwrap();
        assert_eq!(problem(beyond).await.1, "invalid_http_range");
        let unclear = ask(Method::GET).header("if-range", "\"other\"").send().await.unwrap();
        assert_eq!((unclear.status().as_u16(), unclear.text().await.unwrap().as_str()), (200, "0123456789"));
    }
}

#[tokio::test]
async fn whoever_does_not_come_through_a_trusted_proxy_gets_the_bytes() {
    for (trusted, forwarded, is_handed_over) in [
        (vec![loopback()], Some("203.0.113.9"), true),
        (vec![loopback()], None, false),
        (vec!["192.0.2.0/24".parse().unwrap()], Some("192.0.2.7"), false),
        (vec![], Some("127.0.0.1"), false),
    ] {
        let server = Server::with(|options, _| {
            options.downloads = Downloads::Accel;
            options.trusted_proxies = trusted;
        })
        .await;
        let ana = server.person("ana").await;
        let id = server.project(&ana, "bees").await;
        server.upload(&ana, &id, "a.txt", "0123456789").await;
        let get = server.get(&format!("/files/{id}/a.txt")).bearer_auth(&ana.token);
        // What a client may try to switch it on with.
        let get = get.header("x-accel-redirect", "/_blobs/x").header("x-sendfile-type", "X-Accel-Redirect");
        let get = forwarded.into_iter().fold(get, |get, from| get.header("x-forwarded-for", from));
        let response = get.send().await.unwrap();
        let digest = Sha256Digest::of(b"0123456789").to_hex();
        let expected = format!("/_blobs/{}/{}/{digest}", &digest[..2], &digest[2..4]);
        let place = response.headers().get("x-accel-redirect").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(place, is_handed_over.then_some(expected));
        assert_eq!(response.text().await.unwrap(), if is_handed_over { "" } else { "0123456789" });
    }
}

#[tokio::test]
async fn a_folder_that_nginx_cannot_read_is_told_as_an_error_of_the_server() {
    let server = Server::with(|options, _| accelerated(options)).await;
    let nginx = Nginx::before(&server, &[("/var/lib/fieldlog/blobs/blobs", "/nowhere")]).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    server.upload(&ana, &id, "a.txt", "0123456789").await;
    let response = server.client.get(format!("{}/files/{id}/a.txt", nginx.url)).bearer_auth(&ana.token);
    let response = response.send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["content-type"], "application/json");
    let (status, code, _) = problem(response).await;
    assert_eq!((status, code.as_str()), (503, "unavailable"));
}

#[tokio::test]
async fn an_upload_goes_through_nginx_as_large_as_it_is() {
    let server = Server::with(|options, _| accelerated(options)).await;
    let nginx = Nginx::before(&server, &[]).await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let put = server.client.put(format!("{}/files/{id}/big.tif", nginx.url)).bearer_auth(&ana.token).body(big());
    let made: serde_json::Value = put.send().await.unwrap().json().await.unwrap();
    assert_eq!(text(&made["sha256"]), Sha256Digest::of(&big()).to_hex());
}
