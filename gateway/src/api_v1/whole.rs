//! Whole lists from those that are read page by page.

use fieldlog_projections::{Cursor, Listed, Page, ReadError};

/// As many rows as a page may have.
const ROWS: usize = 1_000;

/// All rows of a list.
pub fn whole<T>(read: impl Fn(Page) -> Result<Listed<T>, ReadError>) -> Result<Vec<T>, ReadError> {
    let mut rows = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = match after.take() {
            None => Page::first(ROWS),
            Some(cursor) => Page::after(ROWS, cursor),
        };
        let mut listed = read(page)?;
        rows.append(&mut listed.rows);
        match (listed.has_next, listed.cursors.pop()) {
            (true, Some(last)) => after = Some(last),
            (true | false, _) => return Ok(rows),
        }
    }
}
