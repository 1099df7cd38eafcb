//! Sources: made, changed, rotated, deleted. A change acts at once, because every insert checks the revision.
//!
//! It accepts no delivery, and never gives a secret back: they are sealed on the way in and opened for one look.

use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::field::{Field, FieldKind, MAX_POLICIES, Meaning, Policies, Storage, is_path, mask};
use crate::domain::ids::{SourceId, Token};
use crate::domain::problem::{Kind, Problem, verdict};
use crate::domain::source::{Change, Source, SourceSettings};
use crate::store::{Page, Statement, automations, captures, fields, sources, tallies};

use super::ports::Level;
use super::{App, learn, took_place};

/// How long a rotated token goes on working when nobody says otherwise: a day, what Svix gives.
pub const DEFAULT_GRACE_S: u32 = 86_400;

/// A new source, not yet stored.
pub fn draft(app: &App, name: &str) -> Source {
    let now = app.now();
    let mut token = [0; 20];
    app.ports.entropy.fill(&mut token);
    Source {
        id: SourceId::new(now, app.entropy()),
        name: name.to_owned(),
        token: Token::new(token),
        old_token: None,
        old_token_until: None,
        revision: 1,
        settings: SourceSettings::default(),
        secrets: None,
        schema_revision: 0,
        created_at: now,
        deleted_at: None,
    }
}

/// A source.
pub async fn get(app: &App, id: &SourceId) -> Result<Source, Problem> {
    sources::get(app.db(), id).await?.ok_or_else(|| Problem::not_found("source", id))
}

/// Sources, newest first.
pub async fn list(app: &App, page: &Page) -> Result<Vec<Source>, Problem> {
    Ok(sources::list(app.db(), page).await?)
}

/// Changes a source as it was asked; keys that are not there stay.
pub async fn change(app: &App, id: &SourceId, value: &Value) -> Result<Source, Problem> {
    let mut source = get(app, id).await?;
    let change = Change::parse(value, &source.settings).map_err(Problem::invalid)?;
    if change.secrets.is_some() || change.verify_token.is_some() {
        let old = match open_keys(app, &source) {
            Ok(keys) => keys,
            // Under a lost key they are gone; whoever enters the secrets again must be able to.
            Err(_) if change.secrets.is_some() => Keys::default(),
            Err(problem) => return Err(problem),
        };
        let signing = change.secrets.unwrap_or(old.signing);
        let verify_token = change.verify_token.unwrap_or(old.verify_token);
        source.secrets = seal_keys(app, &source.id, &Keys { signing, verify_token })?;
    }
    source.name = change.name.unwrap_or(source.name);
    source.settings = change.settings;
    store(app, source).await
}

/// Gives a source a new token; the old one works for `grace_s` more.
///
/// Only one old token can work: while one does, a second rotation must say that it ends now, because somebody still
/// sends to it and was promised the time.
pub async fn rotate(app: &App, id: &SourceId, grace_s: u32) -> Result<Source, Problem> {
    let mut source = get(app, id).await?;
    if let (Some(_), Some(until)) = (&source.old_token, source.old_token_until.filter(|until| *until > app.now()))
        && grace_s > 0
    {
        let message = format!(
            "the token before this one still works until {until}; rotate after that, or send {{\"grace_seconds\":0}} to end both at once"
        );
        return Err(Problem::new(Kind::Conflict, "grace_running", message));
    }
    let mut token = [0; 20];
    app.ports.entropy.fill(&mut token);
    let old = std::mem::replace(&mut source.token, Token::new(token));
    let gone = source.old_token.take();
    if grace_s > 0 {
        source.old_token = Some(old.clone());
        source.old_token_until = Some(app.now().plus_ms(i64::from(grace_s) * 1_000));
    } else {
        source.old_token_until = None;
    }
    let source = store(app, source).await?;
    let mut dead: Vec<&Token> = gone.iter().collect();
    if grace_s == 0 {
        dead.push(&old);
    }
    learn::unpublish(app, &dead).await;
    Ok(source)
}

