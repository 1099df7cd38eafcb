// What the API answered, kept by key: asked for once however many parts of a view want it, and again when it is stale,
// when somebody says that it changed, or every so often while a part looks at it. It knows no component and no API.
//
// **Why not a library:** the one that fits (TanStack Query) is a tenth of what the whole dashboard may weigh.

export type Key = readonly unknown[];

export interface Entry<T = unknown> {
  data: T | undefined;
  error: unknown;
  /** When the data came; 0 when it is known to be out of date. */
  at: number;
  fetching: boolean;
}

interface Kept extends Entry {
  key: Key;
  asked: Promise<void> | undefined;
  /** Raised by every write and every word that it changed: what was asked for before is then no answer. */
  turn: number;
  watchers: Set<() => void>;
  /** How whoever looks at it asks again. */
  again: (() => Promise<void>) | undefined;
  forget: ReturnType<typeof setTimeout> | undefined;
}

/** How long an answer that nobody looks at is kept. */
const KEPT_MS = 300_000;

/** **Limit:** attempts after the first, and the wait before each. */
const AGAIN_AFTER_MS = [400, 1_500];

const nameOf = (key: Key): string => JSON.stringify(key);

const isWithin = (key: Key, prefix: Key): boolean =>
  prefix.every((part, index) => JSON.stringify(part) === JSON.stringify(key[index]));

export class Cache {
  readonly #entries = new Map<string, Kept>();
  readonly #isPassing: (error: unknown) => boolean;
  readonly #onError: (error: unknown) => void;

  /** `isPassing` says of an error that another attempt may help; `onError` hears of each that stays. */
  constructor(isPassing: (error: unknown) => boolean, onError: (error: unknown) => void) {
    this.#isPassing = isPassing;
    this.#onError = onError;
  }

  #entry(key: Key): Kept {
    const name = nameOf(key);
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = {
        key,
        data: undefined,
        error: undefined,
        at: 0,
        fetching: false,
        asked: undefined,
        turn: 0,
        watchers: new Set(),
        again: undefined,
        forget: undefined,
      };
      this.#entries.set(name, entry);
    }
    return entry;
  }

  #tell(entry: Kept): void {
    for (const watcher of entry.watchers) watcher();
  }

  /** What is kept under a key now. */
  look<T>(key: Key): Entry<T> {
    return this.#entry(key) as Entry<T>;
  }

  get<T>(key: Key): T | undefined {
    return this.#entries.get(nameOf(key))?.data as T | undefined;
  }

  /** Calls back at every change under a key until the returned function is called. */
  watch(key: Key, watcher: () => void, again: () => Promise<void>): () => void {
    const entry = this.#entry(key);
    clearTimeout(entry.forget);
    entry.watchers.add(watcher);
    entry.again = again;
    return () => {
      entry.watchers.delete(watcher);
      if (entry.watchers.size > 0) return;
      entry.again = undefined;
      entry.forget = setTimeout(() => this.#drop(entry), KEPT_MS);
    };
  }

  #drop(entry: Kept): void {
    if (this.#entries.get(nameOf(entry.key)) === entry) this.#entries.delete(nameOf(entry.key));
  }

  /** Asks, unless it is being asked already. An equal answer keeps the old one, so that nothing is drawn anew. */
  async ask<T>(key: Key, read: () => Promise<T>): Promise<void> {
    const entry = this.#entry(key);
    entry.asked ??= this.#attempt(entry, read).finally(() => {
      entry.asked = undefined;
    });
    await entry.asked;
  }

  async #attempt(entry: Kept, read: () => Promise<unknown>): Promise<void> {
    entry.fetching = true;
    this.#tell(entry);
    for (let attempt = 0; ; attempt++) {
      const { turn } = entry;
      const began = Date.now();
      try {
        const data = await read();
        if (entry.turn !== turn) continue;
        if (entry.error !== undefined || JSON.stringify(data) !== JSON.stringify(entry.data)) entry.data = data;
        entry.error = undefined;
        entry.at = began;
        break;
      } catch (error) {
        const wait_ms = AGAIN_AFTER_MS[attempt];
        if (wait_ms !== undefined && this.#isPassing(error)) {
          await new Promise((done) => setTimeout(done, wait_ms));
          continue;
        }
        entry.error = error;
        this.#onError(error);
        break;
      }
    }
    entry.fetching = false;
    this.#tell(entry);
  }

  /** What a write has answered, without asking. */
  set<T>(key: Key, data: T): void {
    const entry = this.#entry(key);
    Object.assign(entry, { data, error: undefined, at: Date.now(), turn: entry.turn + 1 });
    this.#tell(entry);
  }

  /** Everything under a key is out of date: what is being looked at is asked for again, at once. */
  async invalidate(prefix: Key): Promise<void> {
    const within = [...this.#entries.values()].filter(({ key }) => isWithin(key, prefix));
    for (const entry of within) Object.assign(entry, { at: 0, turn: entry.turn + 1 });
    await Promise.all(within.map(({ again }) => again?.()));
  }

  /** Forgets what is gone. */
  remove(prefix: Key): void {
    for (const entry of [...this.#entries.values()]) if (isWithin(entry.key, prefix)) this.#drop(entry);
  }

  clear(): void {
    for (const { forget } of this.#entries.values()) clearTimeout(forget);
    this.#entries.clear();
  }
}
