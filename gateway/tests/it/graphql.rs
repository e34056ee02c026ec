//! A person's day over GraphQL.

use serde_json::{Value, json};

use crate::server::{Server, problem, text};

#[tokio::test]
async fn a_project_is_created_changed_found_and_retired() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;

    let rename = "mutation($id: ID!) { renameProject(input: {project: $id, name: \"bees_2\"}) {
        ... on ProjectRenamed { project { name } } } }";
    assert_eq!(server.data(&ana, rename, json!({ "id": id })).await["renameProject"]["project"]["name"], "bees_2");
    let revise = "mutation($id: ID!) { reviseProject(input: {project: $id, description: \"Hives on the river\"}) {
        ... on ProjectRevised { project { description } } } }";
    server.data(&ana, revise, json!({ "id": id })).await;

    let read =
        "query($id: ID!) { resource(id: $id) { __typename id name description visibility isRetired owner { name }
        viewerRole { role origin } ... on Project { projectFile latestRevision { id } } } }";
    let resource = server.data(&ana, read, json!({ "id": id })).await["resource"].clone();
    assert_eq!(resource["id"], format!("resource-{id}"));
    assert_eq!(resource["description"], "Hives on the river");
    assert_eq!(resource["owner"]["name"], "ana");
    assert_eq!(resource["viewerRole"], json!({ "role": "ADMIN", "origin": "PROJECT_OWNER" }));

    let by_name = "{ project(owner: \"ANA\", name: \"bees_2\") { uuid } }";
    assert_eq!(server.data(&ana, by_name, json!({})).await["project"]["uuid"], id);
    let search = "{ search(text: \"hive riv\") { nodes { name } } }";
    assert_eq!(server.data(&ana, search, json!({})).await["search"]["nodes"], json!([{ "name": "bees_2" }]));
    let search = "{ search(text: \"\\\"hive* OR (\") { nodes { name } } }";
    server.data(&ana, search, json!({})).await;

    let retire = "mutation($id: ID!) { retireProject(input: {project: $id}) { __typename } }";
    assert_eq!(server.data(&ana, retire, json!({ "id": id })).await["retireProject"]["__typename"], "ProjectRetired");
    assert_eq!(server.data(&ana, "{ resources { nodes { name } } }", json!({})).await["resources"]["nodes"], json!([]));
}

#[tokio::test]
async fn refusals_are_data_with_a_name() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let id = server.project(&ana, "bees").await;
    let create = |name: &str| {
        format!(
            "mutation {{ createProject(input: {{name: {name:?}}}) {{ __typename ... on NameTaken {{ name }}
            ... on InvalidInput {{ field }} ... on Refusal {{ message }} }} }}"
        )
    };
    let data = server.data(&ana, &create("bees"), json!({})).await;
    assert_eq!(data["createProject"]["__typename"], "NameTaken");
    assert_eq!(data["createProject"]["name"], "bees");
    let data = server.data(&ana, &create("no spaces"), json!({})).await;
    assert_eq!(data["createProject"]["__typename"], "InvalidInput");
    assert_eq!(data["createProject"]["field"], "name");
    let answer = server.graphql(None, &create("bees"), json!({})).await;
    assert_eq!(answer["data"]["createProject"]["__typename"], "NotAuthenticated");

    let request = "mutation($id: ID!) { requestJob(input: {resource: $id}) { __typename ... on Refusal { message } } }";
    let data = server.data(&ana, request, json!({ "id": id })).await;
    assert_eq!(data["requestJob"]["__typename"], "NoProjectFile");
    let data = server.data(&ana, request, json!({ "id": "job-1" })).await;
    assert_eq!(data["requestJob"]["__typename"], "InvalidInput");
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_told() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let add = "mutation($role: Role!) { addCollaborator(input: {project: \"x\", collaborator: {personName: \"bob\"},
        role: $role}) { __typename } }";
    let answer = server.graphql(Some(&ana), add, json!({ "role": "OWNER" })).await;
    assert!(text(&answer["errors"][0]["message"]).contains("OWNER"), "{answer}");
    let inline = add.replace("($role: Role!)", "").replace("$role", "OWNER");
    let answer = server.graphql(Some(&ana), &inline, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{answer}");
}

