//! JSON Schemas of what is answered, from the types that are answered.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::Value;
use strum::IntoEnumIterator;

/// Makes schemas of answers: whatever is not left out on purpose is required.
pub fn answers() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = Cow::Borrowed("/components/schemas");
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// The properties of what is read from a query, each with its schema; and whether it has to be there.
pub fn query<T: JsonSchema>() -> Vec<(String, Schema, bool)> {
    let settings = SchemaSettings::draft2020_12().for_deserialize().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut found = Vec::new();
    for (name, property) in properties {
        let property = Schema::try_from(property.clone()).unwrap_or_default();
        found.push((name.clone(), never_null(property), required.contains(&name.as_str())));
    }
    found
}

/// In a query there is no null: what may be absent is left out.
fn never_null(mut schema: Schema) -> Schema {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    schema
}

/// A moment as [`iso`](crate::api_v1::time::iso) spells it.
pub struct Moment;

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Moment")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$" })
    }
}

/// An id: a UUID in lower case with hyphens.
pub struct Id;

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
    }
}

/// One of the words of an enumeration.
pub struct Words<T>(PhantomData<T>);

impl<T: IntoEnumIterator + AsRef<str>> JsonSchema for Words<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Words")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        words(T::iter().map(|word| word.as_ref().to_owned()))
    }
}

/// One of these words.
pub fn words<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Schema {
    let words: Vec<String> = words.into_iter().map(Into::into).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// One of the kinds of accounts.
pub fn account_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "enum": [1, 2, 3], "description": "1 is a person, 2 an organization, 3 a team." })
}

/// An ETag as S3 makes them.
pub fn etag(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[0-9a-f]{32}(-[0-9]+)?$",
        "description": "The MD5 of the content; of more than 8 MiB, the MD5 of the MD5s of its 8 MiB parts, a hyphen, and how many parts.",
    })
}

/// A SHA-256.
pub fn sha256(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The SHA-256 of the content." })
}

/// A moment as [`last_modified`](crate::api_v1::time::last_modified) spells it.
pub fn last_modified(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d UTC$",
        "description": "DD.MM.YYYY HH:MM:SS UTC",
    })
}
