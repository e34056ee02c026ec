//! The program a request came from.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};

/// The program a request came from, told from its `User-Agent` (QFieldCloud reference, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, EnumString, EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClientType {
    /// The QField app.
    Qfield,
    /// The QFieldSync plugin in QGIS.
    Qfieldsync,
    /// Programs on `qfieldcloud-sdk`.
    Sdk,
    /// `qfieldcloud-cli`.
    Cli,
    /// A web browser.
    Browser,
    /// A job's container.
    Worker,
    /// The `fieldlog` program itself.
    Fieldlog,
    /// Anything else.
    Unknown,
}

impl ClientType {
    /// Tells the program from its `User-Agent` header.
    pub fn from_user_agent(user_agent: &str) -> Self {
        if user_agent.starts_with("qfield|") {
            Self::Qfield
        } else if user_agent.starts_with("sdk|") {
            Self::Sdk
        } else if user_agent.starts_with("cli|") {
            Self::Cli
        } else if is_qgis(user_agent) {
            Self::Qfieldsync
        } else if user_agent.starts_with("Mozilla/5.0 ")
            && (user_agent.contains("AppleWebKit") || user_agent.contains("Firefox"))
        {
            Self::Browser
        } else {
            Self::Unknown
        }
    }

    /// Whether an account has at most one open session of this type; a new one revokes the others.
    pub fn is_single_session(self) -> bool {
        matches!(self, Self::Qfield | Self::Qfieldsync | Self::Unknown)
    }
}

/// Ends in ` QGIS/3dddd` or ` QGIS/4dddd`, optionally followed by `/anything`.
fn is_qgis(user_agent: &str) -> bool {
    let Some((_, version)) = user_agent.rsplit_once(" QGIS/") else { return false };
    let digits = version.split('/').next().unwrap_or_default();
    digits.len() == 5 && digits.bytes().all(|b| b.is_ascii_digit()) && matches!(digits.as_bytes()[0], b'3' | b'4')
}
