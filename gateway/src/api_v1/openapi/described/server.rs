//! What the server says about itself.

use axum::http::Method;

use super::Group;
use crate::api_v1::openapi::operation::describe;
use crate::api_v1::server::{AuthProvider, ServerInfo, ServerStatus};

pub fn group() -> Group {
    Group {
        tag: "Server",
        says: "What the server says about itself.",
        operations: vec![
            describe(Method::GET, "/api/v1/status", "get_status", "Read how the server is")
                .says("Always 200. QField shows a banner when a part is not `ok`, and for incidents and maintenance.")
                .answers::<ServerStatus>(200, "How it is; good for a minute."),
            describe(
                Method::GET,
                "/api/v1/server/info",
                "get_server_info",
                "Read what the server is called and how to log in",
            )
            .answers::<ServerInfo>(200, "What it is; good for a minute."),
            describe(Method::GET, "/api/v1/auth/providers", "list_auth_providers", "List the ways to log in")
                .says("`server/info/` tells the same and more.")
                .deprecated()
                .answers::<Vec<AuthProvider>>(200, "The ways; good for a minute."),
        ],
    }
}
