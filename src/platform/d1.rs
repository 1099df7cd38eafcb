//! The database port on D1.
//!
//! It repeats nothing: whether a write may be tried again is the caller's to know.
//!
//! D1 is called through its raw bindings. The wrappers of `worker` unwrap what `prepare` returns, compare the name of
//! the binding's class at every event, and give back errors in two shapes.

use std::cell::OnceCell;
use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use worker::worker_sys::{D1Database, D1PreparedStatement, D1Result};

use super::js;
use crate::store::{Arg, Database, DatabaseError, Reason, Rows, Statement};

/// The binding `DB`.
pub struct D1 {
    env: Rc<Env>,
    binding: OnceCell<D1Database>,
}

impl D1 {
    /// The binding of an event's environment; it is looked up when it is first used.
    pub fn new(env: Rc<Env>) -> Self {
        Self { env, binding: OnceCell::new() }
    }

    fn binding(&self) -> Result<&D1Database, DatabaseError> {
        if self.binding.get().is_none() {
            let found = js::get(&self.env, "DB")
                .ok_or_else(|| failed("there is no D1 binding named `DB`; `wrangler.toml` must have one"))?;
            let _ = self.binding.set(found.unchecked_into());
        }
        self.binding.get().ok_or_else(|| failed("there is no D1 binding named `DB`"))
    }

    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, DatabaseError> {
        let prepared = self.binding()?.prepare(statement.sql).map_err(error)?;
        if statement.args.is_empty() {
            return Ok(prepared);
        }
        prepared.bind(statement.args.iter().map(bound).collect()).map_err(error)
    }
}

#[async_trait(?Send)]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let row = JsValue::from_str("row");
        match statements.as_slice() {
            [] => Ok(Vec::new()),
            [one] => {
                let result = settled(self.prepare(one)?.all().map_err(error)?).await?;
                Ok(vec![rows(result.unchecked_ref(), &row)?])
            }
            several => {
                let prepared = several.iter().map(|statement| self.prepare(statement)).collect::<Result<Array, _>>()?;
                let results = settled(self.binding()?.batch(prepared).map_err(error)?).await?;
                let results: Array = results.dyn_into().map_err(|_| failed("D1 answered a batch without a list"))?;
                results.iter().map(|result| rows(result.unchecked_ref(), &row)).collect()
            }
        }
    }

    /// D1 allows no pragma that would say it (`page_count`), and says it with the result of every statement: what is in
    /// use, without the pages that were freed. Source: workerd, `SqlStorage::getDatabaseSize`; Miniflare's D1.
    async fn size(&self) -> Result<Option<u64>, DatabaseError> {
        let result = settled(self.prepare(&crate::store::stats::least())?.all().map_err(error)?).await?;
        let size =
            js::get(&result, "meta").and_then(|meta| js::get(&meta, "size_after")).and_then(|size| size.as_f64());
        Ok(size.filter(|size| *size >= 0.0).map(|size| size as u64))
    }
}

/// A value as D1 takes it. It refuses BigInt, so a whole number travels as JavaScript's own, exact up to 2^53.
fn bound(arg: &Arg) -> JsValue {
    match arg {
        Arg::Null => JsValue::NULL,
        Arg::Int(value) => JsValue::from_f64(*value as f64),
        Arg::Text(text) => JsValue::from_str(text),
    }
}

async fn settled(promise: Promise) -> Result<JsValue, DatabaseError> {
    JsFuture::from(promise).await.map_err(error)
}

/// The column `row` of every row, as text.
fn rows(result: &D1Result, row: &JsValue) -> Result<Rows, DatabaseError> {
    let Some(results) = result.results().map_err(error)? else { return Ok(Vec::new()) };
    results
        .iter()
        .map(|found| {
            let value = Reflect::get(&found, row).map_err(error)?;
            value
                .as_string()
                .or_else(|| number(&value))
                .or_else(|| value.is_null().then(|| "null".to_owned()))
                .ok_or_else(|| {
                    failed(
                        "a statement returned a row without a column named `row`; every statement of ours names it so",
                    )
                })
        })
        .collect()
}

/// A number as its text; whole ones without a fraction.
fn number(value: &JsValue) -> Option<String> {
    value.as_f64().map(|number| number.to_string())
}

fn error(thrown: JsValue) -> DatabaseError {
    DatabaseError::from_text(js::words(&thrown))
}

fn failed(text: &str) -> DatabaseError {
    DatabaseError { reason: Reason::Failed, text: text.to_owned() }
}
