//! The settings of one deployment that rules depend on, read once per isolate.
//!
//! It does not read them: `app/config.rs` does, and says what is missing or malformed.

use super::limits::SendLimits;
use super::time::ZoneOffset;

/// What the deployer set, with its defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public address, without a slash at its end, when it was set.
    pub public_url: Option<String>,
    /// The only host on which dashboard and API answer, when it was set.
    pub admin_host: Option<String>,
    /// Where a number without a country code is from: ISO 3166, two letters.
    pub default_country: String,
    /// The IANA time zone of what people read.
    pub time_zone: String,
    /// The offset of that zone, from the runtime.
    pub zone_offset: ZoneOffset,
    /// How long events are kept.
    pub retention_days: u32,
    /// How long what finished runs hold is kept; as long as events when it was not set.
    pub retention_days_runs: Option<u32>,
    /// How long a contact is kept that nothing changes; for ever when it was not set.
    pub retention_days_contacts: Option<u32>,
    /// The WhatsApp Cloud API, version included, without a slash at its end.
    pub whatsapp_api_url: String,
    /// The sender of e-mails whose connection names none.
    pub email_from: Option<String>,
    /// Hosts that calls may reach although they are private or loopback.
    pub outbound_allow_hosts: Vec<String>,
    /// How much may be sent.
    pub sends: SendLimits,
    /// Bytes that the database can hold.
    pub database_bytes: u64,
}

/// **Limit:** megabytes of one D1 database on Cloudflare's paid plan; on the free one it is 500.
pub const DATABASE_LIMIT_MB: u32 = 10_000;

impl Settings {
    /// The defaults of a deployment on which nothing was set.
    pub fn new(zone_offset: ZoneOffset) -> Self {
        Self {
            public_url: None,
            admin_host: None,
            default_country: "IT".to_owned(),
            time_zone: "Europe/Rome".to_owned(),
            zone_offset,
            retention_days: 30,
            retention_days_runs: None,
            retention_days_contacts: None,
            whatsapp_api_url: "https://graph.facebook.com/v23.0".to_owned(),
            email_from: None,
            outbound_allow_hosts: Vec::new(),
            sends: SendLimits::default(),
            database_bytes: u64::from(DATABASE_LIMIT_MB) * 1_000_000,
        }
    }
}
