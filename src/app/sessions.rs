//! The dashboard's sessions that were signed out before they were over.
//!
//! It knows no cookie and no signature: a session is a text here, and only its hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::store::stats;

use super::App;

/// Ends a session: until it would have been over anyway, [`is_ended`] knows it.
pub async fn end(app: &App, session: &str, until: Timestamp) -> Result<(), Problem> {
    app.db().batch(vec![stats::set_mark(&name(session), &until.as_millis().to_string())]).await?;
    Ok(())
}

/// Whether a session was ended.
pub async fn is_ended(app: &App, session: &str) -> Result<bool, Problem> {
    Ok(stats::mark(app.db(), &name(session)).await?.is_some())
}

fn name(session: &str) -> String {
    format!("{}{}", stats::SESSION_MARK, URL_SAFE_NO_PAD.encode(Sha256::digest(session.as_bytes())))
}
