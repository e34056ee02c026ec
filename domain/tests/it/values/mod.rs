//! Values that people and programs send: what is taken, what is refused, and which two are the same.

mod client;
mod digest;
mod email;
mod extent;
mod file_path;
mod ids;
mod names;
mod role;