/// Boxed, so that its code is there once and not in everybody who changes a source. What was gathered under the revision
/// before it goes into the ledger with it.
pub(super) fn store(app: &App, mut source: Source) -> Pin<Box<dyn Future<Output = Result<Source, Problem>> + '_>> {
    Box::pin(async move {
        source.revision += 1;
        let [entries, emptied] = tallies::fold(&source.id);
        let results = app.db().batch(vec![entries, emptied, sources::update(&source, app.now())]).await?;
        if !took_place(&results, 2) {
            return Err(changed_meanwhile());
        }
        learn::publish_changed(app, &source).await;
        Ok(source)
    })
}

/// Deletes a source with its automations: its URL answers 410 from now on, and runs that have not begun are cancelled.
pub async fn delete(app: &App, id: &SourceId) -> Result<(), Problem> {
    let source = get(app, id).await?;
    let now = app.now();
    let statements = vec![sources::delete(id, now), automations::delete_of_source(id, now), captures::forget(id)];
    app.db().batch(statements).await?;
    forget(app, &source).await;
    super::runs::cancel_orphans(app).await?;
    Ok(())
}

/// Takes a deleted source out of every cache that is in reach.
pub async fn forget(app: &App, source: &Source) {
    super::lookup::forget(app, source);
    let mut tokens = vec![&source.token];
    tokens.extend(&source.old_token);
    learn::unpublish(app, &tokens).await;
}

/// The learned fields of a source, what it stores of each, and how many of its events were counted.
pub async fn fields(app: &App, id: &SourceId) -> Result<(Vec<Field>, Policies, u64), Problem> {
    let source = get(app, id).await?;
    if let Err(error) = learn::fold(app, id).await {
        // A database that does not write can still be read.
        app.log(
            Level::Warn,
            &format!("the counts of {id} are shown as they were, the newest could not be added: {error}"),
        );
    }
    let learned = fields::list(app.db(), id).await?;
    Ok((learned, source.settings.storage, tallies::events(app.db(), id).await?))
}

/// Changes what an operator may change of a field: its meaning (null takes the choice back to none), whether samples
/// are kept, and what is stored of it.
///
/// What is stored may be said of a field that was never sent. It holds from the next delivery on: what is in the
/// database stays there.
pub async fn change_field(app: &App, id: &SourceId, path: &str, value: &Value) -> Result<(Field, Storage), Problem> {
    let mut source = get(app, id).await?;
    let mut reader = crate::domain::input::Reader::new(value).map_err(|fault| Problem::invalid(vec![fault]))?;
    let meaning = match reader.value("meaning") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(word) => {
            let meaning = word.as_str().and_then(Meaning::parse);
            if meaning.is_none() {
                let known: Vec<&str> = Meaning::ALL.iter().map(|meaning| meaning.as_str()).collect();
                reader.fault("meaning", "invalid", format!("must be null or one of `{}`", known.join("`, `")));
            }
            Some(meaning)
        }
    };
    let masked = reader.boolean("masked");
    let storage = reader.text("storage", 20).and_then(|word| {
        let storage = Storage::parse(&word);
        if storage.is_none() {
            reader.fault("storage", "invalid", "must be `show`, `mask`, `hash` or `none`");
        }
        storage
    });
    if storage.is_some_and(|storage| storage != Storage::Show) && !source.settings.storage.has_room() {
        reader.fault("storage", "too_many", format!("at most {MAX_POLICIES} fields of a source can be treated"));
    }
    verdict(reader.finish())?;
    // What was gathered before the change goes by the rules before it.
    let mut statements = tallies::fold(id).to_vec();
    let settings_change = statements.len();
    if let Some(storage) = storage.filter(|storage| *storage != source.settings.storage.said(path)) {
        statements.extend(store_otherwise(app, &mut source, path, storage).await?);
    }
    let field_change = statements.len();
    statements.push(fields::change(id, path, meaning, masked));
    let results = app.db().batch(statements).await?;
    if field_change > settings_change && !took_place(&results, settings_change) {
        return Err(changed_meanwhile());
    }
    if !took_place(&results, field_change) {
        return Err(Problem::not_found("field", path));
    }
    learn::publish_changed(app, &source).await;
    let changed = fields::list(app.db(), id).await?.into_iter().find(|field| field.path == path);
    let storage = source.settings.storage.said(path);
    changed.map(|field| (field, storage)).ok_or_else(|| Problem::not_found("field", path))
}

