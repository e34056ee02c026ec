//! What becomes of an edit: `docs/edits.md` as a page, to which each "no" leads.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde_json::Value;

use super::layout::page_with;
use crate::gateway::Gateway;

const TEXT: &str = include_str!("../../../docs/edits.md");
const TITLE: &str = "What becomes of an edit";
const STYLE: &str = "
  body { max-width: 50rem }
  td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0 }
  pre { overflow-x: auto; padding: .8rem 1rem; background: #8882; border-radius: .3rem }
  :target { background: #fd02 }
";

static CONTENT: LazyLock<Markup> = LazyLock::new(|| PreEscaped(rendered(TEXT)));

/// `GET /docs/edits/`
pub async fn edits() -> Response {
    page_with(StatusCode::OK, TITLE, STYLE, &CONTENT)
}

/// Where to read on about what is said of an edit, if that has a reason.
pub fn help(gateway: &Gateway, feedback: &Value) -> Option<String> {
    let reason = feedback.get("reason")?.as_str()?;
    Some(gateway.url(&format!("/docs/edits/#{reason}")))
}

/// Without its title, which is the page's; each heading can be linked to by its text.
fn rendered(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let is_title = |event: &Event<'_>| matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)));
    if let Some(end) = events.iter().position(is_title) {
        events.drain(..=end);
    }
    for place in 1..events.len() {
        let Event::Text(heading) = &events[place] else { continue };
        let anchor = CowStr::from(heading.to_lowercase().replace(' ', "-"));
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[place - 1] {
            *id = Some(anchor);
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the container names them (`worker/qgis/fieldlog_qgis/deltas/refusal.py`).
    const REASONS: &str = include_str!("../../../worker/qgis/fieldlog_qgis/deltas/refusal.py");

    #[test]
    fn every_reason_has_its_place() {
        let page = rendered(TEXT);
        let values = REASONS.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" = \""));
        let reasons: Vec<&str> = values
            .filter(|(name, _)| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
            .map(|(_, value)| value.trim_end_matches('"'))
            .collect();
        assert!(reasons.len() > 10, "{reasons:?}");
        for reason in reasons {
            assert!(page.contains(&format!("<h3 id=\"{reason}\">")), "docs/edits.md has no heading {reason}");
        }
    }
}
