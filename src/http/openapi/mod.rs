//! The OpenAPI document, made from the route table and the types. Native only: the worker serves the file.
//!
//! It invents nothing: a route, a view or a word that is not in the code cannot be in the document.

mod operations;
pub mod registry;
pub mod requests;
pub mod words;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::ingest::Answer;
use super::problem::ProblemView;
use super::route::{Operation, ROUTES};
use operations::{Description, describe};

/// Gathers the schemas that operations name.
pub struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            given: settings().for_serialize().into_generator(),
            taken: settings().for_deserialize().into_generator(),
        }
    }

    /// The schema of what is answered.
    fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// The schema of what is sent.
    fn taken<T: JsonSchema>(&mut self) -> Value {
        self.taken.subschema_for::<T>().to_value()
    }

    /// All of them by name.
    ///
    /// # Errors
    /// The name of a type that is sent in another shape than it is answered: it needs two names.
    fn finish(mut self) -> Result<Map<String, Value>, String> {
        let mut all = self.given.take_definitions(true);
        for (name, schema) in self.taken.take_definitions(true) {
            match all.get(&name) {
                Some(other) if *other != schema => return Err(name),
                Some(_) => {}
                None => {
                    all.insert(name, schema);
                }
            }
        }
        all.sort_keys();
        all.values_mut().for_each(simplify);
        Ok(all)
    }
}

/// Leaves out what says nothing to anybody: the width of our numbers.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let width = map.get("format").and_then(Value::as_str);
            if width.is_some_and(|width| width.starts_with("uint") || width.starts_with("int")) {
                map.remove("format");
            }
            map.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn json_content(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// `createAutomation`: a name for generated clients.
fn operation_id(operation: Operation) -> String {
    let name = format!("{operation:?}");
    let (first, rest) = name.split_at(1);
    first.to_lowercase() + rest
}

/// The resource of a path.
fn tag(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default().trim_end_matches(".json")
}

fn operation(route: &super::route::Route, schemas: &mut Schemas) -> Value {
    let Description { summary, query, body, status, answer } = describe(route.operation, schemas);
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), operation_id(route.operation).into());
    operation.insert("tags".to_owned(), json!([tag(route.path)]));
    operation.insert("summary".to_owned(), summary.into());
    if !query.is_empty() {
        operation.insert("parameters".to_owned(), query.into());
    }
    if let Some((schema, required)) = body {
        operation.insert("requestBody".to_owned(), json!({ "required": required, "content": json_content(&schema) }));
    }
    let good = match answer {
        Some(schema) => json!({ "description": summary, "content": json_content(&schema) }),
        None => json!({ "description": "Done" }),
    };
    let responses = json!({ status.to_string(): good, "default": { "$ref": "#/components/responses/Problem" } });
    operation.insert("responses".to_owned(), responses);
    if route.operation.is_open() {
        operation.insert("security".to_owned(), json!([]));
    }
    operation.into()
}

/// The inbound address, which is not under `/api/v1`.
fn delivery(schemas: &mut Schemas) -> Value {
    let answer = json_content(&schemas.given::<Answer>());
    let token = json!({
        "name": "token", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "The unguessable part of a source's URL.",
    });
    json!({
        "servers": [{ "url": "/" }],
        "parameters": [token],
        "post": {
            "operationId": "deliver",
            "tags": ["in"],
            "summary": "Send a delivery to a source, also with PUT or PATCH",
            "description": "JSON, NDJSON, a form, XML or plain text. Under any path prefix and on any host.",
            "parameters": [{
                "name": "X-Uncino-Test", "in": "header", "schema": { "type": "string", "enum": ["1"] },
                "description": "Receives it as a test: nothing of its runs leaves.",
            }],
            "requestBody": { "content": {
                "application/json": { "schema": {} },
                "application/x-www-form-urlencoded": { "schema": { "type": "object" } },
                "multipart/form-data": { "schema": { "type": "object" } },
            } },
            "responses": {
                "202": { "description": "Stored", "content": answer },
                "200": { "description": "Received before; or a provider's challenge, answered as it expects", "content": answer },
                "default": { "$ref": "#/components/responses/Problem" },
            },
            "security": [],
        },
    })
}

/// The address that is given to Meta.
fn reports() -> Value {
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "The id of a WhatsApp connection.",
    });
    let text = json!({ "text/plain": { "schema": { "type": "string" } } });
    let asked = |name: &str| json!({ "name": name, "in": "query", "required": true, "schema": { "type": "string" } });
    json!({
        "servers": [{ "url": "/" }],
        "parameters": [id],
        "get": {
            "operationId": "answerChallenge",
            "tags": ["in"],
            "summary": "Meta's challenge, answered to whoever knows the connection's `verify_token`",
            "parameters": [asked("hub.mode"), asked("hub.verify_token"), asked("hub.challenge")],
            "responses": {
                "200": { "description": "The challenge", "content": text },
                "default": { "$ref": "#/components/responses/Problem" },
            },
            "security": [],
        },
        "post": {
            "operationId": "reportDelivery",
            "tags": ["in"],
            "summary": "Delivery reports of WhatsApp, as Meta's webhook `messages` brings them",
            "parameters": [{
                "name": "X-Hub-Signature-256", "in": "header", "required": true, "schema": { "type": "string" },
                "description": "`sha256=` and the HMAC of the body under the connection's `app_secret`.",
            }],
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": {
                "200": { "description": "Kept", "content": text },
                "default": { "$ref": "#/components/responses/Problem" },
            },
            "security": [],
        },
    })
}

/// The document.
///
/// # Errors
/// The name of a type that has two shapes.
pub fn document() -> Result<Value, String> {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let described = operation(route, &mut schemas);
        let path = paths.entry(route.path).or_insert_with(|| {
            let id = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
            if route.path.contains("{id}") { json!({ "parameters": id }) } else { json!({}) }
        });
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_lowercase(), described);
        }
    }
    paths.insert("/in/{token}".to_owned(), delivery(&mut schemas));
    paths.insert("/in/whatsapp/{id}".to_owned(), reports());
    let problem = schemas.given::<ProblemView<'static>>();
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Uncino",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Webhook automations in one Cloudflare Worker. docs/API.md says what holds for all of it.",
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.finish()?,
            "responses": { "Problem": {
                "description": "It did not go well; look at `code`",
                "content": { "application/problem+json": { "schema": problem } },
            } },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The `ADMIN_TOKEN`." },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-uncino" },
            },
        },
    }))
}
