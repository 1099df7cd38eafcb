//! What each setting may be, and what is said about those that it may not be.
//!
//! The sentences are read by deployers, so the tests hold them word by word where they carry the fix.

use super::*;
use crate::domain::time::Timestamp;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn utc(_: &str, _: Timestamp) -> i32 {
    0
}

/// Token and key are set as they should be, the given ones in their place or beside them.
fn read(set: &[(&str, &str)]) -> Config {
    let get = |name: &str| {
        let given = set.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        given
            .or(match name {
                "ADMIN_TOKEN" => Some(TOKEN),
                "SECRET_KEY" => Some(KEY),
                _ => None,
            })
            .map(str::to_owned)
    };
    Config::read(&get, utc)
}

fn problem(name: &str, value: &str) -> String {
    let problems = read(&[(name, value)]).problems;
    assert_eq!(problems.len(), 1, "{name}={value}: {problems:?}");
    problems.into_iter().next().unwrap_or_default()
}

#[test]
fn a_deployment_with_its_two_secrets_has_no_problem() {
    let config = read(&[]);
    assert_eq!(config.problems, Vec::<String>::new());
    assert!(config.sealer.is_some());
    assert_eq!(config.admin_token, Some(Secret::new(TOKEN.to_owned())));
    assert!(!config.dev && config.faults == Faults::default() && config.clock_offset_ms == 0);
    let settings = config.settings;
    assert_eq!((settings.default_country.as_str(), settings.time_zone.as_str()), ("IT", "Europe/Rome"));
    assert_eq!((settings.retention_days, settings.whatsapp_api_url.as_str()), (30, "https://graph.facebook.com/v23.0"));
    assert!(settings.public_url.is_none() && settings.admin_host.is_none() && settings.email_from.is_none());
    assert!(settings.outbound_allow_hosts.is_empty());
}

#[test]
fn access_is_on_with_both_of_its_settings_and_closed_with_half_of_them() {
    let tag = "f".repeat(64);
    let access = |set: &[(&str, &str)]| {
        let config = read(set);
        assert_eq!(config.problems.is_empty(), config.access != Access::Broken, "{:?}", config.problems);
        config.access
    };
    let on = |issuer: &str| Access::On(Gate { issuer: issuer.to_owned(), audiences: vec![tag.clone()] });
    assert_eq!(access(&[]), Access::Off);
    assert_eq!(access(&[("ACCESS_TEAM_DOMAIN", ""), ("ACCESS_AUD", " ")]), Access::Off);
    for team in ["team", "team.cloudflareaccess.com", "https://Team.cloudflareaccess.com/"] {
        let set = [("ACCESS_TEAM_DOMAIN", team), ("ACCESS_AUD", tag.as_str())];
        assert_eq!(access(&set), on("https://team.cloudflareaccess.com"), "{team}");
    }
    for team in [
        "http://team.cloudflareaccess.com",
        "https://127.0.0.1",
        "localhost",
        "te am",
        "https://a/b",
        "ftp://a.it",
        "https://u@a.it",
    ] {
        let set = [("ACCESS_TEAM_DOMAIN", team), ("ACCESS_AUD", tag.as_str())];
        let found = access(&set);
        assert!(
            found == Access::Broken || team == "localhost" && found == on("https://localhost.cloudflareaccess.com"),
            "{team}"
        );
    }
    let local = [
        ("ACCESS_TEAM_DOMAIN", "http://127.0.0.1:9000"),
        ("ACCESS_AUD", tag.as_str()),
        ("OUTBOUND_ALLOW_HOSTS", "127.0.0.1"),
    ];
    assert_eq!(access(&local), on("http://127.0.0.1:9000"));
    assert_eq!(access(&[("ACCESS_TEAM_DOMAIN", "team")]), Access::Broken);
    assert_eq!(access(&[("ACCESS_AUD", &tag)]), Access::Broken);
    assert_eq!(access(&[("ACCESS_TEAM_DOMAIN", "team"), ("ACCESS_AUD", "short")]), Access::Broken);
    assert_eq!(access(&[("ACCESS_TEAM_DOMAIN", "team"), ("ACCESS_AUD", &format!("{tag},"))]), Access::Broken);
}

