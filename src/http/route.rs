//! The API's routes as data: what the router dispatches on, and what the OpenAPI document is made from.
//!
//! It calls nothing. An operation that is not in the table cannot be reached, and one that nobody handles does not
//! compile.

/// What a request to the API can ask for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    GetSession,
    CreateSession,
    DeleteSession,
    GetHealth,
    GetOpenapi,
    ListActions,
    GetStats,
    CreateAutomation,
    ListAutomations,
    GetAutomation,
    ReplaceAutomation,
    DeleteAutomation,
    EnableAutomation,
    DisableAutomation,
    PreviewAutomation,
    ListSources,
    GetSource,
    ChangeSource,
    DeleteSource,
    RotateSource,
    IdentifySource,
    ListRefusals,
    ListFields,
    ChangeField,
    DeleteField,
    ListEvents,
    GetEvent,
    DeleteEvent,
    ReplayEvent,
    ReplayEvents,
    GetReplay,
    StopReplay,
    ListRuns,
    GetRun,
    ResumeRun,
    CancelRun,
    ListContacts,
    GetContact,
    ChangeContact,
    DeleteContact,
    ListConnections,
    CreateConnection,
    GetConnection,
    ChangeConnection,
    DeleteConnection,
    TestConnection,
    ListOutbox,
    ErasePerson,
    ExportPerson,
    ListErasures,
    GetErasure,
    GetSealing,
}

/// A route under `/api/v1`.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method. `GET` takes `HEAD` too.
    pub method: &'static str,
    /// The path; `{id}` stands for one segment.
    pub path: &'static str,
    /// What it asks for.
    pub operation: Operation,
}

const fn route(method: &'static str, path: &'static str, operation: Operation) -> Route {
    Route { method, path, operation }
}

/// Every route.
pub const ROUTES: &[Route] = &[
    route("GET", "/session", Operation::GetSession),
    route("POST", "/session", Operation::CreateSession),
    route("DELETE", "/session", Operation::DeleteSession),
    route("GET", "/healthz", Operation::GetHealth),
    route("GET", "/openapi.json", Operation::GetOpenapi),
    route("GET", "/actions", Operation::ListActions),
    route("GET", "/stats", Operation::GetStats),
    route("POST", "/automations", Operation::CreateAutomation),
    route("GET", "/automations", Operation::ListAutomations),
    route("GET", "/automations/{id}", Operation::GetAutomation),
    route("PUT", "/automations/{id}", Operation::ReplaceAutomation),
    route("DELETE", "/automations/{id}", Operation::DeleteAutomation),
    route("POST", "/automations/{id}/enable", Operation::EnableAutomation),
    route("POST", "/automations/{id}/disable", Operation::DisableAutomation),
    route("POST", "/automations/{id}/preview", Operation::PreviewAutomation),
    route("GET", "/sources", Operation::ListSources),
    route("GET", "/sources/{id}", Operation::GetSource),
    route("PATCH", "/sources/{id}", Operation::ChangeSource),
    route("DELETE", "/sources/{id}", Operation::DeleteSource),
    route("POST", "/sources/{id}/rotate", Operation::RotateSource),
    route("POST", "/sources/{id}/identify", Operation::IdentifySource),
    route("GET", "/sources/{id}/refusals", Operation::ListRefusals),
    route("GET", "/sources/{id}/fields", Operation::ListFields),
    route("PATCH", "/sources/{id}/fields", Operation::ChangeField),
    route("DELETE", "/sources/{id}/fields", Operation::DeleteField),
    route("GET", "/events", Operation::ListEvents),
    route("POST", "/events/replay", Operation::ReplayEvents),
    route("GET", "/events/{id}", Operation::GetEvent),
    route("DELETE", "/events/{id}", Operation::DeleteEvent),
    route("POST", "/events/{id}/replay", Operation::ReplayEvent),
    route("GET", "/replays/{id}", Operation::GetReplay),
    route("DELETE", "/replays/{id}", Operation::StopReplay),
    route("GET", "/runs", Operation::ListRuns),
    route("GET", "/runs/{id}", Operation::GetRun),
    route("POST", "/runs/{id}/resume", Operation::ResumeRun),
    route("POST", "/runs/{id}/cancel", Operation::CancelRun),
    route("GET", "/contacts", Operation::ListContacts),
    route("GET", "/contacts/{id}", Operation::GetContact),
    route("PATCH", "/contacts/{id}", Operation::ChangeContact),
    route("DELETE", "/contacts/{id}", Operation::DeleteContact),
    route("GET", "/connections", Operation::ListConnections),
    route("POST", "/connections", Operation::CreateConnection),
    route("GET", "/connections/{id}", Operation::GetConnection),
    route("PATCH", "/connections/{id}", Operation::ChangeConnection),
    route("DELETE", "/connections/{id}", Operation::DeleteConnection),
    route("POST", "/connections/{id}/test", Operation::TestConnection),
    route("GET", "/outbox", Operation::ListOutbox),
    route("POST", "/privacy/erase", Operation::ErasePerson),
    route("POST", "/privacy/export", Operation::ExportPerson),
    route("GET", "/privacy/erasures", Operation::ListErasures),
    route("GET", "/privacy/erasures/{id}", Operation::GetErasure),
    route("GET", "/secrets", Operation::GetSealing),
];

