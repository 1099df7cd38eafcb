//! How many bytes of bodies an isolate holds at once, so that many large deliveries cannot push it over its memory.
//!
//! It holds no body, only their sizes: plain data, which may live between requests.

/// How much there is room for. **Limit:** an isolate has 128 MB for everything (Cloudflare Workers), a body is held as
/// bytes, as parsed fields and as a statement's argument at the same time, and 16 MiB of them leave two thirds free.
pub const CAPACITY: usize = 16 * 1024 * 1024;

/// After this time a request counts as gone: the runtime drops requests whose client has left without letting them
/// give back what they hold. Longer than any answer takes.
const FORGOTTEN_AFTER_MS: i64 = 30_000;

/// The sizes of the bodies in flight.
#[derive(Debug, Default)]
pub struct Room {
    held: Vec<Entry>,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    bytes: usize,
    until_ms: i64,
}

/// The room that one body takes.
#[derive(Debug)]
pub struct Ticket(u64);

impl Room {
    /// Takes room for a body of which so many bytes are known; `None` when there is none.
    pub fn take(&mut self, now_ms: i64, bytes: usize) -> Option<Ticket> {
        self.held.retain(|entry| entry.until_ms > now_ms);
        if self.bytes().saturating_add(bytes) > CAPACITY {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        self.held.push(Entry { number: self.last, bytes, until_ms: now_ms.saturating_add(FORGOTTEN_AFTER_MS) });
        Some(Ticket(self.last))
    }

    /// Takes more room for a body that turns out to be longer; false when there is none.
    pub fn grow(&mut self, ticket: &Ticket, bytes: usize) -> bool {
        if self.bytes().saturating_add(bytes) > CAPACITY {
            return false;
        }
        if let Some(entry) = self.held.iter_mut().find(|entry| entry.number == ticket.0) {
            entry.bytes = entry.bytes.saturating_add(bytes);
        }
        true
    }

    /// Gives back what a body took.
    pub fn release(&mut self, ticket: Ticket) {
        self.held.retain(|entry| entry.number != ticket.0);
    }

    fn bytes(&self) -> usize {
        self.held.iter().map(|entry| entry.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn the_seventeenth_large_body_finds_no_room_until_one_is_gone() {
        let mut room = Room::default();
        let mut tickets: Vec<Ticket> = (0..16).map(|_| room.take(0, MIB).unwrap()).collect();
        assert!(room.take(0, 1).is_none());
        room.release(tickets.pop().unwrap());
        assert!(room.take(0, MIB).is_some());
    }

    #[test]
    fn a_body_of_unknown_length_grows_until_the_room_is_full() {
        let mut room = Room::default();
        let ticket = room.take(0, 0).unwrap();
        assert!(room.grow(&ticket, CAPACITY));
        assert!(!room.grow(&ticket, 1));
        room.release(ticket);
        assert!(room.take(0, CAPACITY).is_some());
    }

    #[test]
    fn a_request_that_never_ends_is_forgotten() {
        let mut room = Room::default();
        let lost = room.take(0, CAPACITY).unwrap();
        assert!(room.take(29_999, 1).is_none());
        assert!(room.take(30_000, CAPACITY).is_some());
        room.release(lost);
        assert!(room.take(30_001, 1).is_none());
    }
}
