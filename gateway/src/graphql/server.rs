//! What this server is and where its log is.

use async_graphql::{Context, Object, SimpleObject};
use fieldlog_commands::Registration;

use super::context::RequestContext;
use super::failure::Failure;
use super::scalars::{ByteCount, LogPosition};

/// What a client may want to know before it does anything.
#[derive(SimpleObject)]
pub struct ServerInfo {
    /// Version of Fieldlog.
    version: &'static str,
    /// Whether everybody may register.
    is_registration_open: bool,
    /// The most bytes one file may have.
    upload_limit: ByteCount,
    /// How large a GraphQL request may be.
    graphql_limits: Limits,
}

/// How large a GraphQL request may be.
#[derive(SimpleObject)]
pub struct Limits {
    /// Bytes of the query's text.
    bytes: usize,
    /// Words and signs of the query's text.
    tokens: usize,
    /// Fields inside fields.
    depth: usize,
    /// Fields altogether, fragments spread out.
    fields: usize,
    /// Aliases altogether, fragments spread out.
    aliases: usize,
    /// Fields times the sizes of the lists they are in.
    complexity: usize,
    /// Rows of one page.
    page: i32,
}

/// What this server is.
#[derive(Default)]
pub struct ServerQueries;

#[Object]
impl ServerQueries {
    /// What this server is.
    async fn server_info(&self, context: &Context<'_>) -> ServerInfo {
        let gateway = &RequestContext::of(context).gateway;
        let (options, settings) = (gateway.options(), gateway.app().settings());
        let limits = options.graphql;
        ServerInfo {
            version: env!("CARGO_PKG_VERSION"),
            is_registration_open: settings.registration == Registration::Open,
            upload_limit: ByteCount(options.upload_limit.min(settings.upload_limit)),
            graphql_limits: Limits {
                bytes: limits.bytes,
                tokens: limits.tokens,
                depth: limits.depth,
                fields: limits.fields,
                aliases: limits.aliases,
                complexity: limits.complexity,
                page: super::pages::MOST,
            },
        }
    }

    /// The event up to which this answer is made; every answer also has it in `extensions.position`.
    async fn position(&self, context: &Context<'_>) -> Result<LogPosition, Failure> {
        Ok(RequestContext::of(context).now()?.position.into())
    }
}
