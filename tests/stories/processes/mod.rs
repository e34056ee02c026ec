//! Stories in which processes die, or run beside each other.

mod commands_beside_a_server;
mod disk_full;
mod killed_server;
