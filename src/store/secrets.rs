//! Sealed secrets, wherever they lie (connections, sources, erasures), by the key with which they were sealed.
//!
//! It opens none. A sealed text names its key in its first characters, which is all that is looked at.

use crate::domain::time::Timestamp;
use crate::sql;

use super::{Database, DatabaseExt, Result, Statement};

/// The id of an owner, to which its secrets are bound, and the secrets sealed.
pub type Kept = (String, String);

/// Secrets that do not begin with the current key's prefix, in the order of their owners' ids, behind one of them.
pub async fn old(db: &dyn Database, prefix: &str, after: &str, limit: u32) -> Result<Vec<Kept>> {
    db.all(sql!(
        "SELECT json_array(id, secrets) AS row FROM (
           SELECT id, secrets FROM connections WHERE secrets IS NOT NULL
           UNION ALL SELECT id, secrets FROM sources WHERE secrets IS NOT NULL AND deleted_at IS NULL
           UNION ALL SELECT id, sealed FROM erasures WHERE sealed IS NOT NULL AND finished_at IS NULL)
         WHERE substr(secrets, 1, length(?1)) <> ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        prefix,
        after,
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

/// Puts the same secrets sealed anew in the place of those that were read, if they are still there: in whichever table
/// has the id. A source gets a new revision, so that every copy of its settings is known to be old.
pub fn replace(kept: &Kept, sealed: &str, now: Timestamp) -> [Statement; 3] {
    let (id, old) = kept;
    [
        sql!("UPDATE connections SET secrets = ?3 WHERE id = ?1 AND secrets = ?2 RETURNING id AS row", id, old, sealed),
        sql!("UPDATE erasures SET sealed = ?3 WHERE id = ?1 AND sealed = ?2 RETURNING id AS row", id, old, sealed),
        sql!(
            "UPDATE sources SET secrets = ?3, revision = revision + 1, unpublished = ?4
             WHERE id = ?1 AND secrets = ?2 AND deleted_at IS NULL RETURNING id AS row",
            id,
            old,
            sealed,
            now
        ),
    ]
}
