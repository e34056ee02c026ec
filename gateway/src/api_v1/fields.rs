//! The fields of a request's body, in any of the encodings that clients use (section 1.1): JSON, a form, or multipart.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::dialect::api_error;
use crate::gateway::Gateway;
use crate::http::problem::Problem;

/// The fields of a request's body. Those that nobody asks for are ignored.
#[derive(Default)]
pub struct Fields {
    values: Map<String, Value>,
    /// Files of a multipart body: the field's name, the file's name, its bytes.
    files: Vec<(String, String, Bytes)>,
}

impl FromRequest<Gateway> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let limit = gateway.options().json_body_limit;
        let content_type = media_type(&head.headers);
        // A thumbnail or a form's file may be larger than text.
        let limit = if content_type == "multipart/form-data" { limit.max(8 * 1024 * 1024) } else { limit };
        let too_large = || {
            let message = format!("expected a body of at most {limit} bytes, found more, or it broke off");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "api_error", message)
        };
        // One that is announced as too large is refused before it is read.
        let announced =
            head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|announced| announced > limit) {
            return Err(too_large());
        }
        let bytes = to_bytes(body, limit).await.map_err(|_| too_large())?;
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        match content_type.as_str() {
            "application/json" | "" => Self::of_json(&bytes),
            "application/x-www-form-urlencoded" => Self::of_form(&bytes),
            "multipart/form-data" => Self::of_multipart(&head.headers, bytes).await,
            other => {
                let message = format!(
                    "expected a body as application/json, application/x-www-form-urlencoded or multipart/form-data, found {other}"
                );
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "api_error", message))
            }
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Fields {
    fn of_json(bytes: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(values)) => Ok(Self { values, files: Vec::new() }),
            Ok(other) => Err(api_error(format!("expected a JSON object, found {}", kind(&other)))),
            Err(error) => Err(api_error(format!("expected a JSON object: {error}"))),
        }
    }

    fn of_form(bytes: &[u8]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(bytes).map_err(|error| api_error(format!("expected a form: {error}")))?;
        Ok(Self { values: pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect(), files: vec![] })
    }

    async fn of_multipart(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        let broken = |error: multer::Error| api_error(format!("expected multipart/form-data: {error}"));
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(content_type).map_err(broken)?;
        let body = futures::stream::once(async { Ok::<_, std::convert::Infallible>(bytes) });
        let mut multipart = multer::Multipart::new(body, boundary);
        let mut fields = Self::default();
        while let Some(field) = multipart.next_field().await.map_err(broken)? {
            let Some(name) = field.name().map(str::to_owned) else { continue };
            if let Some(file_name) = field.file_name().map(str::to_owned) {
                fields.files.push((name, file_name, field.bytes().await.map_err(broken)?));
            } else {
                let text = field.text().await.map_err(broken)?;
                fields.values.insert(name, Value::String(text));
            }
        }
        Ok(fields)
    }

    /// The bytes of a file.
    pub fn file(&self, name: &str) -> Option<&Bytes> {
        self.named_file(name).map(|(_, content)| content)
    }

    /// A file as its sender named it, and its bytes.
    pub fn named_file(&self, name: &str) -> Option<(&str, &Bytes)> {
        self.files.iter().find(|(key, _, _)| key == name).map(|(_, file_name, content)| (file_name.as_str(), content))
    }

    /// A field as it came.
    pub fn json(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Whether there is a field of this name that says null.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// A text; numbers are texts too. None: it is not there, or null.
    pub fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(api_error(format!("{name}: expected a text, found {}", kind(other)))),
        }
    }

    /// A text that has to be there.
    pub fn required(&self, name: &str) -> Result<String, Problem> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) | None => Err(api_error(format!("{name}: expected a text, found nothing"))),
        }
    }

    /// Yes or no, in any of the spellings of the contract. None: it is not there, null or empty.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let bad = |found: &dyn std::fmt::Display| api_error(format!("{name}: expected true or false, found {found}"));
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::Number(number)) => match number.as_f64() {
                Some(1.0) => Ok(Some(true)),
                Some(0.0) => Ok(Some(false)),
                _ => Err(bad(number)),
            },
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "" => Ok(None),
                "t" | "y" | "yes" | "true" | "on" | "1" => Ok(Some(true)),
                "f" | "n" | "no" | "false" | "off" | "0" => Ok(Some(false)),
                _ => Err(bad(&format_args!("{:?}", text.chars().take(100).collect::<String>()))),
            },
            Some(other) => Err(bad(&kind(other))),
        }
    }

    /// One of the words of a type.
    pub fn word<T: std::str::FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let word = text.parse().map_err(|_| {
            let found: String = text.chars().take(100).collect();
            api_error(format!("{name}: expected {expected}, found {found:?}"))
        })?;
        Ok(Some(word))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn json(text: &str) -> Fields {
        Fields::of_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn yes_and_no_have_many_spellings() {
        let yes = ["true", "1", "1.0", "\"T\"", "\"y\"", "\"YES\"", "\"True\"", "\"on\"", "\"1\""];
        let no = ["false", "0", "\"f\"", "\"N\"", "\"no\"", "\"False\"", "\"off\"", "\"0\""];
        for (spellings, expected) in [(&yes[..], Some(true)), (&no[..], Some(false)), (&["null", "\"\""][..], None)] {
            for spelling in spellings {
                assert_eq!(
                    json(&format!("{{\"is_public\": {spelling}}}")).flag("is_public").unwrap(),
                    expected,
                    "{spelling}"
                );
            }
        }
        for bad in ["2", "\"maybe\"", "[]", "{}"] {
            assert!(json(&format!("{{\"is_public\": {bad}}}")).flag("is_public").is_err(), "{bad}");
        }
        assert_eq!(json("{}").flag("is_public").unwrap(), None);
    }

    #[test]
    fn a_form_says_the_same_as_json() {
        let form = Fields::of_form(b"name=a+b%20c&is_public=0&is_public=1").unwrap();
        assert_eq!(form.text("name").unwrap().unwrap(), "a b c");
        assert_eq!(form.flag("is_public").unwrap(), Some(true));
    }

    #[test]
    fn what_is_no_object_is_refused_by_name() {
        assert!(Fields::of_json(b"[]").err().unwrap().message.contains("found an array"));
        assert!(Fields::of_json(b"{").is_err());
        assert!(json("{\"name\": true}").text("name").err().unwrap().message.contains("found a boolean"));
        assert_eq!(json("{\"name\": 7}").required("name").unwrap(), "7");
        assert!(json("{\"name\": \"\"}").required("name").is_err());
    }
}
