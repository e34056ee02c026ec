//! Answers with whole lists, kept as long as nothing happens: devices ask for them again and again.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use fieldlog_domain::AccountId;
use fieldlog_eventlog::Position;
use fieldlog_projections::View;
use moka::sync::Cache;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::http::problem::Problem;

/// The most bytes that are kept.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// How many answers are made at once, those of the same question one after the other.
const TURNS: usize = 64;

/// Answers of the last position, by who asked and for what.
#[derive(Clone)]
pub struct KeptAnswers {
    kept: Cache<Question, Arc<Kept>>,
    turns: Arc<[Mutex<()>]>,
    turns_by: RandomState,
}

/// Who asks, and for what.
type Question = (AccountId, String);

struct Kept {
    position: Position,
    headers: HeaderMap,
    body: Bytes,
}

impl Default for KeptAnswers {
    fn default() -> Self {
        let weigh =
            |key: &Question, kept: &Arc<Kept>| u32::try_from(key.1.len() + kept.body.len() + 1_000).unwrap_or(u32::MAX);
        let kept = Cache::builder().weigher(weigh).max_capacity(MAX_BYTES).build();
        Self { kept, turns: (0..TURNS).map(|_| Mutex::default()).collect(), turns_by: RandomState::new() }
    }
}

impl KeptAnswers {
    /// The answer as of the view, which stands still: the one that was kept if nothing happened since, or what `make` says. It may
    /// take milliseconds, so it has a thread where nobody waits for others.
    pub async fn answer(
        &self,
        view: View,
        viewer: AccountId,
        url: String,
        make: impl FnOnce(&View) -> Result<Response, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let position = view.position()?;
        self.once((viewer, url), position, move || make(&view)).await
    }

    async fn once(
        &self,
        question: Question,
        position: Position,
        make: impl FnOnce() -> Result<Response, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        if let Some(kept) = self.known(&question, position) {
            return Ok(kept.response());
        }
        // Whoever comes while it is being made gets it when it is: made for each of them it would cost as many times the memory.
        let _turn = self.turns[self.turn_of(&question)].lock().await;
        if let Some(kept) = self.known(&question, position) {
            return Ok(kept.response());
        }
        let made = spawn_blocking(make).await.map_err(|_| Problem::internal())??;
        let (head, body) = made.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| Problem::internal())?;
        let kept = Arc::new(Kept { position, headers: head.headers, body });
        self.kept.insert(question, Arc::clone(&kept));
        Ok(kept.response())
    }

    fn known(&self, question: &Question, position: Position) -> Option<Arc<Kept>> {
        self.kept.get(question).filter(|kept| kept.position >= position)
    }

    fn turn_of(&self, question: &Question) -> usize {
        let hash = self.turns_by.hash_one(question);
        usize::try_from(hash % TURNS as u64).unwrap_or_default()
    }
}

impl Kept {
    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::response::IntoResponse;
    use futures::future::join_all;

    use super::*;

    async fn ask(answers: &KeptAnswers, position: u64, made: &Arc<AtomicUsize>) -> Bytes {
        let made = made.clone();
        let make = move || Ok(format!("{}", made.fetch_add(1, Ordering::SeqCst)).into_response());
        let question = (AccountId::default(), "/projects".to_owned());
        let answer = answers.once(question, Position(position), make).await.unwrap();
        to_bytes(answer.into_body(), usize::MAX).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_is_made_once_for_all_who_ask_at_once_and_anew_when_something_happened() {
        let (answers, made) = (KeptAnswers::default(), Arc::default());
        for position in [7, 8] {
            let all = join_all((0..16).map(|_| ask(&answers, position, &made))).await;
            assert!(all.iter().all(|answer| *answer == all[0]), "{all:?}");
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }
}
