//! Which resources have these words in their name or description.

use rusqlite::{Connection, params};

use super::{ResourceRow, queries};
use crate::error::ReadError;
use crate::page::{List, Listed, Page, Span};
use crate::permission::Scope;
use crate::permission::shelf::{self, Holder};
use crate::view::View;

/// Which resources have words that begin like these in their name or description, newest first?
#[derive(Debug, Clone)]
pub struct SearchResources {
    /// What somebody typed. No character of it has a special meaning.
    pub text: String,
    /// Among which; retired ones are never found.
    pub scope: Scope,
    /// Which part of the list.
    pub page: Page,
}

impl View {
    /// Answers [`SearchResources`]. It may look at many rows, so it belongs on a blocking thread.
    pub fn search_resources(&self, search: SearchResources) -> Result<Listed<ResourceRow>, ReadError> {
        let Some(words) = words_of(&search.text) else {
            return Ok(Listed { rows: vec![], cursors: vec![], has_next: false, has_previous: false });
        };
        self.read_at_once(|connection| {
            let holders = shelf::holders(connection, search.scope)?;
            search.page.of(List::Found, |span, from_end, limit| {
                let keys = keys(connection, &words, &holders, span, from_end, limit)?;
                queries::by_keys(connection, &keys)
            })
        })
    }
}

/// More words than these are not looked at.
const MAX_WORDS: usize = 20;

/// What was typed, as a query in which every word is quoted and may be the beginning of one. None when there is no word.
fn words_of(text: &str) -> Option<String> {
    let quoted = |word: &str| format!("\"{word}\"*");
    // What separates words in FTS5 separates them here too, so that no quoted word is without a letter or digit.
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let query: Vec<String> = words.take(MAX_WORDS).map(quoted).collect();
    (!query.is_empty()).then(|| query.join(" "))
}

fn keys(
    connection: &Connection,
    words: &str,
    holders: &[Holder],
    span: &Span<i64>,
    from_end: bool,
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let direction = if from_end { "ASC" } else { "DESC" };
    let mut query = connection.prepare_cached(&format!(
        "SELECT rowid FROM resource_text WHERE resource_text MATCH ?1 AND rowid > ?2 AND rowid < ?3 ORDER BY rowid {direction}"
    ))?;
    let mut rows = query.query(params![words, span.before.unwrap_or(i64::MIN), span.after.unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let key = row.get(0)?;
        if shelf::has(connection, holders, key)? {
            found.push(key);
        }
    }
    Ok(found)
}
