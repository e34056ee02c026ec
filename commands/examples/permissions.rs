//! Prints who may do what: `cargo run -p fieldlog-commands --example permissions > docs/permissions.txt`.

fn main() {
    print!("{}", fieldlog_commands::authz::matrix::print());
}
