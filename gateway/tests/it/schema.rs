//! The schema's text is committed; a change of it is seen in review. `BLESS=1` writes it.

use fieldlog_gateway::graphql::schema::sdl;

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == sdl(), "{path} is stale; write it anew with BLESS=1 and read the difference");
}

#[tokio::test]
async fn clients_can_fetch_the_schema() {
    let server = crate::server::Server::start().await;
    let served = server.get("/graphql/schema").send().await.unwrap().text().await.unwrap();
    assert_eq!(served, sdl());
}
