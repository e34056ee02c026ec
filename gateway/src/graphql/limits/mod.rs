//! How large a query may be, looked at before anything is executed, in time proportional to its text.
//!
//! async-graphql has limits of its own, but its checks walk every fragment as often as it is spread: a text of a few hundred
//! bytes can make them walk for hours. Here each fragment is measured once.

mod lists;
mod shape;
mod tokens;

use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument;
use thiserror::Error;

use crate::options::GraphqlLimits;

pub use lists::Lists;
use shape::Shape;

/// A query that is larger than allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TooLarge {
    /// The text is too long.
    #[error("a query has at most {limit} bytes, found {found}")]
    Bytes {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The text has too many words and signs.
    #[error("a query has at most {limit} tokens, found more")]
    Tokens {
        /// Tokens allowed.
        limit: usize,
    },
    /// Brackets in brackets.
    #[error("a query nests at most {limit} brackets, found more")]
    Nesting {
        /// Levels allowed.
        limit: usize,
    },
    /// Fields in fields.
    #[error("a query nests at most {limit} fields, found {found}")]
    Depth {
        /// Levels found.
        found: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// Too many fields.
    #[error("a query has at most {limit} fields once its fragments are spread, found {found}")]
    Fields {
        /// Fields found.
        found: usize,
        /// Fields allowed.
        limit: usize,
    },
    /// Too many aliases.
    #[error("a query has at most {limit} aliases once its fragments are spread, found {found}")]
    Aliases {
        /// Aliases found.
        found: usize,
        /// Aliases allowed.
        limit: usize,
    },
    /// Too many directives.
    #[error("a query has at most {limit} directives once its fragments are spread, found {found}")]
    Directives {
        /// Directives found.
        found: usize,
        /// Directives allowed.
        limit: usize,
    },
    /// Too many rows of rows.
    #[error(
        "a query costs at most {limit}, found {found}: each field counts 1, and as often as the lists around it have rows"
    )]
    Complexity {
        /// Cost found.
        found: usize,
        /// Cost allowed.
        limit: usize,
    },
    /// A fragment that contains itself.
    #[error("the fragment {0} contains itself")]
    Cycle(String),
}

impl TooLarge {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bytes { .. } => "QUERY_TOO_LONG",
            Self::Tokens { .. } => "TOO_MANY_TOKENS",
            Self::Nesting { .. } | Self::Depth { .. } => "QUERY_TOO_DEEP",
            Self::Fields { .. } => "QUERY_TOO_WIDE",
            Self::Aliases { .. } => "TOO_MANY_ALIASES",
            Self::Directives { .. } => "TOO_MANY_DIRECTIVES",
            Self::Complexity { .. } => "QUERY_TOO_COMPLEX",
            Self::Cycle(_) => "FRAGMENT_CYCLE",
        }
    }
}

/// Looks at the text, before it is parsed.
pub fn check_text(query: &str, limits: &GraphqlLimits) -> Result<(), TooLarge> {
    if query.len() > limits.bytes {
        return Err(TooLarge::Bytes { found: query.len(), limit: limits.bytes });
    }
    tokens::check(query, limits.tokens)
}

