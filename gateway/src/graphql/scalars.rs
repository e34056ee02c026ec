//! Values that GraphQL has no word for.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use fieldlog_eventlog::Position;

/// A place in the event log. Larger is later; nothing else may be read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition(pub Position);

/// A text, because JavaScript cannot hold every position as a number; as input a number is taken too.
#[Scalar(name = "Position")]
impl ScalarType for LogPosition {
    fn parse(value: Value) -> InputValueResult<Self> {
        let position = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().map(Position),
            _ => None,
        };
        position
            .map(Self)
            .ok_or_else(|| InputValueError::custom(format!("expected a position such as \"1234\", found {value}")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Position> for LogPosition {
    fn from(position: Position) -> Self {
        Self(position)
    }
}

/// A number of bytes; it may be larger than `Int` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteCount(pub u64);

#[Scalar]
impl ScalarType for ByteCount {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number.as_u64().map(Self),
            _ => None,
        }
        .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}
