//! Sealed secrets, wherever they lie (connections, sources, erasures), by the key with which they were sealed.
//!
//! It opens none. A sealed text names its key in its first characters, which is all that is looked at.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement};

/// Whose secrets they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A connection.
    Connection,
    /// A source.
    Source,
    /// An erasure that is under way: whom it is about.
    Erasure,
}

/// Sealed secrets with their owner.
#[derive(Deserialize, Clone, Debug)]
pub struct Kept {
    /// In which table.
    pub owner: Owner,
    /// Its id, to which they are bound.
    pub owner_id: String,
    /// The sealed text.
    pub sealed: String,
}

/// Secrets that do not begin with the current key's prefix, in the order of owners and ids, behind one of them.
pub async fn old(db: &dyn Database, prefix: &str, after: Option<&(Owner, String)>, limit: u32) -> Result<Vec<Kept>> {
    let (owner, id) = after.map_or(("", ""), |(owner, id)| (word(*owner), id.as_str()));
    db.all(sql!(
        "SELECT json_object('owner', owner, 'owner_id', id, 'sealed', secrets) AS row FROM (
           SELECT 'connection' AS owner, id, secrets FROM connections WHERE secrets IS NOT NULL
           UNION ALL SELECT 'source', id, secrets FROM sources WHERE secrets IS NOT NULL AND deleted_at IS NULL
           UNION ALL SELECT 'erasure', id, sealed FROM erasures WHERE sealed IS NOT NULL AND finished_at IS NULL)
         WHERE substr(secrets, 1, length(?1)) <> ?1 AND (owner, id) > (?2, ?3) ORDER BY owner, id LIMIT ?4",
        prefix,
        owner,
        id,
        limit
    ))
    .await
}

/// How many there are.
pub async fn count_old(db: &dyn Database, prefix: &str) -> Result<u64> {
    let count = db
        .first::<u64>(sql!(
            "SELECT json(
               (SELECT count(*) FROM connections WHERE secrets IS NOT NULL AND (?1 = '' OR substr(secrets, 1, length(?1)) <> ?1))
               + (SELECT count(*) FROM sources WHERE secrets IS NOT NULL AND deleted_at IS NULL
                    AND (?1 = '' OR substr(secrets, 1, length(?1)) <> ?1))
               + (SELECT count(*) FROM erasures WHERE sealed IS NOT NULL AND finished_at IS NULL
                    AND (?1 = '' OR substr(sealed, 1, length(?1)) <> ?1))) AS row",
            prefix
        ))
        .await?;
    Ok(count.unwrap_or_default())
}

const fn word(owner: Owner) -> &'static str {
    match owner {
        Owner::Connection => "connection",
        Owner::Source => "source",
        Owner::Erasure => "erasure",
    }
}

/// Puts the same secrets sealed anew in the place of those that were read, if they are still there. A source gets a new
/// revision, so that every copy of its settings is known to be old.
pub fn replace(kept: &Kept, sealed: &str, now: Timestamp) -> Statement {
    match kept.owner {
        Owner::Connection => sql!(
            "UPDATE connections SET secrets = ?3 WHERE id = ?1 AND secrets = ?2 RETURNING id AS row",
            &kept.owner_id,
            &kept.sealed,
            sealed
        ),
        Owner::Source => sql!(
            "UPDATE sources SET secrets = ?3, revision = revision + 1, unpublished = ?4
             WHERE id = ?1 AND secrets = ?2 AND deleted_at IS NULL RETURNING id AS row",
            &kept.owner_id,
            &kept.sealed,
            sealed,
            now
        ),
        Owner::Erasure => sql!(
            "UPDATE erasures SET sealed = ?3 WHERE id = ?1 AND sealed = ?2 RETURNING id AS row",
            &kept.owner_id,
            &kept.sealed,
            sealed
        ),
    }
}
