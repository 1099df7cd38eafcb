//! RSA signatures, verified by the runtime's Web Crypto.
//!
//! It fetches no key and knows no token. The runtime has it anyway, so the worker carries no arithmetic of its own.

use async_trait::async_trait;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::js;
use crate::app::ports::{PortError, Rsa};
use crate::domain::access::Key;

/// `crypto.subtle`.
pub struct WebCrypto;

#[async_trait(?Send)]
impl Rsa for WebCrypto {
    async fn verifies(&self, key: &Key, signed: &[u8], signature: &[u8]) -> Result<bool, PortError> {
        verify(key, signed, signature).await.map_err(|thrown| PortError(js::words(&thrown)))
    }
}

async fn verify(key: &Key, signed: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let jwk = object(&[("kty", "RSA"), ("alg", "RS256"), ("n", &key.modulus), ("e", &key.exponent)])?;
    let algorithm = object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])?;
    let usages: JsValue = Array::of1(&"verify".into()).into();
    let imported = subtle("importKey", &[&"jwk".into(), &jwk, &algorithm, &JsValue::FALSE, &usages]).await?;
    let (signed, signature) = (Uint8Array::from(signed), Uint8Array::from(signature));
    let holds = subtle("verify", &[&algorithm, &imported, &signature, &signed]).await?;
    Ok(holds.is_truthy())
}

/// Calls a method of `crypto.subtle`.
async fn subtle(method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let missing = || JsValue::from_str("this runtime has no Web Crypto");
    let subtle =
        js::get(&js_sys::global(), "crypto").and_then(|crypto| js::get(&crypto, "subtle")).ok_or_else(missing)?;
    let function = js::function(&subtle, method).ok_or_else(missing)?;
    let arguments: Array = arguments.iter().copied().collect();
    JsFuture::from(function.apply(&subtle, &arguments)?.dyn_into::<Promise>()?).await
}

fn object(entries: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object.into())
}
