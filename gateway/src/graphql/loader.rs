//! Data loaders: what the fields of one answer ask for one by one is read in one go.
//!
//! async-graphql's own loader starts a task and waits a millisecond for each batch; reading a batch from the model takes
//! microseconds, and every wait of a field sends the whole query to the end of the executor's queue. Here nothing waits:
//! whoever lists objects says what their fields may ask for, and the first field that does ask reads for all of them.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use parking_lot::Mutex;

/// Reads many at once.
type Read<K, V, E> = Box<dyn Fn(&[K]) -> Result<HashMap<K, V>, E> + Send + Sync>;

/// The most keys that are read at once: those that a query asked for, not those of a whole history.
const MOST: usize = 1_000;

/// Remembers what it read, so it lives as long as one request.
pub struct Loader<K, V, E> {
    read: Read<K, V, E>,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    known: HashMap<K, Option<V>>,
    expected: HashSet<K>,
}

impl<K, V, E> Loader<K, V, E>
where
    K: Copy + Eq + Hash,
    V: Clone,
{
    /// A loader that reads with `read`; what the map leaves out is taken not to exist.
    pub fn new(read: impl Fn(&[K]) -> Result<HashMap<K, V>, E> + Send + Sync + 'static) -> Self {
        let state = State { known: HashMap::new(), expected: HashSet::new() };
        Self { read: Box::new(read), state: Mutex::new(state) }
    }

    /// This key may be asked for: read it with the next that is.
    pub fn expect(&self, key: K) {
        let mut state = self.state.lock();
        if state.expected.len() < MOST && !state.known.contains_key(&key) {
            state.expected.insert(key);
        }
    }

    /// What there is under this key.
    pub fn load(&self, key: K) -> Result<Option<V>, E> {
        let mut state = self.state.lock();
        if let Some(known) = state.known.get(&key) {
            return Ok(known.clone());
        }
        state.expected.insert(key);
        let keys: Vec<K> = state.expected.iter().copied().collect();
        let mut found = (self.read)(&keys)?;
        state.expected.clear();
        state.known.extend(keys.into_iter().map(|key| (key, found.remove(&key))));
        Ok(state.known.get(&key).cloned().flatten())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

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

    #[test]
    fn what_is_expected_is_read_together_and_once() {
        let (batches, loader) = counting();
        (0..50).for_each(|key| loader.expect(key % 10));
        assert!(batches.lock().is_empty(), "nothing is read that nobody asks for");
        (0..50).for_each(|key| assert_eq!(loader.load(key % 10), Ok(Some((key % 10).to_string()))));
        assert_eq!(loader.load(100), Ok(None));
        loader.expect(3);
        assert_eq!(loader.load(100), Ok(None));
        assert_eq!(*batches.lock(), [10, 1]);
    }

    #[test]
    fn an_error_is_not_remembered() {
        let fails = Arc::new(Mutex::new(true));
        let switch = fails.clone();
        let loader = Loader::new(move |keys: &[u32]| match *switch.lock() {
            true => Err("away"),
            false => Ok(keys.iter().map(|key| (*key, *key)).collect()),
        });
        loader.expect(2);
        assert_eq!(loader.load(1), Err("away"));
        *fails.lock() = false;
        assert_eq!((loader.load(1), loader.load(2)), (Ok(Some(1)), Ok(Some(2))));
    }

    #[test]
    fn a_long_list_is_not_read_for_one_of_its_rows() {
        let (batches, loader) = counting();
        (1_000..5_000).for_each(|key| loader.expect(key));
        assert_eq!(loader.load(1), Ok(Some("1".into())));
        assert_eq!(*batches.lock(), [MOST + 1]);
    }
}
