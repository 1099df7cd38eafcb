//! What an isolate keeps from one event to the next, and the application that each event gets.
//!
//! It keeps plain data only: configuration and memory. Bindings are handles of the event's own environment, and each is
//! looked up when it is first used, because most events need one or two of them.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use worker::Env;

use super::{clock, d1, entropy, js, kv, log, mail, outbound, queues, rates, rsa, zone};
use crate::app::ports::{Background, Foreground, Level, Log};
use crate::app::{App, Config, Memory, Ports};

thread_local! {
    static KEPT: RefCell<Option<(Rc<Config>, Rc<Memory>)>> = const { RefCell::new(None) };
}

/// The application for a request. The faults that a developer asked for are those that a sender or an operator would
/// meet; queues and timer work, so that the way back can be seen too.
pub fn app_for_request(env: Rc<Env>) -> App {
    let mut app = app(env, Rc::new(Foreground));
    app.ports = app.config.faults.wrap(app.ports);
    app
}

/// The application for one event.
pub fn app(env: Rc<Env>, background: Rc<dyn Background>) -> App {
    let kept = KEPT.with_borrow(Clone::clone);
    let (config, memory) = kept.unwrap_or_else(|| start(&env));
    let ports = Ports {
        db: Rc::new(d1::D1::new(Rc::clone(&env))),
        kv: Rc::new(kv::Kv::new(Rc::clone(&env))),
        queues: Rc::new(queues::CloudflareQueues::new(Rc::clone(&env))),
        clock: Rc::new(clock::WorkerClock { offset_ms: config.clock_offset_ms }),
        entropy: Rc::new(entropy::SystemEntropy),
        outbound: Rc::new(outbound::Fetcher),
        mail: Rc::new(mail::MailBinding::new(Rc::clone(&env))),
        rsa: Rc::new(rsa::WebCrypto),
        rates: Rc::new(rates::RateBindings::new(env)),
        background,
        log: Rc::new(log::Console),
    };
    App { ports, config, memory }
}

/// The first event of the isolate: reads the configuration, and says in the log what is wrong with it.
fn start(env: &Env) -> (Rc<Config>, Rc<Memory>) {
    install_panic_hook();
    let config = Config::read(&|name| js::text(env, name), zone::offset);
    let known = zone::exists(&config.settings.time_zone);
    let config = config.check_zone(known);
    for problem in &config.problems {
        log::Console.write(Level::Error, &format!("configuration: {problem}"));
    }
    let kept = (Rc::new(config), Rc::new(Memory::default()));
    KEPT.set(Some(kept.clone()));
    kept
}

/// Makes a panic say where it happened, and no more: its words may hold what somebody sent.
///
/// Words that the source holds as they are cannot, and are shown in full by `console_error_panic_hook`. The hook that
/// `worker` installs at start prints all words, so it is replaced and not called; what else it does, raising the flag
/// by which the entry script knows that this instance is broken and makes another, is done here.
/// Source: worker 0.8.7, `src/init.rs`.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().is::<&'static str>() {
            console_error_panic_hook::hook(info);
        } else {
            let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            log::Console.write(Level::Error, &format!("panic at {place}"));
        }
        if let Some(state) = js::get(&js_sys::global(), "__worker_init_state") {
            let _ = js_sys::Reflect::set(&state, &JsValue::from_str("criticalError"), &JsValue::TRUE);
        }
    }));
}