/// Looks at the parsed query, before it is validated.
pub fn check_document(
    document: &ExecutableDocument,
    variables: &Variables,
    lists: &Lists,
    limits: &GraphqlLimits,
) -> Result<(), TooLarge> {
    let shape = Shape::of(document, variables, lists)?;
    let over = |found: usize, limit: usize| (found > limit).then_some((found, limit));
    if let Some((found, limit)) = over(shape.aliases, limits.aliases) {
        return Err(TooLarge::Aliases { found, limit });
    }
    if let Some((found, limit)) = over(shape.fields, limits.fields) {
        return Err(TooLarge::Fields { found, limit });
    }
    if let Some((found, limit)) = over(shape.directives, limits.directives) {
        return Err(TooLarge::Directives { found, limit });
    }
    let too_deep = over(shape.depth, limits.depth);
    if let Some((found, limit)) = too_deep.or_else(|| over(shape.introspection_depth, limits.introspection_depth)) {
        return Err(TooLarge::Depth { found, limit });
    }
    match over(shape.cost, limits.complexity) {
        Some((found, limit)) => Err(TooLarge::Complexity { found, limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "interface R { rows(first: Int): RConnection! tags: [String!]! }
        type RConnection { nodes: [R!]! } type Q implements R { rows(first: Int): RConnection! tags: [String!]! }";

    fn check(query: &str) -> Result<(), TooLarge> {
        check_with(query, json!({}))
    }

    fn check_with(query: &str, variables: serde_json::Value) -> Result<(), TooLarge> {
        let limits = GraphqlLimits {
            depth: 4,
            fields: 20,
            aliases: 5,
            directives: 3,
            tokens: 300,
            bytes: 2000,
            complexity: 30,
            ..GraphqlLimits::default()
        };
        check_text(query, &limits)?;
        let document = async_graphql::parser::parse_query(query).unwrap();
        check_document(&document, &Variables::from_json(variables), &Lists::of_schema(SCHEMA), &limits)
    }

    #[test]
    fn an_ordinary_query_passes() {
        check("query Q($id: ID!) { a: node(id: $id) { ...F } } fragment F on Project { name owner { name } }").unwrap();
    }

    #[test]
    fn each_limit_fires() {
        let repeat = |text: &str, times| text.repeat(times);
        assert_eq!(check("{a{b{c{d{e}}}}}").unwrap_err(), TooLarge::Depth { found: 5, limit: 4 });
        assert_eq!(check(&format!("{{{}}}", repeat("a ", 21))).unwrap_err(), TooLarge::Fields { found: 21, limit: 20 });
        assert_eq!(check("{x:a y:a z:a u:a v:a w:a}").unwrap_err(), TooLarge::Aliases { found: 6, limit: 5 });
        let directives = check("{a @skip(if: false) @skip(if: false) @skip(if: false) @skip(if: false)}");
        assert_eq!(directives.unwrap_err(), TooLarge::Directives { found: 4, limit: 3 });
        assert_eq!(check(&repeat("a ", 301)).unwrap_err(), TooLarge::Tokens { limit: 300 });
        assert_eq!(check(&repeat("#", 2001)).unwrap_err(), TooLarge::Bytes { found: 2001, limit: 2000 });
        assert!(matches!(check(&format!("{{a(b: {})}}", repeat("[", 60))).unwrap_err(), TooLarge::Nesting { .. }));
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread_but_are_walked_once() {
        let mut query = String::from("{...F0} fragment F40 on Q {a}");
        for n in 0..40 {
            query.push_str(&format!(" fragment F{n} on Q {{...F{} ...F{}}}", n + 1, n + 1));
        }
        let limits = GraphqlLimits::default();
        let document = async_graphql::parser::parse_query(&query).unwrap();
        assert_eq!(
            check_document(&document, &Variables::default(), &Lists::default(), &limits).unwrap_err(),
            TooLarge::Fields { found: 1 << 40, limit: limits.fields }
        );
    }

    #[test]
    fn a_field_costs_as_often_as_the_lists_around_it_have_rows() {
        let cost = |query: &str, variables| match check_with(query, variables) {
            Err(TooLarge::Complexity { found, .. }) => found,
            other => panic!("expected a query that costs too much, found {other:?}"),
        };
        check("{rows(first: 7) {nodes {a b c}}}").unwrap();
        assert_eq!(cost("{rows(first: 8) {nodes {a b c}}}", json!({})), 33);
        assert_eq!(cost("{rows {nodes {a}}}", json!({})), 101, "the usual page");
        assert_eq!(cost("{rows(first: 5) {...on R {rows(first: 5) {nodes {a}}}}}", json!({})), 56);
        assert_eq!(cost("{a {tags {b c}}}", json!({})), 42);
        assert_eq!(cost("query($n: Int) {rows(first: $n) {nodes {a}}}", json!({"n": 20})), 41);
        assert_eq!(cost("query($n: Int = 20) {rows(first: $n) {nodes {a}}}", json!({})), 41);
        assert_eq!(cost("query($n: Int = 20) {rows(first: $n) {nodes {a}}}", json!({"n": null})), 101);
        assert_eq!(cost("{rows(first: 1000000) {nodes {a}}}", json!({})), 201, "no more than the most a page has");
        check("{rows(first: -1) {nodes {a}}}").unwrap();
    }

    #[test]
    fn each_operation_is_measured_with_its_own_variables() {
        let query = "query A($n: Int = 100) {rows(first: $n) {...F}} query B($n: Int = 1) {rows(first: $n) {...F}}
            fragment F on RConnection {nodes {a}}";
        let found = check(query).unwrap_err();
        assert_eq!(found, TooLarge::Complexity { found: 201, limit: 30 });
    }

    #[test]
    fn a_fragment_that_contains_itself_is_refused() {
        let cycle = check("{...A} fragment A on Q {...B} fragment B on Q {...A}").unwrap_err();
        assert_eq!(cycle, TooLarge::Cycle("A".into()));
    }

    #[test]
    fn introspection_may_be_deeper_than_other_queries() {
        check("{__schema{types{fields{type{ofType{ofType{name}}}}}}}").unwrap();
        let deep = format!("{{__schema{}name{}}}", "{a".repeat(25), "}".repeat(25));
        assert!(matches!(check(&deep).unwrap_err(), TooLarge::Depth { .. } | TooLarge::Fields { .. }));
    }
}
