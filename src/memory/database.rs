//! The database port on SQLite itself, with what D1 adds to it: its limits, and its way with numbers.
//!
//! It does not know which functions and pragmas D1 forbids; the tests in real workerd do.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use async_trait::async_trait;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::clock::MemoryClock;
use super::fault::{Life, Switch};
use crate::app::ports::Clock;
use crate::store::{Arg, Database, DatabaseError, Reason, Rows, Statement};

/// What workerd sets for D1, so that a statement that is too much there is too much here.
/// Source: workerd, `src/workerd/util/sqlite.c++`; the length is the documented one of a row.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 127),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
];

/// A database in memory or in a file.
pub struct MemoryDatabase {
    connection: RefCell<Connection>,
    clock: Rc<MemoryClock>,
    /// Faults of every call.
    pub faults: Switch,
    /// Faults of the calls that write.
    pub write_faults: Switch,
    latency_ms: Cell<u32>,
    /// What somebody else does, and before which call.
    meanwhile: RefCell<Option<(usize, String)>>,
    calls: Cell<usize>,
    writes: Cell<usize>,
    size: Cell<Option<u64>>,
    /// Whether the connection is kept for the next of [`MemoryDatabase::reused`].
    goes_back: bool,
}

thread_local! {
    static SPARE: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

impl Drop for MemoryDatabase {
    fn drop(&mut self) {
        let Ok(empty) = Connection::open_in_memory() else { return };
        let connection = self.connection.replace(empty);
        if self.goes_back && is_emptied(&connection).is_ok() {
            SPARE.set(Some(connection));
        }
    }
}

fn is_emptied(connection: &Connection) -> rusqlite::Result<()> {
    let mut tables = connection.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names.iter().filter(|name| *name != "d1_migrations") {
        connection.prepare_cached(&format!("DELETE FROM {name}"))?.execute([])?;
    }
    Ok(())
}

impl MemoryDatabase {
    /// Opens a database, in memory when there is no path, and migrates it.
    ///
    /// # Panics
    /// When that fails: there is no test without it.
    pub fn open(path: Option<&Path>, clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        let database = Self::unmigrated(path, clock, life);
        database.migrate().expect("the migrations apply");
        database
    }

    /// An empty, migrated database in memory on the connection of an earlier one of this thread: what took most of a
    /// short test's time was to make the tables and to prepare the statements. Only for tests that leave the schema alone.
    ///
    /// # Panics
    /// When the migrations do not apply.
    pub fn reused(clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        let spare = SPARE.with(RefCell::take).map(|connection| Self::on(connection, clock, life));
        let mut database = spare.unwrap_or_else(|| Self::open(None, clock, life));
        database.goes_back = true;
        database
    }

    /// Opens a database and leaves it as it is: an empty one has no tables.
    ///
    /// # Panics
    /// When it does not open.
    pub fn unmigrated(path: Option<&Path>, clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        let connection = path.map_or_else(Connection::open_in_memory, Connection::open).expect("the database opens");
        connection.pragma_update(None, "foreign_keys", true).expect("foreign keys are known");
        // More than there are statements: to prepare one again costs a test more than to run it.
        connection.set_prepared_statement_cache_capacity(256);
        // A plan that holds for every value is not made again for each.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        Self::on(connection, clock, life)
    }

    fn on(connection: Connection, clock: &Rc<MemoryClock>, life: &Rc<Life>) -> Self {
        Self {
            connection: RefCell::new(connection),
            clock: Rc::clone(clock),
            faults: Switch::new(clock, life),
            write_faults: Switch::new(clock, life),
            latency_ms: Cell::new(0),
            meanwhile: RefCell::new(None),
            calls: Cell::new(0),
            writes: Cell::new(0),
            size: Cell::new(None),
            goes_back: false,
        }
    }

    /// Applies every migration that was not applied yet, in the order of their names, as `wrangler d1 migrations` does.
    fn migrate(&self) -> Result<(), Box<dyn std::error::Error>> {
        let connection = self.connection.borrow();
        connection.execute_batch("CREATE TABLE IF NOT EXISTS d1_migrations (name TEXT PRIMARY KEY)")?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        for file in files.iter().filter(|file| file.path().extension().is_some_and(|end| end == "sql")) {
            let name = file.file_name().to_string_lossy().into_owned();
            if connection.execute("INSERT OR IGNORE INTO d1_migrations VALUES (?1)", [&name])? == 1 {
                connection.execute_batch(&std::fs::read_to_string(file.path())?)?;
            }
        }
        for (limit, value) in LIMITS {
            connection.set_limit(limit, value)?;
        }
        Ok(())
    }

    /// Every call takes so long: requests that are answered together overlap, as they do in an isolate.
    pub fn set_latency_ms(&self, ms: u32) {
        self.latency_ms.set(ms);
    }

    /// Somebody else runs a statement right before a call: the first from now on is number 1.
    pub fn meanwhile(&self, number: usize, sql: &str) {
        self.meanwhile.replace(Some((number, sql.to_owned())));
    }

    fn meanwhile_done(&self) {
        let due = self.meanwhile.take().and_then(|(number, sql)| match number.checked_sub(1) {
            Some(0) | None => Some(sql),
            Some(left) => {
                self.meanwhile.replace(Some((left, sql)));
                None
            }
        });
        if let Some(sql) = due {
            self.query(&sql);
        }
    }

    /// It says that it holds so many bytes.
    pub fn set_size(&self, bytes: u64) {
        self.size.set(Some(bytes));
    }

    /// How many calls there were, and how many of them wrote, since this was last asked.
    pub fn take_calls(&self) -> (usize, usize) {
        (self.calls.take(), self.writes.take())
    }

    /// What a query of a test finds: each row as text, its columns with `|` between them.
    ///
    /// # Panics
    /// When the query is none.
    pub fn query(&self, sql: &str) -> Vec<String> {
        let connection = self.connection.borrow();
        let mut statement = connection.prepare_cached(sql).expect("the query of the test can be prepared");
        let columns = statement.column_count();
        let read = |row: &Row<'_>| {
            let values: Result<Vec<String>, _> = (0..columns).map(|at| row.get_ref(at).map(text)).collect();
            values.map(|values| values.join("|"))
        };
        let rows = statement.query_map([], read).expect("the query of the test runs");
        rows.collect::<Result<_, _>>().expect("the query of the test runs to its end")
    }

    fn transaction(&self, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().map_err(sqlite)?;
        let rows = statements.iter().map(|statement| run(&transaction, statement)).collect::<Result<_, _>>()?;
        transaction.commit().map_err(sqlite)?;
        Ok(rows)
    }
}

