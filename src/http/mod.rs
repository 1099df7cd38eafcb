//! The HTTP edge.

pub mod message;
pub mod room;

use crate::app::{After, App};
use message::{Request, Response};

/// Answers a request. (A stand-in until the edge is merged.)
pub async fn handle(app: &App, request: Request) -> (Response, Option<After>) {
    let _ = (app, request);
    (Response::empty(404), None)
}
