//! How large a query may be, looked at before anything is executed, in time proportional to its text.
//!
//! async-graphql has limits of its own, but its checks walk every fragment as often as it is spread: a text of a few hundred
//! bytes can make them walk for hours. Here each fragment is measured once.

mod shape;
mod tokens;

use async_graphql::parser::types::ExecutableDocument;
use thiserror::Error;

use crate::options::GraphqlLimits;

pub use shape::Shape;

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
pub fn check_document(document: &ExecutableDocument, limits: &GraphqlLimits) -> Result<(), TooLarge> {
    let shape = Shape::of(document)?;
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
    match too_deep.or_else(|| over(shape.introspection_depth, limits.introspection_depth)) {
        Some((found, limit)) => Err(TooLarge::Depth { found, limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(query: &str) -> Result<(), TooLarge> {
        let limits = GraphqlLimits {
            depth: 4,
            fields: 20,
            aliases: 5,
            directives: 3,
            tokens: 300,
            bytes: 2000,
            ..GraphqlLimits::default()
        };
        check_text(query, &limits)?;
        check_document(&async_graphql::parser::parse_query(query).unwrap(), &limits)
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
            check_document(&document, &limits).unwrap_err(),
            TooLarge::Fields { found: 1 << 40, limit: limits.fields }
        );
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
