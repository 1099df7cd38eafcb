//! The dashboard's files, in memory.
//!
//! It imitates what the asset server of Cloudflare says about a file (status, type, tag) and no more: it neither
//! redirects nor compresses.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::http::message::{Asset, Reply, Response};

/// Files by their path, and whether they can be asked for.
#[derive(Debug)]
pub struct MemoryAssets {
    files: RefCell<BTreeMap<String, String>>,
    /// Whether asking fails, as when Cloudflare's asset server has a fault.
    pub fails: Cell<bool>,
}

impl Default for MemoryAssets {
    /// What a build lays there: the dashboard's page, and the API's document.
    fn default() -> Self {
        let assets = Self { files: RefCell::default(), fails: Cell::new(false) };
        assets.put("/index.html", "<!doctype html><title>Uncino</title>");
        assets.put("/openapi.json", "{}");
        assets
    }
}

impl MemoryAssets {
    /// Lays a file down.
    pub fn put(&self, path: &str, text: &str) {
        self.files.borrow_mut().insert(path.to_owned(), text.to_owned());
    }

    /// Takes all files away: the dashboard was never built.
    pub fn clear(&self) {
        self.files.borrow_mut().clear();
    }

    /// The response that a reply becomes.
    pub fn answer(&self, reply: Reply) -> Response {
        match reply {
            Reply::Response(response) => response,
            Reply::Asset(asset) => self.serve(&asset),
        }
    }

    fn serve(&self, asset: &Asset) -> Response {
        let files = self.files.borrow();
        let file = files.get(&asset.path);
        let tag = file.map(|text| format!("\"{}-{}\"", asset.path, text.len()));
        let status = match file {
            _ if self.fails.get() => 500,
            None => 404,
            Some(_) if asset.if_none_match.is_some() && asset.if_none_match == tag => 304,
            Some(_) => 200,
        };
        if let Some(instead) = asset.instead(status) {
            return instead.clone();
        }
        let text = file.filter(|_| status == 200 && !asset.head).cloned().unwrap_or_default();
        let mut response = Response::new(status, content_type(&asset.path), text)
            .with("etag", tag.unwrap_or_default())
            .with("cache-control", "public, max-age=0, must-revalidate");
        for (name, value) in &asset.headers {
            response.headers.retain(|(own, _)| own != name);
            response.headers.push((name.clone(), value.clone()));
        }
        response
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some(_) | None => "application/octet-stream",
    }
}