#[async_trait(?Send)]
impl Database for MemoryDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let lost = || DatabaseError::from_text("D1_ERROR: Network connection lost.");
        let writes = !statements.iter().all(Statement::reads_only);
        self.calls.set(self.calls.get() + 1);
        self.writes.set(self.writes.get() + usize::from(writes));
        if self.latency_ms.get() > 0 {
            self.clock.sleep(self.latency_ms.get()).await;
        }
        self.meanwhile_done();
        let switch = if writes && self.write_faults.is_planned() { &self.write_faults } else { &self.faults };
        switch.call(|| self.transaction(&statements), lost).await
    }

    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        Ok(self.size.get())
    }
}

fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DatabaseError> {
    let failed = |text: String| DatabaseError { reason: Reason::Failed, text };
    let mut prepared = connection.prepare_cached(statement.sql).map_err(sqlite)?;
    if prepared.parameter_count() != statement.args.len() {
        return Err(failed(format!(
            "Wrong number of parameter bindings for SQL query: {} for {} in {}",
            statement.args.len(),
            prepared.parameter_count(),
            statement.sql
        )));
    }
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    if !names.is_empty() && names != ["row"] {
        return Err(failed(format!("a statement returns {names:?} and not one column named `row`: {}", statement.sql)));
    }
    for (at, arg) in (1..).zip(&statement.args) {
        match arg {
            Arg::Null => prepared.raw_bind_parameter(at, rusqlite::types::Null),
            // **Invariant:** bound as D1 binds it. Its numbers are JavaScript's, so `?1` is REAL: stored into an INTEGER
            // column it becomes an integer again, but in `json_object('at', ?1)`, in `?1 || ''` and in a TEXT column it
            // is `5.0`, and needs `CAST(?1 AS INTEGER)`. Tried on workerd of November 2026.
            #[allow(clippy::cast_precision_loss)]
            Arg::Int(value) => prepared.raw_bind_parameter(at, *value as f64),
            Arg::Text(text) => prepared.raw_bind_parameter(at, text),
        }
        .map_err(sqlite)?;
    }
    let mut rows = prepared.raw_query();
    let mut found = Rows::new();
    while let Some(row) = rows.next().map_err(sqlite)? {
        found.push(text(row.get_ref(0).map_err(sqlite)?));
    }
    Ok(found)
}

