//! Doors that speak TLS outside and plain inside, with certificates of the test's own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;

/// What is behind a door.
#[derive(Debug, Clone)]
pub enum Behind {
    Tcp(String),
    Unix(PathBuf),
}

/// `ca.pem`, and `cert.pem` with its `key.pem` for whoever needs one on this machine, client or server.
pub struct Certificates {
    folder: TempDir,
}

const MAKE: &str = r#"
set -e
cd "$1"
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -days 2 -subj '/CN=Authority of the tests' -keyout ca-key.pem -out ca.pem
openssl req $key -subj /CN=127.0.0.1 -keyout key.pem -out request.pem
printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' >extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile extensions -out cert.pem
"#;

impl Certificates {
    pub fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("sh").args(["-c", MAKE, "make"]).arg(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder }
    }

    pub fn folder(&self) -> String {
        self.folder.path().display().to_string()
    }

    pub fn authority(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    fn chain(&self, name: &str) -> Vec<CertificateDer<'static>> {
        let read = CertificateDer::pem_file_iter(self.folder.path().join(name)).unwrap();
        read.collect::<Result<_, _>>().unwrap()
    }

    /// A door that is open as long as the test's runtime is. `is_picky`: it asks who knocks for a certificate.
    pub async fn door(&self, behind: Behind, is_picky: bool, protocol: Option<&str>) -> SocketAddr {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut known = RootCertStore::empty();
        known.add_parsable_certificates(self.chain("ca.pem"));
        let config =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let config = match is_picky {
            true => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(known), provider).build().unwrap();
                config.with_client_cert_verifier(verifier)
            }
            false => config.with_no_client_auth(),
        };
        let key = PrivateKeyDer::from_pem_file(self.folder.path().join("key.pem")).unwrap();
        let mut config = config.with_single_cert(self.chain("cert.pem"), key).unwrap();
        config.alpn_protocols = protocol.iter().map(|name| name.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    let Ok(outside) = acceptor.accept(stream).await else { return };
                    match behind {
                        Behind::Tcp(address) => join(outside, TcpStream::connect(address).await).await,
                        Behind::Unix(path) => join(outside, UnixStream::connect(path).await).await,
                    }
                });
            }
        });
        address
    }
}

async fn join(
    mut outside: impl AsyncRead + AsyncWrite + Unpin,
    inside: std::io::Result<impl AsyncRead + AsyncWrite + Unpin>,
) {
    if let Ok(mut inside) = inside {
        // Either side may hang up whenever it likes.
        let _ = copy_bidirectional(&mut outside, &mut inside).await;
    }
}
