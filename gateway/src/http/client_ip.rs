//! Where a request comes from, also behind proxies.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use thiserror::Error;

use crate::gateway::Gateway;

/// The other end of the connection; put into each request by [`crate::serve`].
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// The address somebody sends requests from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<Gateway> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        Ok(Self(client_ip(peer, &parts.headers, &gateway.options().trusted_proxies)))
    }
}

/// The last address in the chain that no trusted proxy vouches for. Everything left of it may be made up.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer.to_canonical();
    for hop in hops.into_iter().rev() {
        if !trusted.iter().any(|network| network.contains(client)) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

/// Whether a trusted proxy asks for somebody else. From anybody but a trusted proxy the header says nothing; a trusted machine
/// that sends none asks for itself.
pub fn is_forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(peer.to_canonical())) && headers.contains_key("x-forwarded-for")
}

/// A range of addresses: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected an address or a network such as 10.0.0.0/8 or ::1, found {0:?}")]
pub struct NotANetwork(String);

impl Network {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                u32::from(network).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                u128::from(network).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let fail = || NotANetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| fail())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| fail())?;
        if prefix > widest {
            return Err(fail());
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(forwarded: &str) -> HeaderMap {
        HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), forwarded.parse().unwrap())])
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_header_of_somebody_unknown_is_not_believed() {
        assert_eq!(client_ip(ip("203.0.113.9"), &headers("198.51.100.1"), &[]), ip("203.0.113.9"));
    }

    #[test]
    fn behind_a_trusted_proxy_the_last_untrusted_hop_counts() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let forwarded = headers("1.1.1.1, 198.51.100.1, 10.0.0.7");
        assert_eq!(client_ip(ip("10.0.0.1"), &forwarded, &trusted), ip("198.51.100.1"));
    }

    #[test]
    fn only_a_trusted_proxy_asks_for_somebody_else() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert!(is_forwarded(ip("10.0.0.1"), &headers("198.51.100.1"), &trusted));
        assert!(is_forwarded(ip("::ffff:10.0.0.1"), &headers("198.51.100.1"), &trusted));
        assert!(!is_forwarded(ip("10.0.0.1"), &HeaderMap::new(), &trusted));
        assert!(!is_forwarded(ip("203.0.113.9"), &headers("10.0.0.1"), &trusted));
        assert!(!is_forwarded(ip("10.0.0.1"), &headers("198.51.100.1"), &[]));
    }

    #[test]
    fn networks_of_any_width_can_be_named() {
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains(ip("8.8.8.8")));
        assert!("2001:db8::/32".parse::<Network>().unwrap().contains(ip("2001:db8:1::1")));
        assert!(!"192.0.2.1".parse::<Network>().unwrap().contains(ip("192.0.2.2")));
        assert!("10.0.0.0/33".parse::<Network>().is_err());
        assert!("proxy".parse::<Network>().is_err());
    }
}
