//! Examples in the OpenAPI document, composed from those of the members, so that a new member is included.
//! The members' examples are beside the types in the rooms (`#[schema(example = …)]`).

use serde_json::{Map, Value, json};

/// Levels of a schema that are followed.
const DEPTH_MAX: usize = 12;

/// Request or response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Optional members are left out.
    Request,
    /// Nullable members are present as null.
    Response,
}

/// An example of what a schema describes; `schemas` are the components that it may refer to.
pub fn of(schema: &Value, schemas: &Value, side: Side) -> Value {
    ExampleBuilder { schemas, side }.make(schema, 0).unwrap_or(Value::Null)
}

/// The explicit example of a schema.
pub fn explicit_example(schema: &Value) -> Option<&Value> {
    schema.get("example").or_else(|| schema.pointer("/examples/0"))
}

struct ExampleBuilder<'a> {
    schemas: &'a Value,
    side: Side,
}

impl ExampleBuilder<'_> {
    /// None: it may be left out.
    fn make(&self, schema: &Value, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if let Some(given) = explicit_example(schema).filter(|_| !is_object) {
            return Some(given.clone());
        }
        if let Some(fixed) = schema.get("const").or_else(|| schema.pointer("/enum/0")) {
            return Some(fixed.clone());
        }
        if let Some(referred) = self.resolve_reference(schema) {
            return self.make(referred, depth + 1);
        }
        if let Some(alternatives) =
            schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
        {
            let is_null = |schema: &Value| schema.get("type") == Some(&json!("null"));
            if alternatives.iter().any(is_null) {
                return self.nothing();
            }
            return alternatives.first().and_then(|first| self.make(first, depth + 1));
        }
        if is_object {
            return Some(Value::Object(self.object(schema, depth)));
        }
        self.plain(schema, depth)
    }

    fn resolve_reference(&self, schema: &Value) -> Option<&Value> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")?;
        self.schemas.get(name)
    }

    fn nothing(&self) -> Option<Value> {
        (self.side == Side::Response).then_some(Value::Null)
    }

    fn object(&self, schema: &Value, depth: usize) -> Map<String, Value> {
        let mut made = Map::new();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let part = self.resolve_reference(part).unwrap_or(part);
            made.extend(self.object(part, depth + 1));
        }
        let given = explicit_example(schema).and_then(Value::as_object);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let hidden = match self.side {
                Side::Request => "readOnly",
                Side::Response => "writeOnly",
            };
            if member.get(hidden) == Some(&Value::Bool(true)) {
                continue;
            }
            let value = match given.and_then(|given| given.get(name)) {
                Some(given) => Some(given.clone()),
                // An object without required members shows those with examples, and no nulls.
                None if required.is_empty() => None,
                None if required.contains(&name.as_str()) || self.side == Side::Response => {
                    self.make(member, depth + 1)
                }
                None => None,
            };
            if let Some(value) = value {
                made.insert(name.clone(), value);
            }
        }
        made
    }

    fn plain(&self, schema: &Value, depth: usize) -> Option<Value> {
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if kinds.contains(&"null") || kinds.is_empty() {
            return self.nothing();
        }
        match kinds.first().copied().unwrap_or_default() {
            "object" => Some(json!({})),
            "array" => {
                let item = schema.get("items").and_then(|items| self.make(items, depth + 1));
                Some(Value::Array(item.into_iter().collect()))
            }
            "boolean" => Some(json!(true)),
            "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or(json!(1))),
            _ => Some(json!(PLACEHOLDER)),
        }
    }
}

/// A text for which no example is given; a test finds it.
const PLACEHOLDER: &str = "?";

#[cfg(test)]
mod tests {
    use super::*;

    fn schemas() -> Value {
        json!({
            "Status": {"type": "string", "enum": ["new", "lost"]},
            "Facts": {"type": "object",
                "properties": {"area": {"type": ["number", "null"]}, "tax": {"type": ["number", "null"]}},
                    "example": {"area": 3000}},
            "Inquiry": {
                "type": "object",
                "required": ["need", "status", "facts"],
                "properties": {
                    "need": {"type": "string"},
                    "status": {"$ref": "#/components/schemas/Status"},
                    "facts": {"$ref": "#/components/schemas/Facts"},
                    "reason": {"type": ["string", "null"]},
                    "owner": {"oneOf": [{"$ref": "#/components/schemas/Status"}, {"type": "null"}]},
                },
                "example": {"need": "求租厂房"},
            },
        })
    }

    #[test]
    fn an_example_is_made_of_its_parts() {
        let page = json!({"type": "object", "required": ["data"],
            "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Inquiry"}}}});
        let made = of(&page, &schemas(), Side::Response);
        assert_eq!(
            made,
            json!({"data": [{"need": "求租厂房", "status": "new", "facts": {"area": 3000}, "reason": null,
                "owner": null}]})
        );
    }

    #[test]
    fn a_request_leaves_out_what_it_may() {
        let made = of(&json!({"$ref": "#/components/schemas/Inquiry"}), &schemas(), Side::Request);
        assert_eq!(made, json!({"need": "求租厂房", "status": "new", "facts": {"area": 3000}}));
    }
}
