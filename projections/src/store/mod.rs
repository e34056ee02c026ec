//! SQLite files and the connections to them.