/// What a path and a method lead to.
#[derive(Debug)]
pub enum Found<'a> {
    /// An operation, and the segment that stood for `{id}`; empty where the path has none.
    Operation(Operation, &'a str),
    /// The path exists with other methods only.
    OtherMethods(String),
    /// There is no such path.
    Nothing,
}

impl Operation {
    /// Whether it needs no credentials.
    pub const fn is_open(self) -> bool {
        self.is_public() || matches!(self, Self::GetSession | Self::CreateSession | Self::DeleteSession)
    }

    /// Whether it is there for everybody, also where Cloudflare Access is set: a monitor, and what the code says anyway.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::GetHealth | Self::GetOpenapi)
    }
}

/// Looks a request up in the table.
pub fn find<'a>(method: &str, path: &[&'a str]) -> Found<'a> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut fitting: Vec<(&Route, &'a str)> =
        ROUTES.iter().filter_map(|route| Some((route, fit(route.path, path)?))).collect();
    // A path that is written out in the table is never an id.
    if fitting.iter().any(|(_, id)| id.is_empty()) {
        fitting.retain(|(_, id)| id.is_empty());
    }
    if let Some((route, id)) = fitting.iter().find(|(route, _)| route.method == method) {
        return Found::Operation(route.operation, id);
    }
    if fitting.is_empty() {
        return Found::Nothing;
    }
    let methods: Vec<&str> = fitting.iter().map(|(route, _)| route.method).collect();
    Found::OtherMethods(methods.join(", "))
}

/// The segment that stands for `{id}` when the path fits the pattern.
fn fit<'a>(pattern: &str, path: &[&'a str]) -> Option<&'a str> {
    let mut id = "";
    let mut given = path.iter();
    for part in pattern.split('/').skip(1) {
        let segment = given.next()?;
        if part == "{id}" {
            id = segment;
        } else if part != *segment {
            return None;
        }
    }
    given.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_leads_to_its_own_operation() {
        for route in ROUTES {
            let path: Vec<&str> =
                route.path.split('/').skip(1).map(|part| if part == "{id}" { "x" } else { part }).collect();
            match find(route.method, &path) {
                Found::Operation(operation, id) => {
                    assert_eq!((operation, id == "x"), (route.operation, route.path.contains("{id}")));
                }
                other @ (Found::OtherMethods(_) | Found::Nothing) => {
                    panic!("{} {}: {other:?}", route.method, route.path)
                }
            }
        }
    }

    #[test]
    fn a_path_without_the_method_names_those_it_has() {
        match find("PUT", &["sources", "x", "fields"]) {
            Found::OtherMethods(methods) => assert_eq!(methods, "GET, PATCH, DELETE"),
            other @ (Found::Operation(..) | Found::Nothing) => panic!("{other:?}"),
        }
        assert!(matches!(find("GET", &["events", "replay"]), Found::OtherMethods(methods) if methods == "POST"));
        assert!(matches!(find("GET", &["sources", "x", "letters"]), Found::Nothing));
        assert!(matches!(find("GET", &[]), Found::Nothing));
        assert!(matches!(find("HEAD", &["runs"]), Found::Operation(Operation::ListRuns, "")));
    }
}
