//! What the deployer set, read once per isolate: settings, secrets, and a sentence about each that is missing or wrong.
//!
//! It never fails: what cannot be used counts as unset and is named in [`Config::problems`], so that Uncino stands up
//! and can say what to do. It does not ask the runtime which time zones exist; see [`Config::check_zone`].

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::faults::Faults;
use super::seal::Sealer;
use crate::domain::access::Gate;
use crate::domain::action::reach;
use crate::domain::limits::SendLimits;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::time::ZoneOffset;

/// The least that an admin token may have: what `openssl rand -hex 16` makes, 128 bits.
const MIN_TOKEN_CHARS: usize = 32;

/// Keys are read with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether dashboard and API are behind Cloudflare Access.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Access {
    /// They are not.
    Off,
    /// They are, and an assertion must come with every request.
    On(Gate),
    /// They should be, and what was set cannot be read: they are closed.
    Broken,
}

/// Everything that the deployer set.
#[derive(Clone, Debug)]
pub struct Config {
    /// What rules depend on.
    pub settings: Settings,
    /// What opens the API; without it there is none.
    pub admin_token: Option<Secret<String>>,
    /// Whether dashboard and API are behind Cloudflare Access.
    pub access: Access,
    /// What seals and opens secrets; without it none can be stored.
    pub sealer: Option<Sealer>,
    /// Whether this runs on a developer's machine, where clock and faults may be set.
    pub dev: bool,
    /// How far the clock runs ahead; 0 unless [`Config::dev`].
    pub clock_offset_ms: i64,
    /// Which parts shall fail; none unless [`Config::dev`].
    pub faults: Faults,
    /// Whether deliveries are counted by their rate. Not on a developer's machine, where load is tried, unless
    /// `UNCINO_LIMITS` is `on`.
    pub counts_rates: bool,
    /// One sentence for each setting that is missing or wrong, with what to do. They name settings and repeat what
    /// stood in vars, never what stood in secrets.
    pub problems: Vec<String>,
}

impl Config {
    /// Reads every setting through `get`, which answers with the text of a secret or var of that name.
    ///
    /// White space around a value is dropped, and a setting that is set to nothing counts as unset.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, zone_offset: ZoneOffset) -> Self {
        let mut reader = Reader { get, problems: Vec::new() };
        let dev = reader.text("UNCINO_DEV").as_deref() == Some("1");
        let limited = !dev || reader.text("UNCINO_LIMITS").as_deref() == Some("on");
        Self {
            settings: reader.settings(zone_offset, limited),
            admin_token: reader.admin_token(),
            access: reader.access(),
            sealer: reader.sealer(),
            dev,
            clock_offset_ms: if dev { reader.clock_offset_ms() } else { 0 },
            faults: reader.faults(dev),
            counts_rates: limited,
            problems: reader.problems,
        }
    }

    /// Takes in whether the runtime knows the time zone; one that it does not know is a problem, and the default holds.
    #[must_use]
    pub fn check_zone(mut self, known: bool) -> Self {
        if !known {
            let default = Settings::new(self.settings.zone_offset).time_zone;
            let zone = std::mem::replace(&mut self.settings.time_zone, default);
            self.problems.push(zone_problem(&zone));
        }
        self
    }
}

struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn problem(&mut self, sentence: impl Into<String>) {
        self.problems.push(sentence.into());
    }

    /// A setting that `read` can use, or `None` and a problem, which begins with the setting's name.
    fn checked<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        read(&text).map_err(|words| self.problem(format!("`{name}` {words}"))).ok()
    }

    fn settings(&mut self, zone_offset: ZoneOffset, limited: bool) -> Settings {
        let default = Settings::new(zone_offset);
        Settings {
            public_url: self.checked("PUBLIC_URL", |text| address(text, "https://hooks.example.com")),
            // What restricts and cannot be read closes: no host is called like this.
            admin_host: self.checked("ADMIN_HOST", |text| Ok(host(text))).map(|host| {
                host.unwrap_or_else(|given| {
                    self.problem(format!(
                        "`ADMIN_HOST` is `{given}`, which is not a host, so dashboard and API answer nowhere; set it to \
                         one name such as `admin.example.com`, or remove it"
                    ));
                    given
                })
            }),
            default_country: self
                .checked("DEFAULT_COUNTRY", |text| {
                    let country = text.to_ascii_uppercase();
                    let possible = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
                    possible.then_some(country).ok_or_else(|| {
                        format!("is `{text}` and must be a country's two letters; set it to one such as `IT`")
                    })
                })
                .unwrap_or(default.default_country),
            time_zone: self
                .text("TIME_ZONE")
                .filter(|zone| {
                    let possible = is_zone_name(zone);
                    if !possible {
                        self.problems.push(zone_problem(zone));
                    }
                    possible
                })
                .unwrap_or(default.time_zone),
            zone_offset,
            retention_days: self.checked("RETENTION_DAYS", days).unwrap_or(default.retention_days),
            retention_days_runs: self.checked("RETENTION_DAYS_RUNS", days),
            retention_days_contacts: self.checked("RETENTION_DAYS_CONTACTS", days),
            whatsapp_api_url: self
                .checked("WHATSAPP_API_URL", |text| address(text, "https://graph.facebook.com/v23.0"))
                .unwrap_or(default.whatsapp_api_url),
            email_from: self.checked("EMAIL_FROM", |text| {
                let possible = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
                (possible && !text.contains(char::is_control)).then(|| text.to_owned()).ok_or_else(|| {
                    format!("is `{text}`, which is no e-mail address; set it to one such as `ciao@example.com`")
                })
            }),
            outbound_allow_hosts: self.allowed_hosts(true),
            sends: self.sends(limited),
            database_bytes: self
                .checked("DATABASE_LIMIT_MB", |text| {
                    text.parse::<u32>().ok().filter(|limit| *limit > 0).ok_or_else(|| {
                        format!("is `{text}` and must be a number of megabytes; set it to `500` on Cloudflare's free plan")
                    })
                })
                .map_or(default.database_bytes, |limit| u64::from(limit) * 1_000_000),
        }
    }

    fn sends(&mut self, limited: bool) -> SendLimits {
        let default = if limited {
            SendLimits::default()
        } else {
            SendLimits { per_automation_day: None, per_recipient_hour: None }
        };
        let mut read = |name: &str, default: Option<u32>| {
            let number = self.checked(name, |text| {
                text.parse::<u32>().map_err(|_| {
                    format!("is `{text}` and must be a whole number, 0 for no limit; set it to one such as `100`")
                })
            });
            number.map_or(default, |number| (number > 0).then_some(number))
        };
        SendLimits {
            per_automation_day: read("SENDS_PER_AUTOMATION_DAY", default.per_automation_day),
            per_recipient_hour: read("SENDS_PER_RECIPIENT_HOUR", default.per_recipient_hour),
        }
    }

    fn allowed_hosts(&mut self, complain: bool) -> Vec<String> {
        let text = self.text("OUTBOUND_ALLOW_HOSTS").unwrap_or_default();
        let mut hosts = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match host(entry) {
                Ok(host) => hosts.push(host),
                Err(_) if !complain => {}
                Err(given) => self.problem(format!(
                    "`OUTBOUND_ALLOW_HOSTS` holds `{given}`, which is not a host and allows nothing; write hosts, each \
                     with or without a port, with commas between them"
                )),
            }
        }
        hosts
    }

    fn admin_token(&mut self) -> Option<Secret<String>> {
        let fix = "set one of at least 32 characters, such as `openssl rand -hex 32` prints, with `npx wrangler secret put \
                   ADMIN_TOKEN` (locally in `.dev.vars`)";
        match self.text("ADMIN_TOKEN") {
            None => self.problem(format!("`ADMIN_TOKEN` is not set, so dashboard and API are closed; {fix}")),
            Some(token) if token.chars().count() < MIN_TOKEN_CHARS => self.problem(format!(
                "`ADMIN_TOKEN` has only {} characters, so dashboard and API are closed; {fix}",
                token.chars().count()
            )),
            Some(token) => return Some(Secret::new(token)),
        }
        None
    }

    /// What restricts and cannot be read closes, as does one half without the other.
    fn access(&mut self) -> Access {
        let (team, audiences) = (self.text("ACCESS_TEAM_DOMAIN"), self.text("ACCESS_AUD"));
        let closed = "so dashboard and API are closed";
        let (team, audiences) = match (team, audiences) {
            (None, None) => return Access::Off,
            (Some(_), None) => {
                self.problem(format!(
                    "`ACCESS_AUD` is not set and `ACCESS_TEAM_DOMAIN` is, {closed}; set both, or neither"
                ));
                return Access::Broken;
            }
            (None, Some(_)) => {
                self.problem(format!(
                    "`ACCESS_TEAM_DOMAIN` is not set and `ACCESS_AUD` is, {closed}; set both, or neither"
                ));
                return Access::Broken;
            }
            (Some(team), Some(audiences)) => (team, audiences),
        };
        let audiences: Vec<String> = audiences.split(',').map(|tag| tag.trim().to_owned()).collect();
        let is_tag = |tag: &String| tag.len() >= 32 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !audiences.iter().all(is_tag) {
            self.problem(format!(
                "`ACCESS_AUD` must be the audience tag of the Access application, 64 characters, {closed}; copy it from its \
                 overview (several with commas between them)"
            ));
            return Access::Broken;
        }
        let allowed = self.allowed_hosts(false);
        match issuer(&team, &allowed) {
            Some(issuer) => Access::On(Gate { issuer, audiences }),
            None => {
                self.problem(format!(
                    "`ACCESS_TEAM_DOMAIN` is `{team}`, which is no team's domain, {closed}; set it to one such as \
                     `team.cloudflareaccess.com`"
                ));
                Access::Broken
            }
        }
    }

    fn sealer(&mut self) -> Option<Sealer> {
        let previous = self.checked("SECRET_KEY_PREVIOUS", |text| {
            key(text).map_err(|what| {
                format!("{what}, so what was sealed with it stays shut; set it to the key that `SECRET_KEY` was before")
            })
        });
        let fix = "set one of 32 bytes in base64, such as `openssl rand -base64 32` prints, with `npx wrangler secret put \
                   SECRET_KEY` (locally in `.dev.vars`)";
        if self.text("SECRET_KEY").is_none() {
            self.problem(format!("`SECRET_KEY` is not set, so no secret can be stored or opened; {fix}"));
        }
        let current = self.checked("SECRET_KEY", |text| {
            key(text).map_err(|what| format!("{what}, so no secret can be stored or opened; {fix}"))
        })?;
        Some(Sealer::new(current, previous))
    }

    fn clock_offset_ms(&mut self) -> i64 {
        self.checked("UNCINO_CLOCK_OFFSET_MS", |text| {
            text.parse().map_err(|_| format!("is `{text}` and must be a whole number of milliseconds; set it to `0`"))
        })
        .unwrap_or(0)
    }

    fn faults(&mut self, dev: bool) -> Faults {
        let Some(text) = self.text("UNCINO_FAULTS") else { return Faults::default() };
        if !dev {
            self.problem("`UNCINO_FAULTS` is set and ignored, because this is not local development; remove it");
            return Faults::default();
        }
        let (faults, unknown) = Faults::parse(&text);
        for word in unknown {
            self.problem(format!("`UNCINO_FAULTS` does not know `{word}`; it knows {}", Faults::WORDS.join(", ")));
        }
        faults
    }
}

