//! Data loaders: what the fields of one answer ask for one by one is read in one go.
//!
//! async-graphql's own loader starts a task and waits a millisecond for each batch; reading a batch from the model takes
//! microseconds. Here the first field that asks lets the others of the same answer ask too, which takes one turn of the
//! executor, and then reads for all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::task::Poll;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Reads many at once.
type Read<K, V, E> = Box<dyn Fn(&[K]) -> Result<HashMap<K, V>, E> + Send + Sync>;
/// What it says about one.
type Found<V, E> = Result<Option<V>, E>;
/// Where the answer comes, and whether whoever asked is the one to read.
type Ticket<V, E> = (oneshot::Receiver<Found<V, E>>, bool);

/// Collects keys and reads them together; remembers what it read, so it lives as long as one request.
pub struct Loader<K, V, E> {
    read: Read<K, V, E>,
    state: Mutex<State<K, V, E>>,
}

struct State<K, V, E> {
    known: HashMap<K, Option<V>>,
    waiting: HashMap<K, Vec<oneshot::Sender<Found<V, E>>>>,
    has_driver: bool,
}

impl<K, V, E> Loader<K, V, E>
where
    K: Copy + Eq + Hash + Send,
    V: Clone + Send,
    E: Clone + Send,
{
    /// A loader that reads with `read`; what the map leaves out is taken not to exist.
    pub fn new(read: impl Fn(&[K]) -> Result<HashMap<K, V>, E> + Send + Sync + 'static) -> Self {
        let state = State { known: HashMap::new(), waiting: HashMap::new(), has_driver: false };
        Self { read: Box::new(read), state: Mutex::new(state) }
    }

    /// What there is under this key.
    pub async fn load(&self, key: K) -> Found<V, E> {
        loop {
            let (answer, is_driver) = match self.enqueue(key) {
                Ok(known) => return Ok(known),
                Err(waiting) => waiting,
            };
            if is_driver {
                let driver = Driver { loader: self };
                let_others_ask().await;
                drop(driver);
            }
            // Whoever was to read was given up, for example because another part of the answer failed: ask again.
            if let Ok(found) = answer.await {
                return found;
            }
        }
    }

    fn enqueue(&self, key: K) -> Result<Option<V>, Ticket<V, E>> {
        let mut state = self.state.lock();
        if let Some(known) = state.known.get(&key) {
            return Ok(known.clone());
        }
        let (sender, receiver) = oneshot::channel();
        state.waiting.entry(key).or_default().push(sender);
        let is_driver = !std::mem::replace(&mut state.has_driver, true);
        Err((receiver, is_driver))
    }

    fn read_all(&self) {
        let mut state = self.state.lock();
        state.has_driver = false;
        let waiting = std::mem::take(&mut state.waiting);
        let keys: Vec<K> = waiting.keys().copied().collect();
        let result = (self.read)(&keys);
        for (key, askers) in waiting {
            let found = result.as_ref().map(|values| values.get(&key).cloned()).map_err(Clone::clone);
            if let Ok(found) = &found {
                state.known.insert(key, found.clone());
            }
            for asker in askers {
                // Whoever no longer waits needs no answer.
                let _ = asker.send(found.clone());
            }
        }
    }
}

/// Reads when it is dropped, so that a driver that is given up still answers those who wait for it.
struct Driver<'a, K, V, E>
where
    K: Copy + Eq + Hash + Send,
    V: Clone + Send,
    E: Clone + Send,
{
    loader: &'a Loader<K, V, E>,
}

impl<K, V, E> Drop for Driver<'_, K, V, E>
where
    K: Copy + Eq + Hash + Send,
    V: Clone + Send,
    E: Clone + Send,
{
    fn drop(&mut self) {
        self.loader.read_all();
    }
}

/// One turn of the executor: everything else in this task runs until it waits.
async fn let_others_ask() {
    let mut is_second = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut is_second, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use futures::future::join_all;

    use super::*;

    type Batches = Arc<Mutex<Vec<usize>>>;

    fn counting() -> (Batches, Loader<u32, String, String>) {
        let batches = Arc::new(Mutex::new(Vec::new()));
        let seen = batches.clone();
        let loader = Loader::new(move |keys: &[u32]| {
            seen.lock().push(keys.len());
            Ok(keys.iter().filter(|key| **key < 100).map(|key| (*key, key.to_string())).collect())
        });
        (batches, loader)
    }

    #[tokio::test]
    async fn what_is_asked_together_is_read_together_and_once() {
        let (batches, loader) = counting();
        let found = join_all((0..50).map(|key| loader.load(key % 10))).await;
        assert_eq!(found[13], Ok(Some("3".into())));
        assert_eq!(loader.load(3).await, Ok(Some("3".into())));
        assert_eq!(loader.load(100).await, Ok(None));
        assert_eq!(*batches.lock(), [10, 1]);
    }

    #[tokio::test]
    async fn an_error_reaches_everybody_and_is_not_remembered() {
        let fails = Arc::new(Mutex::new(true));
        let switch = fails.clone();
        let loader = Loader::new(move |keys: &[u32]| match *switch.lock() {
            true => Err("away"),
            false => Ok(keys.iter().map(|key| (*key, *key)).collect()),
        });
        assert_eq!(join_all([loader.load(1), loader.load(2)]).await, [Err("away"), Err("away")]);
        *fails.lock() = false;
        assert_eq!(loader.load(1).await, Ok(Some(1)));
    }

    #[tokio::test]
    async fn those_who_wait_are_answered_when_the_first_is_given_up() {
        let (_, loader) = counting();
        let mut first = Box::pin(loader.load(1));
        let mut second = Box::pin(loader.load(2));
        assert!(futures::poll!(&mut first).is_pending());
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(second.await, Ok(Some("2".into())));
    }
}
