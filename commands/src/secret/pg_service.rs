//! Sections of PostgreSQL's connection service file: `[name]`, then `key=value` on lines of their own.

use thiserror::Error;

/// Why a text is not one section of a connection service file. It says where, and never what is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPgService {
    /// Something comes before the section.
    #[error("expected a service to begin with its name in brackets as in [farm], found something else on line {line}")]
    NoName {
        /// Counted from 1.
        line: usize,
    },
    /// The brackets are empty or do not close.
    #[error("expected the name of a service in brackets as in [farm] on line {line}")]
    BadName {
        /// Counted from 1.
        line: usize,
    },
    /// One secret is one service.
    #[error("expected one service, found another one on line {line}; make it a secret of its own")]
    SecondService {
        /// Counted from 1.
        line: usize,
    },
    /// Not `key=value`.
    #[error("expected key=value with a key of a-z, 0-9 and _, and no space before the equals sign, on line {line}")]
    BadParameter {
        /// Counted from 1.
        line: usize,
    },
    /// PostgreSQL refuses a service that names another one.
    #[error("a service cannot name another service, as on line {line}")]
    Nested {
        /// Counted from 1.
        line: usize,
    },
    /// There is no parameter.
    #[error("expected a service to have at least one parameter such as host=db.example, found none")]
    Empty,
}

/// Parameters whose values are credentials by themselves.
const CREDENTIALS: [&str; 2] = ["password", "sslpassword"];

/// Whether the text is one section that PostgreSQL can read.
pub(super) fn check(text: &str) -> Result<(), BadPgService> {
    let mut parameters = None;
    for (line, text) in lines(text) {
        match (text.strip_prefix('['), &mut parameters) {
            (Some(name), None) => {
                check_name(name, line)?;
                parameters = Some(0_usize);
            }
            (Some(_), Some(_)) => return Err(BadPgService::SecondService { line }),
            (None, None) => return Err(BadPgService::NoName { line }),
            (None, Some(count)) => {
                check_parameter(text, line)?;
                *count += 1;
            }
        }
    }
    match parameters {
        None => Err(BadPgService::NoName { line: 1 }),
        Some(0) => Err(BadPgService::Empty),
        Some(_) => Ok(()),
    }
}

/// The values in a section that are credentials by themselves.
pub(super) fn credentials(text: &str) -> impl Iterator<Item = &str> {
    let parameters = lines(text).filter_map(|(_, line)| line.split_once('='));
    parameters.filter(|(key, _)| CREDENTIALS.contains(key)).map(|(_, value)| value)
}

/// The lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn check_name(rest: &str, line: usize) -> Result<(), BadPgService> {
    let name = rest.strip_suffix(']').filter(|name| !name.trim().is_empty() && !name.contains(['[', ']']));
    name.map(|_| ()).ok_or(BadPgService::BadName { line })
}

fn check_parameter(text: &str, line: usize) -> Result<(), BadPgService> {
    let is_key = |key: &&str| {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        key.starts_with(|c: char| c.is_ascii_lowercase()) && key.chars().all(is_allowed)
    };
    match text.split_once('=').map(|(key, _)| key).filter(is_key) {
        None => Err(BadPgService::BadParameter { line }),
        Some("service") => Err(BadPgService::Nested { line }),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_taken() {
        for text in [
            "[farm]\nhost=db.example\nport=5432\ndbname=bees\nuser=ana\npassword=a=b#c\n",
            "# ours\n\n[the farm]\r\nhost=db.example\r\n",
            "[farm]\nsslmode=require",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_quoted() {
        for (text, why) in [
            ("", BadPgService::NoName { line: 1 }),
            ("# only this\n", BadPgService::NoName { line: 1 }),
            ("host=hunter2\n[farm]", BadPgService::NoName { line: 1 }),
            ("[farm]", BadPgService::Empty),
            ("[]\nhost=hunter2", BadPgService::BadName { line: 1 }),
            ("[farm\nhost=hunter2", BadPgService::BadName { line: 1 }),
            ("[farm]\nhost=a\n[hunter2]\nhost=b", BadPgService::SecondService { line: 3 }),
            ("[farm]\n\nhunter2", BadPgService::BadParameter { line: 3 }),
            ("[farm]\npassword = hunter2", BadPgService::BadParameter { line: 2 }),
            ("[farm]\nPassword=hunter2", BadPgService::BadParameter { line: 2 }),
            ("[farm]\nservice=hunter2", BadPgService::Nested { line: 2 }),
        ] {
            assert_eq!(check(text), Err(why), "{text}");
            assert!(!why.to_string().contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn credentials_are_found() {
        let text = "[farm]\nuser=ana\npassword=a=b\nsslpassword=c\n#password=no\n";
        assert_eq!(credentials(text).collect::<Vec<_>>(), ["a=b", "c"]);
    }
}
