// A provider's stand-in on loopback: records every request byte for byte and answers by a script.
// It checks nothing and imitates no provider: what an answer looks like is the test's to say.
//
//   const receiver = await startReceiver();
//   receiver.script("/v23.0/1/messages", [{ status: 429, headers: { "retry-after": "1" } }, { body: { ok: true } }]);
//   await receiver.waitFor("/v23.0/1/messages", 2);       // → the two requests
//   await receiver.stop();

import { createServer } from "node:http";

/**
 * Starts a receiver on 127.0.0.1 (port 0: any free one).
 *
 * An answer is `{status = 200, headers, body, delay_ms, hang, close}`: `body` is text, bytes or a value sent as JSON;
 * `hang` never answers, `close` drops the connection once the request was read. A path without a script gets 200 `{}`.
 */
export async function startReceiver({ port = 0 } = {}) {
  const requests = [];
  const scripts = new Map();
  const watchers = new Set();

  const server = createServer(async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the sender hung up within its own request
    }
    const { pathname, search } = new URL(request.url, "http://receiver");
    requests.push({
      method: request.method,
      path: pathname,
      query: search,
      headers: request.headers,
      body: Buffer.concat(chunks),
      at: Date.now(),
    });
    const answer = nextAnswer(pathname);
    watchers.forEach((look) => look());
    if (answer.delay_ms) await new Promise((done) => setTimeout(done, answer.delay_ms));
    if (answer.hang) return;
    if (answer.close) {
      request.socket.destroy();
      return;
    }
    const [type, bytes] = encode(answer.body ?? {});
    response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers });
    response.end(bytes);
  });

  /** The answers of a script in turn; its last one stays. */
  function nextAnswer(path) {
    const script = scripts.get(path) ?? scripts.get("*") ?? [];
    return (script.length > 1 ? script.shift() : script[0]) ?? {};
  }

  await new Promise((done, reject) => server.once("error", reject).listen(port, "127.0.0.1", done));

  const to = (path) => requests.filter((request) => path === undefined || request.path === path);

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Everything that arrived, in order: `{method, path, query, headers, body (Buffer), at (ms)}`. */
    requests,
    /** The requests to one path. */
    to,
    /** Sets a path's answers from now on (`"*"`: of every path without its own): one, or a list used up to its last. */
    script(path, answers) {
      scripts.set(path, Array.isArray(answers) ? [...answers] : [answers]);
    },
    /** The first `count` requests to a path, as soon as they are there; throws when they are not in time. */
    waitFor(path, count = 1, within_ms = 5_000) {
      return new Promise((done, reject) => {
        const look = () => {
          if (to(path).length < count) return;
          watchers.delete(look);
          clearTimeout(timer);
          done(to(path).slice(0, count));
        };
        const timer = setTimeout(() => {
          watchers.delete(look);
          const seen = requests.map((request) => `${request.method} ${request.path}`).join(", ") || "nothing";
          reject(new Error(`${to(path).length} of ${count} requests to ${path ?? "the receiver"} within ${within_ms} ms; it got ${seen}`));
        }, within_ms);
        watchers.add(look);
        look();
      });
    },
    /** Forgets requests and scripts. */
    reset() {
      requests.length = 0;
      scripts.clear();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function encode(body) {
  if (typeof body === "string") return ["text/plain; charset=utf-8", body];
  if (body instanceof Uint8Array) return ["application/octet-stream", body];
  return ["application/json", JSON.stringify(body)];
}
