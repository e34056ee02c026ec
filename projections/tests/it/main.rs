#![allow(clippy::unwrap_used, missing_docs)]

mod account;
mod events;
mod file;
mod following;
mod job;
mod naive;
mod pages;
mod permission;
mod rebuild;
mod resource;
mod search;
mod session;
mod simulation;
mod time_travel;
mod world;
mod wrapped;