#[test]
fn everything_can_be_set() {
    let settings = read(&[
        ("PUBLIC_URL", " https://hooks.example.com/uncino// "),
        ("ADMIN_HOST", "https://Admin.Example.com/"),
        ("DEFAULT_COUNTRY", "de"),
        ("TIME_ZONE", "America/Argentina/Buenos_Aires"),
        ("RETENTION_DAYS", "3650"),
        ("WHATSAPP_API_URL", "http://127.0.0.1:9000/"),
        ("EMAIL_FROM", "ciao@example.com"),
        ("OUTBOUND_ALLOW_HOSTS", "localhost, 127.0.0.1:8080,,[::1],Intranet.local"),
    ]);
    assert_eq!(settings.problems, Vec::<String>::new());
    let settings = settings.settings;
    assert_eq!(settings.public_url.as_deref(), Some("https://hooks.example.com/uncino"));
    assert_eq!(settings.admin_host.as_deref(), Some("admin.example.com"));
    assert_eq!(settings.default_country, "DE");
    assert_eq!(settings.time_zone, "America/Argentina/Buenos_Aires");
    assert_eq!(settings.retention_days, 3650);
    assert_eq!(settings.whatsapp_api_url, "http://127.0.0.1:9000");
    assert_eq!(settings.email_from.as_deref(), Some("ciao@example.com"));
    assert_eq!(settings.outbound_allow_hosts, ["localhost", "127.0.0.1:8080", "[::1]", "intranet.local"]);
}

#[test]
fn what_is_set_to_nothing_counts_as_unset() {
    let names = ["PUBLIC_URL", "ADMIN_HOST", "DEFAULT_COUNTRY", "TIME_ZONE", "RETENTION_DAYS", "WHATSAPP_API_URL"];
    let config = read(&names.map(|name| (name, " ")));
    assert_eq!(config.problems, Vec::<String>::new());
    assert_eq!(config.settings.time_zone, "Europe/Rome");
    assert!(read(&[("OUTBOUND_ALLOW_HOSTS", "")]).settings.outbound_allow_hosts.is_empty());
    assert!(read(&[("EMAIL_FROM", ""), ("SECRET_KEY_PREVIOUS", "")]).problems.is_empty());
}

#[test]
fn without_an_admin_token_there_is_no_api_and_a_sentence_says_what_to_set() {
    assert_eq!(
        problem("ADMIN_TOKEN", ""),
        "`ADMIN_TOKEN` is not set, so dashboard and API are closed; set one of at least 32 characters, such as `openssl \
         rand -hex 32` prints, with `npx wrangler secret put ADMIN_TOKEN` (locally in `.dev.vars`)"
    );
    let config = read(&[("ADMIN_TOKEN", "short and secret")]);
    assert!(config.admin_token.is_none());
    assert!(config.problems[0].starts_with("`ADMIN_TOKEN` has only 16 characters"));
    assert!(!config.problems[0].contains("short and secret"));
}

#[test]
fn a_key_must_be_32_bytes_in_any_base64() {
    assert!(
        problem("SECRET_KEY", "").starts_with("`SECRET_KEY` is not set, so no secret can be stored or opened; set")
    );
    assert!(problem("SECRET_KEY", "not base64!").starts_with("`SECRET_KEY` is not base64, so"));
    assert!(problem("SECRET_KEY", "AAAA").starts_with("`SECRET_KEY` holds 3 bytes and must hold 32, so"));
    assert!(problem("SECRET_KEY_PREVIOUS", "AAAA").starts_with("`SECRET_KEY_PREVIOUS` holds 3 bytes and must hold 32"));
    assert!(read(&[("SECRET_KEY", "AAAA")]).sealer.is_none());
    assert!(read(&[("SECRET_KEY_PREVIOUS", "AAAA")]).sealer.is_some());
    let text = [0xfb_u8; 32];
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    assert!(url_safe.contains('-') && read(&[("SECRET_KEY", &url_safe)]).problems.is_empty());
}

#[test]
fn the_previous_key_opens_what_it_sealed() {
    let old = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    let sealed = read(&[("SECRET_KEY", old)]).sealer.unwrap().seal("con_a", b"x", [0; 24]).unwrap();
    assert!(read(&[("SECRET_KEY_PREVIOUS", old)]).sealer.unwrap().open("con_a", &sealed).is_ok());
    assert!(read(&[]).sealer.unwrap().open("con_a", &sealed).is_err());
}