/// A value as the platform gives it: a text as it is, a number as JavaScript writes it.
fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn sqlite(error: rusqlite::Error) -> DatabaseError {
    DatabaseError::from_text(format!("D1_ERROR: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::block_on;
    use crate::memory::fault::When;
    use crate::sql;

    fn database() -> MemoryDatabase {
        MemoryDatabase::open(None, &Rc::default(), &Rc::default())
    }

    fn mark(name: &str) -> Statement {
        sql!("INSERT INTO marks (name, value) VALUES (?1, 'x') RETURNING name AS row", name)
    }

    #[test]
    fn a_batch_happens_whole_or_not_at_all() {
        let database = database();
        assert_eq!(
            block_on(database.batch(vec![mark("a"), mark("b")])),
            Ok(vec![vec!["a".to_owned()], vec!["b".to_owned()]])
        );
        assert!(block_on(database.batch(vec![mark("c"), mark("a")])).is_err());
        assert_eq!(database.query("SELECT name, value FROM marks ORDER BY name"), ["a|x", "b|x"]);
    }

    #[test]
    fn a_failure_may_hide_an_effect() {
        let database = database();
        database.write_faults.fail_nth(1, When::After);
        let error = block_on(database.batch(vec![mark("a")])).unwrap_err();
        assert_eq!(error.reason, Reason::Unavailable);
        database.write_faults.fail(1, When::Before);
        assert!(block_on(database.batch(vec![sql!("SELECT name AS row FROM marks")])).is_ok());
        assert!(block_on(database.batch(vec![mark("b")])).is_err());
        assert_eq!(database.query("SELECT count(*) FROM marks"), ["1"]);
        assert_eq!(database.take_calls(), (3, 2));
    }

    #[test]
    fn numbers_are_bound_as_d1_binds_them() {
        let row = block_on(database().batch(vec![sql!("SELECT json_array(?1, CAST(?1 AS INTEGER)) AS row", 5_i64)]));
        assert_eq!(row, Ok(vec![vec!["[5.0,5]".to_owned()]]));
    }

    #[test]
    fn what_d1_refuses_is_refused() {
        let database = database();
        let refused = |statement| block_on(database.batch(vec![statement])).unwrap_err().text;
        assert!(refused(sql!("SELECT 1 AS other")).contains("not one column named `row`"));
        assert!(refused(sql!("SELECT ?1 AS row")).contains("Wrong number of parameter bindings"));
        assert!(refused(sql!("SELECT ?101 AS row")).contains("variable number"));
        let union = "SELECT 1 AS row UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6";
        assert!(refused(sql!(union)).contains("too many terms"));
    }

    #[test]
    fn a_database_without_tables_says_so() {
        let database = MemoryDatabase::unmigrated(None, &Rc::default(), &Rc::default());
        let error = block_on(database.batch(vec![sql!("SELECT name AS row FROM marks")])).unwrap_err();
        assert_eq!(error.reason, Reason::NotMigrated);
    }
}