/// A number of days.
fn days(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|days| (1..=3650).contains(days))
        .ok_or_else(|| format!("is `{text}` and must be a number of days from 1 to 3650; set it to one such as `30`"))
}

/// An address without the slashes at its end.
fn address(text: &str, example: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let possible = !rest.starts_with(['/', ':']) && !rest.contains(|c: char| c.is_whitespace() || "?#@".contains(c));
    if rest.is_empty() || !possible {
        return Err(format!(
            "is `{text}` and must be an address that begins with `https://` or `http://`; set it to one such as `{example}`"
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A host in small letters, with or without a port; an address is read as its host. What is neither comes back as it is.
fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let bare = bare.trim_end_matches('/');
    let possible = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if bare.is_empty() || !bare.bytes().all(possible) {
        return Err(text.to_owned());
    }
    Ok(bare.to_ascii_lowercase())
}

/// The address of an Access team: `team`, its domain, or that with `https://`. Plain HTTP only to a private host that
/// calls may reach, which is how a test brings keys of its own.
fn issuer(text: &str, allowed: &[String]) -> Option<String> {
    let (scheme, host) = match text.split_once("://") {
        Some(("http", host)) => ("http", host),
        Some(("https", host)) => ("https", host),
        Some(_) => return None,
        None => ("https", text),
    };
    let host = host.trim_end_matches('/').to_ascii_lowercase();
    let host = if host.contains(['.', ':']) { host } else { format!("{host}.cloudflareaccess.com") };
    let address = format!("{scheme}://{host}");
    let private = reach(&address, &[]).is_err();
    (reach(&address, allowed).is_ok() && (scheme == "https" || private)).then_some(address)
}

/// The 32 bytes of a key, or what is wrong with it in words that fit after its name and repeat nothing of it.
fn key(text: &str) -> Result<[u8; 32], String> {
    let standard = text.replace('-', "+").replace('_', "/");
    let bytes = BASE64.decode(standard).map_err(|_| "is not base64".to_owned())?;
    let len = bytes.len();
    bytes.try_into().map_err(|_| format!("holds {len} bytes and must hold 32"))
}

/// Whether a text has the form of an IANA zone's name (`Europe/Rome`, `UTC`, `Etc/GMT+1`).
fn is_zone_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte))
}

fn zone_problem(zone: &str) -> String {
    format!("`TIME_ZONE` is `{zone}`, which is no time zone; set it to one such as `Europe/Rome`")
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