#[test]
fn what_cannot_be_used_falls_back_to_the_default_and_is_named() {
    for (name, value) in [
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "3651"),
        ("RETENTION_DAYS", "a month"),
        ("RETENTION_DAYS", "-1"),
        ("DEFAULT_COUNTRY", "ITA"),
        ("DEFAULT_COUNTRY", "39"),
        ("PUBLIC_URL", "hooks.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "ftp://hooks.example.com"),
        ("PUBLIC_URL", "https://hooks.example.com/?a=1"),
        ("WHATSAPP_API_URL", "graph.facebook.com"),
        ("TIME_ZONE", "Rome, Italy"),
        ("TIME_ZONE", "+02:00"),
        ("EMAIL_FROM", "example.com"),
        ("OUTBOUND_ALLOW_HOSTS", "localhost;intranet"),
    ] {
        let sentence = problem(name, value);
        assert!(sentence.starts_with(&format!("`{name}` ")) && sentence.contains(';'), "{sentence}");
        assert!(sentence.contains(value), "{sentence}");
        assert!(!sentence.ends_with('.'), "{sentence}");
    }
    let settings = read(&[("RETENTION_DAYS", "0"), ("DEFAULT_COUNTRY", "ITA"), ("PUBLIC_URL", "x")]).settings;
    assert_eq!((settings.retention_days, settings.default_country.as_str()), (30, "IT"));
    assert_eq!(settings.public_url, None);
}

#[test]
fn an_admin_host_that_is_no_host_matches_none() {
    let config = read(&[("ADMIN_HOST", "one.example.com, two.example.com")]);
    assert_eq!(config.settings.admin_host.as_deref(), Some("one.example.com, two.example.com"));
    assert!(config.problems[0].contains("answer nowhere"));
}

#[test]
fn a_zone_that_the_runtime_does_not_know_is_a_problem() {
    let config = read(&[("TIME_ZONE", "Europe/Roma")]).check_zone(false);
    assert_eq!(
        config.problems,
        ["`TIME_ZONE` is `Europe/Roma`, which is no time zone; set it to one such as `Europe/Rome`"]
    );
    assert_eq!(config.settings.time_zone, "Europe/Rome");
    assert!(read(&[("TIME_ZONE", "Europe/Oslo")]).check_zone(true).problems.is_empty());
}

#[test]
fn clock_and_faults_are_for_development_only() {
    let set = [("UNCINO_FAULTS", "kv,queue"), ("UNCINO_CLOCK_OFFSET_MS", "60000")];
    let config = read(&[("UNCINO_DEV", "1"), set[0], set[1]]);
    assert!(config.dev && config.faults.kv && config.faults.queue && !config.faults.intake);
    assert_eq!(config.clock_offset_ms, 60_000);
    assert!(config.problems.is_empty());
    let config = read(&set);
    assert!(!config.dev && config.faults == Faults::default() && config.clock_offset_ms == 0);
    assert_eq!(config.problems.len(), 1);
    let config = read(&[("UNCINO_DEV", "1"), ("UNCINO_FAULTS", "d1"), ("UNCINO_CLOCK_OFFSET_MS", "soon")]);
    assert_eq!(
        config.problems,
        [
            "`UNCINO_CLOCK_OFFSET_MS` is `soon` and must be a whole number of milliseconds; set it to `0`",
            "`UNCINO_FAULTS` does not know `d1`; it knows d1_write, d1_slow, kv, intake, queue"
        ]
    );
}

#[test]
fn a_config_prints_no_secret() {
    let printed = format!("{:?}", read(&[]));
    assert!(!printed.contains(TOKEN) && !printed.contains(KEY));
}

#[test]
fn sends_are_limited_unless_a_developer_or_a_zero_says_otherwise() {
    let sends = |set: &[(&str, &str)]| {
        let config = read(set);
        assert_eq!(config.problems, Vec::<String>::new());
        let SendLimits { per_automation_day, per_recipient_hour } = config.settings.sends;
        (per_automation_day, per_recipient_hour, config.counts_rates)
    };
    assert_eq!(sends(&[]), (Some(10_000), Some(30), true));
    assert_eq!(sends(&[("SENDS_PER_AUTOMATION_DAY", "0")]), (None, Some(30), true));
    assert_eq!(sends(&[("UNCINO_DEV", "1")]), (None, None, false));
    assert_eq!(sends(&[("UNCINO_DEV", "1"), ("SENDS_PER_RECIPIENT_HOUR", "4")]), (None, Some(4), false));
    assert_eq!(sends(&[("UNCINO_DEV", "1"), ("UNCINO_LIMITS", "on")]), (Some(10_000), Some(30), true));
    // A deployment cannot switch them off by what is a developer's.
    assert_eq!(sends(&[("UNCINO_LIMITS", "off")]), (Some(10_000), Some(30), true));
    assert_eq!(read(&[("DATABASE_LIMIT_MB", "500")]).settings.database_bytes, 500_000_000);
    assert!(problem("SENDS_PER_RECIPIENT_HOUR", "many").contains("0 for no limit"));
    assert!(problem("DATABASE_LIMIT_MB", "0").contains("`500` on Cloudflare's free plan"));
}
