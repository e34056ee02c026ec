//! The `fieldlog` command.
fn main() {}
