//! Connections: made, changed, tried out, deleted. Secrets are sealed on the way in and never come back out.

use serde_json::Value;

use crate::domain::action::{self, Object};
use crate::domain::connection::{self, Connection, Kind, Trial, TrialResult};
use crate::domain::ids::ConnectionId;
use crate::domain::input::Reader;
use crate::domain::problem::{self, Problem, verdict};
use crate::domain::secret::Secret;
use crate::store::connections::{self, Sealed};
use crate::store::{DatabaseError, Page};

use super::{App, took_place};

/// Seals secrets for their owner.
pub fn seal(app: &App, owner: &str, plain: &[u8]) -> Result<String, Problem> {
    let sealer = app.config.sealer.as_ref().ok_or_else(no_key)?;
    let mut nonce = [0; super::seal::NONCE_LEN];
    app.ports.entropy.fill(&mut nonce);
    sealer.seal(owner, plain, nonce).map_err(|error| Problem::internal(error.to_string()))
}

/// Opens what was sealed for an owner.
pub fn unseal(app: &App, owner: &str, sealed: &str) -> Result<Vec<u8>, Problem> {
    let sealer = app.config.sealer.as_ref().ok_or_else(no_key)?;
    sealer.open(owner, sealed).map_err(|error| Problem::from(error).with_context(format!("secrets of {owner}")))
}

pub(super) fn no_key() -> Problem {
    let message = "secrets cannot be kept or opened without `SECRET_KEY`; set it to 32 random bytes in base64, \
                   for example with `openssl rand -base64 32`";
    Problem::new(problem::Kind::Misconfigured, "no_secret_key", message)
}

/// A connection with its secrets opened, for a call.
pub fn open(app: &App, sealed: &Sealed) -> Result<Connection, Problem> {
    let secrets = match &sealed.secrets {
        None => Object::new(),
        Some(text) => {
            let plain = unseal(app, sealed.id.as_str(), text)?;
            serde_json::from_slice(&plain).map_err(|error| Problem::internal(error.to_string()))?
        }
    };
    Ok(Connection {
        id: sealed.id.clone(),
        kind: sealed.kind,
        name: sealed.name.clone(),
        simulated: sealed.simulated,
        is_default: sealed.is_default,
        settings: sealed.settings.clone(),
        secrets: Secret::new(secrets),
    })
}

/// A connection, its secrets still sealed.
pub async fn get(app: &App, id: &ConnectionId) -> Result<Sealed, Problem> {
    connections::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("connection", id))
}

/// Connections, newest first.
pub async fn list(app: &App, page: &Page) -> Result<Vec<Sealed>, Problem> {
    furnish(app).await?;
    Ok(connections::list(app.db(), page).await?)
}

/// Makes a connection.
pub async fn create(app: &App, value: &Value) -> Result<Sealed, Problem> {
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let kind = reader.required_text("kind", 20).and_then(|word| {
        let kind = Kind::parse(&word);
        if kind.is_none() {
            reader.fault("kind", "invalid", "must be `whatsapp`, `email` or `http`");
        }
        kind
    });
    let name = reader.required_text("name", crate::domain::automation::MAX_NAME);
    let now = app.now();
    let blank = Sealed {
        id: ConnectionId::new(now, app.entropy()),
        kind: kind.unwrap_or(Kind::Http),
        name: name.unwrap_or_default(),
        simulated: false,
        is_default: false,
        settings: Object::new(),
        secrets: None,
        created_at: now,
        updated_at: now,
    };
    put(app, blank, Object::new(), reader).await
}

/// Changes a connection: keys that are not there stay; secrets are replaced one by one, and null removes one.
pub async fn change(app: &App, id: &ConnectionId, value: &Value) -> Result<Sealed, Problem> {
    let mut sealed = get(app, id).await?;
    let secrets = match open(app, &sealed) {
        Ok(opened) => opened.secrets.expose().clone(),
        // Under a lost key they are gone; whoever enters them again must be able to.
        Err(_) if value.get("secrets").is_some_and(Value::is_object) => Object::new(),
        Err(problem) => return Err(problem),
    };
    let mut reader = Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    if reader.value("name").is_some() {
        sealed.name = reader.required_text("name", crate::domain::automation::MAX_NAME).unwrap_or_default();
    }
    sealed.updated_at = app.now();
    put(app, sealed, secrets, reader).await
}

/// What creating and changing have in common: the rest of the keys, the checks, the seal, the store.
async fn put(app: &App, mut sealed: Sealed, mut secrets: Object, mut reader: Reader<'_>) -> Result<Sealed, Problem> {
    if let Some(simulated) = reader.boolean("simulated") {
        sealed.simulated = simulated;
    }
    if let Some(default) = reader.boolean("default") {
        sealed.is_default = default;
    }
    if let Some(settings) = reader.object("settings") {
        sealed.settings = settings.clone();
    }
    for (name, value) in reader.object("secrets").into_iter().flatten() {
        if value.is_null() {
            secrets.remove(name);
        } else {
            secrets.insert(name.clone(), value.clone());
        }
    }
    let mut faults = reader.finish();
    faults.extend(connection::check(sealed.kind, sealed.simulated, &sealed.settings, &secrets));
    verdict(faults)?;
    sealed.secrets = match secrets.is_empty() {
        true => None,
        false => {
            let plain = serde_json::to_vec(&secrets).map_err(|error| Problem::internal(error.to_string()))?;
            Some(seal(app, sealed.id.as_str(), &plain)?)
        }
    };
    app.db().batch(connections::put(&sealed)).await?;
    Ok(sealed)
}

/// Which secrets a connection has, by their names.
pub fn secret_names(app: &App, sealed: &Sealed) -> Vec<String> {
    open(app, sealed).map(|connection| connection.secrets.expose().keys().cloned().collect()).unwrap_or_default()
}

/// Deletes a connection. Steps that name it fail from now on, and say so.
pub async fn delete(app: &App, id: &ConnectionId) -> Result<(), Problem> {
    let results = app.db().batch(vec![connections::delete(id)]).await?;
    if took_place(&results, 0) { Ok(()) } else { Err(Problem::not_found("connection", id)) }
}

/// Tries a connection out, without sending a message to anybody.
pub async fn test(app: &App, id: &ConnectionId) -> Result<TrialResult, Problem> {
    let opened = open(app, &get(app, id).await?)?;
    Ok(match connection::trial(&opened, app.settings()) {
        Trial::Told(result) => result,
        Trial::Ask(request) => {
            connection::read_trial(&action::redact(app.ports.outbound.send(request).await, Some(&opened)))
        }
    })
}

/// Gives a local start its simulated defaults, so that the first five minutes need no account anywhere. A deployed
/// Uncino has none: what it does not send, it must not seem to send.
pub async fn furnish(app: &App) -> Result<(), DatabaseError> {
    if !app.config.dev || app.memory.furnished.get() {
        return Ok(());
    }
    let now = app.now();
    let default = |kind: Kind, name: &str| {
        connections::insert_if_none(&Sealed {
            id: ConnectionId::new(now, app.entropy()),
            kind,
            name: name.to_owned(),
            simulated: true,
            is_default: true,
            settings: Object::new(),
            secrets: None,
            created_at: now,
            updated_at: now,
        })
    };
    app.db().batch(vec![default(Kind::Whatsapp, "WhatsApp"), default(Kind::Email, "E-mail")]).await?;
    app.memory.furnished.set(true);
    Ok(())
}