#[tokio::test]
async fn what_somebody_may_not_see_looks_as_if_it_were_absent() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let id = server.project(&ana, "bees").await;
    let read = "query($id: ID!, $node: ID!) { resource(id: $id) { name } node(id: $node) { id } project(owner: \"ana\", name: \"bees\") { name } }";
    let hidden = server.graphql(Some(&bob), read, json!({ "id": id, "node": format!("resource-{id}") })).await;
    let absent = uuid::Uuid::new_v4();
    let read = read.replace("name: \"bees\"", "name: \"none\"");
    let absent = server.graphql(Some(&bob), &read, json!({ "id": absent, "node": format!("resource-{absent}") })).await;
    assert_eq!(hidden["data"], absent["data"]);
    assert_eq!(hidden["data"], json!({ "resource": null, "node": null, "project": null }));

    let rename = "mutation($id: ID!) { renameProject(input: {project: $id, name: \"mine\"}) { __typename ... on Refusal { message } } }";
    let hidden = server.data(&bob, rename, json!({ "id": id })).await;
    let absent = server.data(&bob, rename, json!({ "id": uuid::Uuid::new_v4() })).await;
    assert_eq!(hidden, absent);
    assert_eq!(hidden["renameProject"]["__typename"], "NotFound");

    server.make_public(&ana, &id).await;
    let refused = server.data(&bob, rename, json!({ "id": id })).await;
    assert_eq!(refused["renameProject"]["__typename"], "PermissionDenied");
}

#[tokio::test]
async fn a_command_sent_twice_is_done_once() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let create = "mutation($id: UUID!) { createProject(input: {commandId: $id, name: \"bees\"}) {
        ... on ProjectCreated { project { uuid } } } }";
    let id = json!({ "id": uuid::Uuid::new_v4() });
    let first = server.data(&ana, create, id.clone()).await;
    let before = server.position().await;
    assert_eq!(server.data(&ana, create, id).await, first);
    assert_eq!(server.position().await, before);
}

#[tokio::test]
async fn collaborators_work_with_the_role_they_have() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let id = server.project(&ana, "bees").await;
    server.add_collaborator(&ana, &id, "bob", "READER").await;
    let read = "query($id: ID!) { resource(id: $id) { viewerRole { role origin } collaborators { nodes { role } } } }";
    let answer = server.graphql(Some(&bob), read, json!({ "id": id })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    let read = "query($id: ID!) { resource(id: $id) { viewerRole { role origin } } }";
    let data = server.data(&bob, read, json!({ "id": id })).await;
    assert_eq!(data["resource"]["viewerRole"], json!({ "role": "READER", "origin": "COLLABORATOR" }));

    let change =
        "mutation($id: ID!, $bob: ID!) { changeCollaboratorRole(input: {project: $id, collaborator: {person: $bob},
        role: EDITOR}) { __typename ... on CollaboratorRoleChanged { project { collaborators {
            nodes { role who { ... on Account { name } } } } } } } }";
    let data = server.data(&ana, change, json!({ "id": id, "bob": bob.account })).await;
    let nodes = &data["changeCollaboratorRole"]["project"]["collaborators"]["nodes"];
    assert_eq!(*nodes, json!([{ "role": "EDITOR", "who": { "name": "bob" } }]));

    let remove = "mutation($id: ID!) { removeCollaborator(input: {project: $id, collaborator: {personName: \"bob\"}}) { __typename } }";
    server.data(&ana, remove, json!({ "id": id })).await;
    assert_eq!(server.data(&bob, read, json!({ "id": id })).await["resource"], json!(null));
    let data = server.data(&ana, change, json!({ "id": id, "bob": bob.account })).await;
    assert_eq!(data["changeCollaboratorRole"]["__typename"], "NotACollaborator");
}

#[tokio::test]
async fn organizations_have_members_and_teams() {
    let server = Server::start().await;
    let (ana, bob) = (server.person("ana").await, server.person("bob").await);
    let create = "mutation { createOrganization(input: {name: \"hives\"}) { ... on OrganizationCreated { organization { id kind } } } }";
    let org = server.data(&ana, create, json!({})).await["createOrganization"]["organization"].clone();
    assert_eq!(org["kind"], "ORGANIZATION");
    let ids = json!({ "org": org["id"], "bob": bob.account });
    let add = "mutation($org: ID!, $bob: ID!) { addMember(input: {organization: $org, member: $bob, role: MEMBER}) {
        ... on MemberAdded { organization { members { nodes { role account { name } } } } } } }";
    let data = server.data(&ana, add, ids.clone()).await;
    let members = &data["addMember"]["organization"]["members"]["nodes"];
    assert_eq!(*members, json!([{ "role": "MEMBER", "account": { "name": "bob" } }]));
    let team = "mutation($org: ID!) { createTeam(input: {organization: $org, name: \"north\"}) { ... on TeamCreated { team { id } } } }";
    let team = server.data(&ana, team, json!({ "org": org["id"] })).await["createTeam"]["team"]["id"].clone();
    let join = "mutation($org: ID!, $team: ID!, $bob: ID!) { addTeamMember(input: {organization: $org, team: $team, member: $bob}) {
        __typename ... on TeamMemberAdded { team { members { nodes { account { name } } } } } } }";
    let data = server.data(&ana, join, json!({ "org": org["id"], "team": team, "bob": bob.account })).await;
    assert_eq!(data["addTeamMember"]["team"]["members"]["nodes"], json!([{ "account": { "name": "bob" } }]));
    let project = "mutation($org: ID!) { createProject(input: {owner: $org, name: \"river\"}) { ... on ProjectCreated { project { uuid } } } }";
    let project =
        server.data(&ana, project, json!({ "org": org["id"] })).await["createProject"]["project"]["uuid"].clone();
    let add = "mutation($id: ID!, $team: ID!) { addCollaborator(input: {project: $id, collaborator: {team: $team}, role: REPORTER}) { __typename } }";
    server.data(&ana, add, json!({ "id": project, "team": team })).await;
    let role = "query($id: ID!) { resource(id: $id) { viewerRole { role origin } } viewer { organizations { isOwner role organization { name } } } }";
    let data = server.data(&bob, role, json!({ "id": project })).await;
    assert_eq!(data["resource"]["viewerRole"], json!({ "role": "REPORTER", "origin": "TEAM_MEMBER" }));
    let organizations = &data["viewer"]["organizations"];
    assert_eq!(*organizations, json!([{ "isOwner": false, "role": "MEMBER", "organization": { "name": "hives" } }]));
    let default =
        "mutation($org: ID!) { setDefaultProjectRole(input: {organization: $org, role: null}) { __typename } }";
    assert_eq!(
        server.data(&ana, default, json!({ "org": org["id"] })).await["setDefaultProjectRole"]["__typename"],
        "DefaultProjectRoleSet"
    );
}

