//! What every answer has in common: who asks and from where, the request id, time limits, the shape of errors.

pub mod catch_panic;
pub mod client_ip;
pub mod cors;
pub mod credentials;
pub mod drain;
pub mod guard;
pub mod min_position;
pub mod observe;
pub mod problem;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;
pub mod stalled_write;
pub mod timeout;
