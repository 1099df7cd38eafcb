//! Whether the parts answer: asked at most every five seconds by one isolate, so that a probe costs nothing.

use crate::store::stats;

use super::App;

/// How long an answer is kept.
const KEEP_MS: i64 = 5_000;

/// Whether D1 and KV answer.
pub async fn check(app: &App) -> bool {
    let now = app.now();
    if let Some((at, healthy)) = app.memory.health.get()
        && now.since(at) < KEEP_MS
    {
        return healthy;
    }
    let database = stats::ping(app.db()).await.is_ok();
    let kv = app.ports.kv.get("health").await.is_ok();
    let healthy = database && kv;
    app.memory.health.set(Some((now, healthy)));
    healthy
}
