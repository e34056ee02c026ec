//! What the load benchmarks share.
//!
//! Each benchmark is a program of its own and uses a part of this.
#![allow(dead_code)]

pub mod bare;
pub mod cloud;
pub mod containers;
pub mod disk;
pub mod docker_proxy;
pub mod edits;
pub mod figure;
pub mod http;
pub mod jobs;
pub mod latency;
pub mod memory;
pub mod projects;
pub mod server;
pub mod survey;