/// The statements that change what is stored of a field: the first is the one that must take place. The samples that it
/// has go with it, those of a list around it too.
async fn store_otherwise(
    app: &App,
    source: &mut Source,
    path: &str,
    storage: Storage,
) -> Result<Vec<Statement>, Problem> {
    learn::fold(app, &source.id).await?;
    let known = fields::list(app.db(), &source.id).await?;
    if !known.iter().any(|field| field.path == path) && (storage == Storage::Show || !is_path(path)) {
        return Err(Problem::not_found("field", path));
    }
    if storage == Storage::Hash {
        // Without a key nothing could be received any more.
        super::storage::key(app, &source.id)?;
    }
    let before = source.settings.storage.clone();
    source.settings.storage.set(path, storage);
    source.revision += 1;
    let now = app.now();
    let mut statements = vec![sources::update(source, now), fields::place(&source.id, path, now)];
    for field in &known {
        let is_list = field.kinds.contains(&FieldKind::List);
        let of = |policies: &Policies| if is_list { policies.around(&field.path) } else { policies.of(&field.path) };
        let storage = of(&source.settings.storage);
        // What is masked already must not be masked once more.
        if storage == of(&before) {
            continue;
        }
        let samples: Vec<String> = match storage {
            Storage::Mask if !is_list => field.samples.iter().map(|sample| mask(sample)).collect(),
            Storage::Mask | Storage::Hash | Storage::None => Vec::new(),
            Storage::Show => continue,
        };
        // Also when they are the same: what is gathered meanwhile comes in before this.
        statements.push(fields::set_samples(&source.id, &field.path, &samples));
    }
    Ok(statements)
}

pub(super) fn changed_meanwhile() -> Problem {
    let message = "somebody else changed this source in the same moment; read it again and repeat your change";
    Problem::new(Kind::Conflict, "changed_meanwhile", message)
}

/// Forgets a field; it is learned anew when it is sent again.
pub async fn delete_field(app: &App, id: &SourceId, path: &str) -> Result<(), Problem> {
    let source = get(app, id).await?;
    let [entries, emptied] = tallies::fold(id);
    let statements = vec![entries, emptied, fields::forget(id, path), fields::schema_changed(id, app.now())];
    let results = app.db().batch(statements).await?;
    if !took_place(&results, 2) {
        return Err(Problem::not_found("field", path));
    }
    learn::publish_changed(app, &source).await;
    Ok(())
}

/// What only a source and its sender know.
#[derive(Default, Serialize, Deserialize)]
pub struct Keys {
    /// The secrets with which deliveries are signed.
    pub signing: Vec<String>,
    /// What `hub.verify_token` of a challenge must be; `None` when it may be anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
}

fn seal_keys(app: &App, id: &SourceId, keys: &Keys) -> Result<Option<String>, Problem> {
    if keys.signing.is_empty() && keys.verify_token.is_none() {
        return Ok(None);
    }
    let plain = serde_json::to_vec(keys).map_err(|error| Problem::internal(error.to_string()))?;
    super::connections::seal(app, id.as_str(), &plain).map(Some)
}

/// The secrets of a source, opened for one look.
pub fn open_keys(app: &App, source: &Source) -> Result<Keys, Problem> {
    let Some(sealed) = &source.secrets else { return Ok(Keys::default()) };
    let plain = super::connections::unseal(app, source.id.as_str(), sealed)?;
    // Before there were challenges, the signing secrets stood alone.
    if let Ok(signing) = serde_json::from_slice(&plain) {
        return Ok(Keys { signing, verify_token: None });
    }
    serde_json::from_slice(&plain).map_err(|error| Problem::internal(error.to_string()))
}

/// The signing secrets of a source, opened for one look.
pub fn open_secrets(app: &App, source: &Source) -> Result<Vec<String>, Problem> {
    open_keys(app, source).map(|keys| keys.signing)
}
