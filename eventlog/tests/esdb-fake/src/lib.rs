//! The protocol of EventStoreDB in memory, for tests: what the client and a server say to each other, not a database.
//!
//! It speaks `Streams` (read, append, delete, tombstone, subscribe), `Gossip` and `ServerFeatures` from the `.proto` files that
//! the crate `eventstore` 4.0.0 publishes, and can be told to fail ([`Fault`]). What it proves is how the client and Fieldlog
//! behave; how a real server behaves it only repeats from the documentation.

// Errors are tonic's, which are large.
#![allow(clippy::result_large_err)]

mod cut;
mod faults;
mod node;
mod reading;
mod store;
mod streams;

/// Generated, see `README.md`.
#[allow(missing_docs, clippy::all)]
#[rustfmt::skip]
pub mod wire {
    pub mod event_store {
        pub mod client {
            include!("generated/event_store.client.rs");
            pub mod streams { include!("generated/event_store.client.streams.rs"); }
            pub mod gossip { include!("generated/event_store.client.gossip.rs"); }
            pub mod server_features { include!("generated/event_store.client.server_features.rs"); }
        }
    }
    pub mod google {
        pub mod rpc { include!("generated/google.rpc.rs"); }
    }
}

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Runtime;

pub use crate::faults::{Call, Fault, Faults, Held};
use crate::node::Node;
pub use crate::store::{Expected, Proposed, Store};

/// What the nodes of a cluster share.
pub struct Cluster {
    /// What they store.
    pub store: Store,
    /// What goes wrong.
    pub faults: Faults,
    leader: AtomicUsize,
    addresses: parking_lot::Mutex<Vec<SocketAddr>>,
}

impl Cluster {
    fn leader(&self) -> (usize, SocketAddr) {
        let leader = self.leader.load(Ordering::SeqCst);
        (leader, self.addresses.lock()[leader])
    }
}

/// A cluster on this machine, gone with this value.
pub struct Fake {
    cluster: Arc<Cluster>,
    nodes: Vec<Node>,
    runtime: Option<Runtime>,
}

impl Fake {
    /// One node on a free port.
    pub fn start() -> Self {
        Self::of(1, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Several nodes, the first of which is the leader.
    pub fn cluster(nodes: usize) -> Self {
        Self::of(nodes, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// One node at an address.
    pub fn at(address: SocketAddr) -> Self {
        Self::of(1, address)
    }

    fn of(nodes: usize, address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads for the fake can be started");
        let cluster = Arc::new(Cluster {
            store: Store::default(),
            faults: Faults::default(),
            leader: AtomicUsize::new(0),
            addresses: parking_lot::Mutex::default(),
        });
        let nodes: Vec<Node> =
            (0..nodes).map(|number| Node::start(&runtime, Arc::clone(&cluster), number, address)).collect();
        *cluster.addresses.lock() = nodes.iter().map(Node::address).collect();
        Self { cluster, nodes, runtime: Some(runtime) }
    }

    /// `esdb://127.0.0.1:…?tls=false`, of the node with this number.
    pub fn url_of(&self, node: usize) -> String {
        format!("esdb://{}?tls=false&discoveryInterval=10", self.nodes[node].address())
    }

    /// Of the first node.
    pub fn url(&self) -> String {
        self.url_of(0)
    }

    /// Of all nodes, found by gossip.
    pub fn url_of_all(&self) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|node| node.address().to_string()).collect();
        format!("esdb://{}?tls=false&discoveryInterval=10", hosts.join(","))
    }

    /// What is stored.
    pub fn store(&self) -> &Store {
        &self.cluster.store
    }

    /// What goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.cluster.faults
    }

    /// Another node leads from now on; what was under way on the old one breaks off.
    pub fn lead(&self, node: usize) {
        let old = self.cluster.leader.swap(node, Ordering::SeqCst);
        self.nodes[old].cut();
    }

    /// All connections of a node break.
    pub fn cut(&self, node: usize) {
        self.nodes[node].cut();
    }

    /// A node takes no connection any more, and all it has break.
    pub fn stop(&self, node: usize) {
        self.nodes[node].stop();
    }

    /// A node that was stopped is back at its address.
    pub fn start_again(&mut self, node: usize) {
        let address = self.nodes[node].address();
        let runtime = self.runtime.as_ref().expect("there until the fake is dropped");
        self.nodes[node] = Node::start(runtime, Arc::clone(&self.cluster), node, address);
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.nodes.iter().for_each(Node::stop);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