#[tokio::test]
async fn lists_are_read_page_by_page_in_both_directions() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    for n in 0..5 {
        server.project(&ana, &format!("p{n}")).await;
    }
    let forward = "query($after: String) { resources(first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }";
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = server.data(&ana, forward, json!({ "after": after })).await["resources"].clone();
        names.extend(page["nodes"].as_array().unwrap().iter().map(|node| text(&node["name"])));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(names, ["p4", "p3", "p2", "p1", "p0"]);
    let last = "{ resources(last: 2) { nodes { name } pageInfo { hasPreviousPage startCursor } } }";
    let page = server.data(&ana, last, json!({})).await["resources"].clone();
    assert_eq!(page["nodes"], json!([{ "name": "p1" }, { "name": "p0" }]));
    assert_eq!(page["pageInfo"]["hasPreviousPage"], true);

    for (arguments, code) in
        [("first: 101", "BAD_USER_INPUT"), ("first: -1", "BAD_USER_INPUT"), ("after: \"x\"", "BAD_CURSOR")]
    {
        let answer = server
            .graphql(Some(&ana), &format!("{{ resources({arguments}) {{ nodes {{ name }} }} }}"), json!({}))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
    let answer = server.graphql(Some(&ana), "{ resources(filter: {scope: ALL}) { nodes { name } } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn every_answer_tells_its_position_and_a_client_reads_what_it_wrote() {
    let server = Server::start().await;
    let ana = server.person("ana").await;
    let create = json!({ "query": "mutation { createProject(input: {name: \"bees\"}) { __typename } }" });
    let answer: Value = server.post_graphql(Some(&ana), create).await.json().await.unwrap();
    let position = text(&answer["extensions"]["position"]);
    let read =
        json!({ "query": "{ resources { nodes { name } } position }", "extensions": { "minPosition": position } });
    let answer: Value = server.post_graphql(Some(&ana), read).await.json().await.unwrap();
    assert_eq!(answer["data"]["resources"]["nodes"], json!([{ "name": "bees" }]));
    assert_eq!(answer["data"]["position"], answer["extensions"]["position"]);
}

#[tokio::test]
async fn whoever_asks_for_what_is_not_there_yet_is_told_after_a_while() {
    let server = Server::with(|options, _| options.catch_up_timeout = std::time::Duration::from_millis(100)).await;
    let ana = server.person("ana").await;
    let read = json!({ "query": "{ position }", "extensions": { "minPosition": "999999" } });
    let answer: Value = server.post_graphql(Some(&ana), read).await.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BEHIND", "{answer}");
    let response =
        server.get("/files/x/y").bearer_auth(&ana.token).header("x-min-position", "999999").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(problem(response).await.1, "behind");
}

#[tokio::test]
async fn get_is_for_queries_only() {
    let server = Server::start().await;
    let answer: Value = server
        .get("/graphql")
        .query(&[("query", "{ serverInfo { version } }")])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["data"]["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    let mutation = [("query", "mutation { logOut { __typename } }")];
    let response = server.get("/graphql").query(&mutation).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["allow"].to_str().unwrap()), (405, "POST"));
    let form = server.client.post(server.url("/graphql")).form(&[("query", "{ position }")]).send().await.unwrap();
    assert_eq!(problem(form).await.0, 415);
    let batch =
        server.client.post(server.url("/graphql")).json(&json!([{ "query": "{ position }" }])).send().await.unwrap();
    assert_eq!(problem(batch).await.0, 400);
    let picky =
        server.get("/graphql").query(&[("query", "{ position }")]).header("accept", "text/html").send().await.unwrap();
    assert_eq!(problem(picky).await.0, 406);
}
