//! Log in, log out, tell who a token belongs to.

mod authenticate;
mod lock_out;
mod log_in;
mod log_out;
mod password_hash;
mod revoke;
mod token;

pub use authenticate::{AuthenticationError, authenticate};
pub(crate) use lock_out::LockOut;
pub use lock_out::LockOutSettings;
pub use log_in::{LogIn, LogInRefusal, LoggedIn, log_in};
pub use log_out::{LogOut, log_out};
pub(crate) use password_hash::PasswordHasher;
pub use password_hash::PasswordHashing;
pub(crate) use revoke::{revoke, revoke_all};
pub use token::Token;
