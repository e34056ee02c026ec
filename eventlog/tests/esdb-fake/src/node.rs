//! A node: its address, its connections, what it says of itself and of the others.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::Cluster;
use crate::cut::Cuttable;
use crate::streams::Service;
use crate::wire::event_store::client::gossip::gossip_server::{Gossip, GossipServer};
use crate::wire::event_store::client::gossip::member_info::VNodeState;
use crate::wire::event_store::client::gossip::{ClusterInfo, EndPoint, MemberInfo};
use crate::wire::event_store::client::server_features::server_features_server::{ServerFeatures, ServerFeaturesServer};
use crate::wire::event_store::client::server_features::{SupportedMethod, SupportedMethods};
use crate::wire::event_store::client::streams::streams_server::StreamsServer;
use crate::wire::event_store::client::{Empty, Uuid, uuid};

/// Breaks the connections of a node.
#[derive(Clone, Default)]
pub(crate) struct Cutter(Arc<Mutex<CancellationToken>>);

impl Cutter {
    pub(crate) fn cut(&self) {
        std::mem::take(&mut *self.0.lock()).cancel();
    }

    fn token(&self) -> CancellationToken {
        self.0.lock().clone()
    }
}

pub(crate) struct Node {
    address: SocketAddr,
    cutter: Cutter,
    stop: CancellationToken,
}

impl Node {
    pub(crate) fn start(runtime: &Runtime, cluster: Arc<Cluster>, number: usize, address: SocketAddr) -> Self {
        let listener = runtime.block_on_anywhere(address);
        let address = listener.local_addr().expect("a listener has an address");
        let (cutter, stop) = (Cutter::default(), CancellationToken::new());
        let accepting = {
            let (cutter, stop) = (cutter.clone(), stop.clone());
            futures::stream::unfold(listener, move |listener| {
                let (cutter, stop) = (cutter.clone(), stop.clone());
                async move {
                    let accepted = tokio::select! {
                        () = stop.cancelled() => return None,
                        accepted = listener.accept() => accepted,
                    };
                    Some((accepted.map(|(stream, _)| Cuttable::new(stream, cutter.token())), listener))
                }
            })
        };
        let itself = Itself(Arc::clone(&cluster));
        let streams = StreamsServer::new(Arc::new(Service { cluster, number, cutter: cutter.clone() }));
        let serving = Server::builder()
            .add_service(streams.max_decoding_message_size(17 << 20))
            .add_service(GossipServer::new(itself.clone()))
            .add_service(ServerFeaturesServer::new(itself))
            .serve_with_incoming(accepting);
        runtime.spawn(serving);
        Self { address, cutter, stop }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn cut(&self) {
        self.cutter.cut();
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.cutter.cut();
    }
}

/// Binding from inside or outside of another runtime.
trait BlockOnAnywhere {
    fn block_on_anywhere(&self, address: SocketAddr) -> TcpListener;
}

impl BlockOnAnywhere for Runtime {
    fn block_on_anywhere(&self, address: SocketAddr) -> TcpListener {
        // A node that was just stopped may hold its port for a moment.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let listener = loop {
            match std::net::TcpListener::bind(address) {
                Ok(listener) => break listener,
                Err(_) if std::time::Instant::now() < deadline => std::thread::yield_now(),
                Err(error) => panic!("{address} cannot be listened on: {error}"),
            }
        };
        listener.set_nonblocking(true).expect("a listener can be asked without waiting");
        let _entered = self.enter();
        TcpListener::from_std(listener).expect("the runtime takes a listener")
    }
}

#[derive(Clone)]
struct Itself(Arc<Cluster>);

#[tonic::async_trait]
impl Gossip for Itself {
    async fn read(&self, _: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        let (leader, _) = self.0.leader();
        let addresses = self.0.addresses.lock().clone();
        let members = addresses.iter().enumerate().map(|(number, address)| MemberInfo {
            instance_id: Some(Uuid { value: Some(uuid::Value::String(::uuid::Uuid::new_v4().to_string())) }),
            time_stamp: 0,
            state: if number == leader { VNodeState::Leader } else { VNodeState::Follower }.into(),
            is_alive: true,
            http_end_point: Some(EndPoint { address: address.ip().to_string(), port: u32::from(address.port()) }),
        });
        Ok(Response::new(ClusterInfo { members: members.collect() }))
    }
}

#[tonic::async_trait]
impl ServerFeatures for Itself {
    async fn get_supported_methods(&self, _: Request<Empty>) -> Result<Response<SupportedMethods>, Status> {
        let Some(version) = self.0.faults.settings().version else {
            return Err(Status::unimplemented("unknown service event_store.client.server_features.ServerFeatures"));
        };
        let methods = ["append", "read", "delete", "tombstone"].map(|method| SupportedMethod {
            method_name: method.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: Vec::new(),
        });
        Ok(Response::new(SupportedMethods { methods: methods.into(), event_store_server_version: version }))
    }
}
