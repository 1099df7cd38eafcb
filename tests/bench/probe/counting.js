// Bindings that count: D1 calls, statements and rows (from D1's own `meta`), KV and queue operations, by the handler
// that made them. They change no call and no answer.
//
// **Limit:** what a statement wrote is booked to the table that it names first; a batch is one call.

let tally = {};

const emptyTally = () => ({
  invocations: 0, messages: 0,
  d1_calls: 0, d1_statements: 0, rows_read: 0, rows_written: 0, tables: {},
  kv_reads: 0, kv_writes: 0, kv_deletes: 0, kv_lists: 0,
  queue_calls: 0, queue_messages: 0,
});

/** What was counted since the last time, by handler; begins anew. */
export function taken() {
  const counted = tally;
  tally = {};
  return counted;
}

/** The environment with counting bindings in the place of `DB`, `KV` and the queues. */
export function counting(env, handler, messages = 0) {
  const into = (name, by = 1) => ((tally[handler] ??= emptyTally())[name] += by);
  into("invocations");
  into("messages", messages);
  const counted = { ...env };
  if (env.DB) counted.DB = database(env.DB, into, handler);
  if (env.KV) counted.KV = wrapped(env.KV, { get: "kv_reads", getWithMetadata: "kv_reads", put: "kv_writes", delete: "kv_deletes", list: "kv_lists" }, (name) => into(name));
  for (const name of ["RUNS", "INTAKE", "DEAD"]) if (env[name]) counted[name] = queue(env[name], into);
  return counted;
}

/** The target with some of its methods reported before they are called. */
function wrapped(target, names, report) {
  return new Proxy(target, {
    get(_, key) {
      const value = target[key];
      if (typeof value !== "function" || key === "constructor") return value;
      return (...args) => {
        if (names[key]) report(names[key], args);
        return value.apply(target, args);
      };
    },
  });
}

function queue(target, into) {
  return wrapped(target, { send: "send", sendBatch: "sendBatch" }, (name, [given]) => {
    into("queue_calls");
    into("queue_messages", name === "send" ? 1 : [...given].length);
  });
}

const WRITES = /\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"?(\w+)/i;

function database(target, into, handler) {
  const real = new WeakMap();
  const book = (sql, { meta }) => {
    into("d1_statements");
    into("rows_read", meta.rows_read ?? 0);
    into("rows_written", meta.rows_written ?? 0);
    const table = WRITES.exec(sql)?.[1];
    if (table && meta.rows_written) {
      const { tables } = tally[handler];
      tables[table] = (tables[table] ?? 0) + meta.rows_written;
    }
  };
  const statement = (inner, sql) => {
    const ask = (method) => async () => {
      into("d1_calls");
      const answer = await inner[method]();
      book(sql, answer);
      return answer;
    };
    const outer = {
      bind: (...args) => statement(inner.bind(...args), sql),
      all: ask("all"),
      run: ask("run"),
      // `first` gives no meta.
      first: async () => (await ask("all")()).results[0] ?? null,
    };
    real.set(outer, { inner, sql });
    return outer;
  };
  return {
    prepare: (sql) => statement(target.prepare(sql), sql),
    async batch(list) {
      into("d1_calls");
      const statements = [...list].map((outer) => real.get(outer));
      const answers = await target.batch(statements.map(({ inner }) => inner));
      answers.forEach((answer, index) => book(statements[index].sql, answer));
      return answers;
    },
  };
}
