//! Lists of projects: sorted and searched by names, cut into pages, and only then read whole.

use std::cmp::Ordering;

use axum::extract::State;
use axum::response::Response;
use fieldlog_domain::AccountId;
use fieldlog_projections::{ListProjects, ProjectKey, View};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Project;
use crate::api_v1::dialect::validation_error;
use crate::api_v1::paging::Paging;
use crate::api_v1::query::Query;
use crate::gateway::Gateway;
use crate::http::credentials::Caller;
use crate::http::problem::Problem;

/// Which projects are wanted, in which order.
#[derive(Deserialize, Default, JsonSchema)]
pub struct Wanted {
    /// The older spelling of `include_public`.
    #[serde(rename = "include-public")]
    include_public_old: Option<String>,
    /// `1` lists projects too that one sees only because everybody does.
    #[schemars(extend("enum" = ["0", "1"]))]
    include_public: Option<String>,
    /// Only of this name, in any case.
    name: Option<String>,
    /// Only of this owner, in any case.
    owner: Option<String>,
    /// Words that each stand in the name of the project or of its owner.
    search: Option<String>,
    /// `owner`, `name` and `created_at` with commas between them, each with `-` in front for the other way round.
    ordering: Option<String>,
}

/// `GET projects/`.
pub async fn mine(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    paging: Paging,
) -> Result<Response, Problem> {
    let viewer = caller.viewer.account.unwrap_or_default();
    let is_wanted = match wanted.include_public.as_deref() {
        None => false,
        Some("1") => true,
        Some("0" | "") => false,
        Some(other) => {
            let found: String = other.chars().take(100).collect();
            return Err(validation_error(format!("include_public: expected 0 or 1, found {found:?}")));
        }
    };
    let list = match is_wanted || wanted.include_public_old.as_deref() == Some("1") {
        true => ListProjects::SeenBy(viewer),
        false => ListProjects::Of(viewer),
    };
    list_of(&gateway, list, viewer, wanted, paging).await
}

/// `GET projects/public/`.
pub async fn public(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    paging: Paging,
) -> Result<Response, Problem> {
    let viewer = caller.viewer.account.unwrap_or_default();
    let wanted = Wanted { ordering: wanted.ordering, ..Wanted::default() };
    list_of(&gateway, ListProjects::Public, viewer, wanted, paging).await
}

async fn list_of(
    gateway: &Gateway,
    list: ListProjects,
    viewer: AccountId,
    wanted: Wanted,
    paging: Paging,
) -> Result<Response, Problem> {
    let view = gateway.app().view().pinned()?;
    let asked = paging.asked().to_owned();
    let make = move |view: &View| {
        let mut found = view.project_keys(list)?;
        found.retain(|key| wanted.matches(key));
        let order = Order::of(wanted.ordering.as_deref().unwrap_or_default());
        found.sort_by(|one, other| order.compare(one, other));
        let (part, total) = paging.part(found);
        let keys: Vec<i64> = part.iter().map(|key| key.key).collect();
        let projects: Vec<Project> = view.projects(&keys, viewer)?.into_iter().map(Project::from).collect();
        Ok(paging.answer(&projects, total))
    };
    gateway.kept_answers().answer(view, viewer, asked, make).await
}

impl Wanted {
    fn matches(&self, key: &ProjectKey) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.to_lowercase() == found.to_lowercase())
        };
        let terms = self.search.as_deref().unwrap_or_default().to_lowercase();
        let text = || [key.owner.as_str().to_lowercase(), key.name.as_str().to_lowercase()];
        is(&self.name, key.name.as_str())
            && is(&self.owner, key.owner.as_str())
            && (terms.is_empty() || terms.split_whitespace().all(|term| text().iter().any(|text| text.contains(term))))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Owner,
    Name,
    CreatedAt,
}

/// `owner,-created_at`; words that are no field are passed over.
struct Order(Vec<(By, bool)>);

impl Order {
    fn of(text: &str) -> Self {
        Self(text.split(',').filter_map(Self::field).collect())
    }

    fn field(word: &str) -> Option<(By, bool)> {
        let (word, is_falling) = word.trim().strip_prefix('-').map_or((word.trim(), false), |word| (word, true));
        let by = match word {
            "owner" => By::Owner,
            "name" => By::Name,
            "created_at" => By::CreatedAt,
            _ => return None,
        };
        Some((by, is_falling))
    }

    /// Without a wish: featured first, then by owner and name. The key decides at last, so that pages fit together.
    fn compare(&self, one: &ProjectKey, other: &ProjectKey) -> Ordering {
        let names = |by: By| match by {
            By::Owner => one.owner.cmp(&other.owner),
            By::Name => one.name.cmp(&other.name),
            By::CreatedAt => one.registered_at.cmp(&other.registered_at),
        };
        let wished = self.0.iter().map(|(by, is_falling)| match is_falling {
            true => names(*by).reverse(),
            false => names(*by),
        });
        let usual = || other.is_featured.cmp(&one.is_featured).then(names(By::Owner)).then(names(By::Name));
        let order = wished.fold(Ordering::Equal, Ordering::then);
        let order = if self.0.is_empty() { usual() } else { order };
        order.then(one.key.cmp(&other.key))
    }
}
