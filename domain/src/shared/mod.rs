//! Words that two or more aggregates use.

pub mod account_name;
pub mod client;
pub mod digest;
pub mod email;
pub mod file_path;
pub mod ids;
pub mod resource_name;
pub mod role;
pub mod sealed;
pub mod spelling;

pub use account_name::AccountName;
pub use client::ClientType;
pub use email::EmailAddress;
pub use file_path::FilePath;
pub use resource_name::ResourceName;
pub use role::Role;
