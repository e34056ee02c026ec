//! Which fields are lists, and how many rows a query asks of one.
//!
//! async-graphql computes complexity for fields of objects only: below a field of an interface a list would cost as much as
//! one row. Names alone decide here, so that it does not matter through which type a field is reached.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, Field, FieldDefinition, OperationDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
    VariableDefinition,
};
use async_graphql::{Name, Value, Variables};

use crate::graphql::pages;

/// What a list costs that comes whole: they are short (layers of a project, organizations of a person).
const WHOLE: usize = 20;

/// The fields of a schema that are lists.
#[derive(Debug, Default)]
pub struct Lists {
    kinds: HashMap<String, Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Has `first`: a connection.
    Paged,
    /// Comes whole.
    Whole,
}

impl Lists {
    /// The lists of the schema with this text; none for a text that is no schema.
    pub fn of_schema(sdl: &str) -> Self {
        let mut lists = Self::default();
        let definitions = parse_schema(sdl).map(|schema| schema.definitions).unwrap_or_default();
        for definition in &definitions {
            if let TypeSystemDefinition::Type(of_type) = definition {
                lists.add(&of_type.node);
            }
        }
        lists
    }

    fn add(&mut self, of_type: &TypeDefinition) {
        let fields = match &of_type.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => return,
        };
        // The rows of a connection are counted by the field that is the connection.
        if of_type.name.node.ends_with("Connection") {
            return;
        }
        for field in fields {
            if let Some(kind) = kind(&field.node) {
                let known = self.kinds.entry(field.node.name.node.to_string()).or_insert(kind);
                if kind == Kind::Paged {
                    *known = kind;
                }
            }
        }
    }

    /// How many rows this field has at most; one if it is no list.
    pub(super) fn rows(&self, field: &Field, given: &Given<'_>) -> usize {
        match self.kinds.get(field.name.node.as_str()) {
            None => 1,
            Some(Kind::Whole) => WHOLE,
            // A size that is refused later cannot make it cheap.
            Some(Kind::Paged) => {
                let asked = given.number(field, "first").or_else(|| given.number(field, "last"));
                let rows = asked.unwrap_or(pages::USUAL.into()).clamp(0, pages::MOST.into());
                usize::try_from(rows).unwrap_or_default()
            }
        }
    }
}

fn kind(field: &FieldDefinition) -> Option<Kind> {
    if field.arguments.iter().any(|argument| argument.node.name.node == "first") {
        return Some(Kind::Paged);
    }
    matches!(field.ty.node.base, BaseType::List(_)).then_some(Kind::Whole)
}

/// The values of an operation's variables.
pub(super) struct Given<'a> {
    variables: &'a Variables,
    defaults: HashMap<&'a Name, &'a Value>,
}

impl<'a> Given<'a> {
    pub fn new(operation: &'a OperationDefinition, variables: &'a Variables) -> Self {
        let definitions = operation.variable_definitions.iter().map(|variable| &variable.node);
        let default =
            |variable: &'a VariableDefinition| Some((&variable.name.node, &variable.default_value.as_ref()?.node));
        Self { variables, defaults: definitions.filter_map(default).collect() }
    }

    fn number(&self, field: &Field, argument: &str) -> Option<i64> {
        let value =
            |name: Name| self.variables.get(&name).or_else(|| self.defaults.get(&name).copied()).cloned().ok_or(());
        match field.get_argument(argument)?.node.clone().into_const_with(value) {
            Ok(Value::Number(number)) => number.as_i64(),
            _ => None,
        }
    }
}
