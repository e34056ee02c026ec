//! What an `esdb://` URL says.

use std::fmt;
use std::str::FromStr;

use eventstore::{ClientSettings, Credentials};
use percent_encoding::percent_decode_str;

use crate::url::without_password;

/// What the client of EventStoreDB understands, in lower case, and what Fieldlog adds (`log`).
const PARAMETERS: [&str; 13] = [
    "log",
    "tls",
    "tlsverifycert",
    "tlscafile",
    "usercertfile",
    "userkeyfile",
    "maxdiscoverattempts",
    "discoveryinterval",
    "gossiptimeout",
    "keepaliveinterval",
    "keepalivetimeout",
    "connectionname",
    "nodepreference",
];
const USUAL_LOG: &str = "fieldlog";

/// Where the log is: nodes, credentials, and its name among other logs of the same server.
#[derive(Clone)]
pub(crate) struct Address {
    pub(super) settings: ClientSettings,
    pub(super) credentials: Option<Credentials>,
    /// a-z, 0-9 and _; begins the name of every stream.
    pub(super) log: String,
    /// For people; without the password.
    pub(super) place: String,
    pub(super) files: Vec<String>,
}

impl FromStr for Address {
    /// The reason, without the password.
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let (scheme, authority) = address.split_once("://").ok_or("it has no //")?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (user_info, hosts) = authority.rsplit_once('@').map_or((None, authority), |(info, at)| (Some(info), at));
        if hosts.is_empty() {
            return Err("it names no host".to_owned());
        }
        let parameters = Parameters::of(query)?;
        // The client takes what is percent-encoded as it stands, so it is shown plain credentials only; every call of ours has them.
        let shown = user_info.filter(|info| !info.contains('%')).map(|info| format!("{info}@")).unwrap_or_default();
        let plain = format!("{scheme}://{shown}{hosts}?{}", parameters.for_the_client());
        let settings = plain.parse::<ClientSettings>().map_err(|error| match error.error() {
            Some(reason) => reason.to_string(),
            None if shown.is_empty() || !error.message().contains(shown.trim_end_matches('@')) => {
                error.message().to_owned()
            }
            None => "the client of EventStoreDB does not understand it".to_owned(),
        })?;
        Ok(Self {
            settings,
            credentials: user_info.map(credentials).transpose()?,
            log: parameters.log()?,
            place: without_password(url),
            files: parameters.files(),
        })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

struct Parameters<'a>(Vec<(String, &'a str)>);

impl<'a> Parameters<'a> {
    fn of(query: &'a str) -> Result<Self, String> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| -> Result<(String, &str), String> {
            let (name, value) = pair.split_once('=').ok_or(format!("parameter {pair:?} has no value"))?;
            Ok((name.to_lowercase(), value))
        });
        let parameters = Self(pairs.collect::<Result<_, String>>()?);
        if let Some((unknown, _)) = parameters.0.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
            return Err(format!("parameter {unknown:?} is unknown, expected one of {}", PARAMETERS.join(", ")));
        }
        let is_text = |value: &str| decoded(value).is_ok_and(|text| text.bytes().all(|byte| (32..127).contains(&byte)));
        if parameters.get("connectionname").is_some_and(|value| !is_text(value)) {
            return Err("connectionName has characters that are not ASCII".to_owned());
        }
        if parameters.get("maxdiscoverattempts").is_some_and(|value| value == "0" || value == "1") {
            // The client counts its first attempt before it is made.
            return Err("maxDiscoverAttempts is less than 2, with which the client never connects".to_owned());
        }
        match parameters.get("nodepreference") {
            Some(other) if other.to_lowercase() != "leader" => Err(format!(
                "nodePreference is {other:?}, expected leader: what another node answers may be out of date"
            )),
            _ => Ok(parameters),
        }
    }

    fn get(&self, wanted: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value)
    }

    /// Reads and writes go to the leader: only it knows what was committed.
    fn for_the_client(&self) -> String {
        let mut said: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        said.retain(|pair| !pair.starts_with("log="));
        said.push("nodepreference=leader".to_owned());
        if self.get("discoveryinterval").is_none() {
            said.push("discoveryinterval=100".to_owned());
        }
        said.join("&")
    }

    fn log(&self) -> Result<String, String> {
        let name = self.get("log").unwrap_or(USUAL_LOG);
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > 60 || !name.bytes().all(is_plain) {
            return Err(format!("log is {name:?}, expected 1 to 60 of a-z, 0-9 and _"));
        }
        Ok(name.to_owned())
    }

    fn files(&self) -> Vec<String> {
        let names = ["tlscafile", "usercertfile", "userkeyfile"];
        names.iter().filter_map(|name| self.get(name)).filter_map(|value| decoded(value).ok()).collect()
    }
}

fn credentials(user_info: &str) -> Result<Credentials, String> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let readable = |_| "user and password are not UTF-8 after percent-decoding".to_owned();
    Ok(Credentials::new(decoded(user).map_err(readable)?, decoded(password).map_err(readable)?))
}

fn decoded(text: &str) -> Result<String, std::str::Utf8Error> {
    percent_decode_str(text).decode_utf8().map(Into::into)
}
