//! What is sent along: fields in any of the encodings that [`Fields`](crate::api_v1::fields::Fields) reads, or a file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::document::{Media, RequestBody};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The fields of a body.
#[derive(Default)]
pub struct Body {
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    kind: Kind,
    says: &'static str,
    example: &'static str,
    is_required: bool,
}

/// What a field may be.
pub enum Kind {
    /// A text.
    Text,
    /// A text that is not shown, of so many characters at least.
    Secret(u32),
    /// A text of this pattern.
    Pattern(&'static str),
    /// A text of this format.
    Format(&'static str),
    /// One of these words.
    Words(Vec<String>),
    /// Yes or no, in many spellings.
    Flag,
    /// A number within these.
    Number(u32, u32),
    /// An object of JSON; a text of it in a form.
    Object,
    /// Bytes in a part of their own.
    File,
}

/// The words of an enumeration.
pub fn words_of<T: strum::IntoEnumIterator + AsRef<str>>() -> Kind {
    Kind::Words(T::iter().map(|word| word.as_ref().to_owned()).collect())
}

impl Body {
    /// A field that has to be there.
    pub fn needs(mut self, name: &'static str, kind: Kind, example: &'static str, says: &'static str) -> Self {
        self.fields.push(Field { name, kind, says, example, is_required: true });
        self
    }

    /// A field that may be left out.
    pub fn takes(mut self, name: &'static str, kind: Kind, example: &'static str, says: &'static str) -> Self {
        self.fields.push(Field { name, kind, says, example, is_required: false });
        self
    }

    /// As the document has it. What needs a file comes in parts; anything else in any encoding, but for its files.
    pub fn build(&self, schemas: &mut SchemaGenerator) -> RequestBody {
        let needs_file = self.fields.iter().any(|field| field.is_required && field.is_file());
        let mut content = BTreeMap::new();
        if !needs_file {
            content.insert(JSON, Media { schema: self.schema(schemas, Field::in_json, false) });
            content.insert(FORM, Media { schema: self.schema(schemas, Field::in_form, false) });
        }
        content.insert(MULTIPART, Media { schema: self.schema(schemas, Field::in_form, true) });
        RequestBody { required: self.fields.iter().any(|field| field.is_required), content }
    }

    fn schema(
        &self,
        schemas: &mut SchemaGenerator,
        of: fn(&Field, &mut SchemaGenerator) -> Schema,
        has_files: bool,
    ) -> Schema {
        let fields = self.fields.iter().filter(|field| has_files || !field.is_file());
        let properties: serde_json::Map<String, Value> =
            fields.map(|field| (field.name.to_owned(), of(field, schemas).to_value())).collect();
        let required: Vec<&str> =
            self.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
        let mut schema = json_schema!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        schema
    }
}

/// The spellings of yes and no in a text, whatever their case.
const SPELLINGS: [&str; 12] = ["true", "false", "1", "0", "t", "f", "yes", "no", "y", "n", "on", "off"];

/// Yes or no in JSON.
struct Flag;

impl JsonSchema for Flag {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut all = vec![json!(true), json!(false), json!(1), json!(0), Value::Null];
        all.extend(SPELLINGS.map(|word| json!(word)));
        json_schema!({ "description": "Yes or no, words in any case. Null is as good as nothing.", "enum": all })
    }
}

/// Yes or no in a form.
struct FlagText;

impl JsonSchema for FlagText {
    fn schema_name() -> Cow<'static, str> {
        "FlagText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Yes or no, in any case.", "type": "string", "enum": SPELLINGS })
    }
}

impl Field {
    fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File)
    }

    /// In JSON null means that the field was left out.
    fn in_json(&self, schemas: &mut SchemaGenerator) -> Schema {
        let mut schema = self.described(match &self.kind {
            Kind::Flag => schemas.subschema_for::<Flag>(),
            Kind::Number(least, most) => json_schema!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Text | Kind::Secret(_) | Kind::Pattern(_) => {
                // Numbers are read as texts.
                let mut schema = self.text();
                schema.insert("type".to_owned(), json!(["string", "number"]));
                schema
            }
            Kind::Object => json_schema!({ "type": ["object", "string"] }),
            Kind::Format(_) | Kind::Words(_) | Kind::File => self.text(),
        });
        if !self.is_required {
            if let Some(Value::Array(all)) = schema.get_mut("enum") {
                all.push(Value::Null);
            }
            match schema.get_mut("type") {
                Some(Value::Array(types)) => types.push(json!("null")),
                Some(only) => *only = json!([only.take(), "null"]),
                None => {}
            }
        }
        schema
    }

    /// In a form everything is a text.
    fn in_form(&self, schemas: &mut SchemaGenerator) -> Schema {
        self.described(match &self.kind {
            Kind::Flag => schemas.subschema_for::<FlagText>(),
            Kind::Number(least, most) => json_schema!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Text
            | Kind::Object
            | Kind::Secret(_)
            | Kind::Pattern(_)
            | Kind::Format(_)
            | Kind::Words(_)
            | Kind::File => self.text(),
        })
    }

    fn text(&self) -> Schema {
        match &self.kind {
            Kind::Secret(least) => json_schema!({ "type": "string", "format": "password", "minLength": least }),
            Kind::Pattern(pattern) => json_schema!({ "type": "string", "pattern": pattern }),
            Kind::Format(format) => json_schema!({ "type": "string", "format": format }),
            Kind::Words(words) => json_schema!({ "type": "string", "enum": words }),
            Kind::File => json_schema!({ "type": "string", "format": "binary" }),
            _ if self.is_required => json_schema!({ "type": "string", "minLength": 1 }),
            _ => json_schema!({ "type": "string" }),
        }
    }

    fn described(&self, mut schema: Schema) -> Schema {
        schema.insert("description".to_owned(), json!(self.says));
        if !self.example.is_empty() {
            schema.insert("examples".to_owned(), json!([self.example]));
        }
        schema
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn built(body: &Body) -> RequestBody {
        body.build(&mut SchemaGenerator::default())
    }

    fn field(body: &Body, media_type: &str, name: &str) -> Value {
        built(body).content.remove(media_type).unwrap().schema.to_value()["properties"][name].take()
    }

    #[test]
    fn what_may_be_left_out_may_be_null_in_json_only() {
        let body = Body::default().needs("name", Kind::Text, "", "Its name.").takes("role", Kind::Text, "", "");
        assert_eq!(field(&body, JSON, "role")["type"], json!(["string", "number", "null"]));
        assert_eq!(field(&body, FORM, "role")["type"], "string");
        assert_eq!(field(&body, JSON, "name")["type"], json!(["string", "number"]));
        assert_eq!(field(&body, JSON, "name")["minLength"], 1);
        assert!(built(&body).required && !built(&Body::default().takes("role", Kind::Text, "", "")).required);
    }

    #[test]
    fn a_file_comes_in_parts() {
        let body = built(&Body::default().needs("file", Kind::File, "", "Its bytes."));
        assert_eq!(body.content.keys().collect::<Vec<_>>(), [&MULTIPART]);
    }
}
