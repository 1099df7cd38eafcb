//! When a failed attempt is tried again.
//!
//! It does not decide whether: a failure carries its class.

/// Milliseconds before each retry, when the provider did not ask for a time of its own.
const SCHEDULE_MS: [i64; 5] = [5_000, 30_000, 120_000, 600_000, 3_600_000];

/// **Limit:** the longest time that a provider can make us wait: a day. Beyond it an answer of a broken server would
/// keep a run open for years.
const MAX_ASKED_S: u32 = 86_400;

/// How long to wait before retry number `retry` (0 is the first); `None` when there is none left.
///
/// `luck` is any random number: it moves the time by up to a fifth in both directions, so that many runs that failed
/// together do not come back together. A time that the provider asked for is only ever made longer.
pub fn delay_ms(retry: u32, asked_s: Option<u32>, luck: u32) -> Option<i64> {
    let scheduled = *SCHEDULE_MS.get(usize::try_from(retry).ok()?)?;
    let share = i64::from(luck % 401); // 0 to 400 thousandths
    Some(match asked_s {
        Some(asked) => {
            let asked = i64::from(asked.min(MAX_ASKED_S)) * 1_000;
            asked + asked * share / 2_000
        }
        None => scheduled * 8 / 10 + scheduled * share / 1_000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_waits_its_time_give_or_take_a_fifth() {
        for (retry, expected) in (0..).zip(SCHEDULE_MS) {
            assert_eq!(delay_ms(retry, None, 0), Some(expected * 8 / 10));
            assert_eq!(delay_ms(retry, None, 200), Some(expected));
            assert_eq!(delay_ms(retry, None, 400), Some(expected * 12 / 10));
        }
    }

    #[test]
    fn after_five_retries_there_is_none_left() {
        assert_eq!(delay_ms(5, None, 0), None);
        assert_eq!(delay_ms(5, Some(1), 0), None);
    }

    #[test]
    fn the_providers_own_time_is_never_undercut() {
        assert_eq!(delay_ms(0, Some(60), 0), Some(60_000));
        assert!(delay_ms(0, Some(60), 400) >= Some(60_000));
        assert_eq!(delay_ms(0, Some(u32::MAX), 0), Some(86_400_000));
    }
}
