// The load generator: a process of its own that keeps a number of connections busy and counts what comes back. It is
// started, never imported. Each connection sends its next request when the last one is answered whole.
//
// It speaks HTTP/1.1 on plain sockets, because a client library costs as much processor as the worker that it asks.

import { connect } from "node:net";
import { answerEnd } from "./answer.mjs";
import { body, PAYLOADS } from "./payloads.mjs";
import { percentile } from "./numbers.mjs";
import { serve } from "./child.mjs";

/** No body is sent twice in a bench. */
let number = 0;

/** One connection, kept alive: `send(request)` → status. A request at a time. */
function open({ hostname, port }) {
  return new Promise((ready, failed) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = "";
    let waiting = null;
    const settle = (act) => {
      const { done, reject } = waiting ?? {};
      waiting = null;
      text = "";
      act(done, reject);
    };
    socket.setEncoding("latin1").on("data", (more) => {
      text += more;
      try {
        if (answerEnd(text) >= 0) {
          const status = Number(text.slice(9, 12));
          settle((done) => done?.(status));
        }
      } catch (error) {
        settle((_, reject) => reject?.(error));
      }
    });
    socket.on("error", (error) => {
      failed(error);
      settle((_, reject) => reject?.(error));
    });
    socket.on("close", () => settle((_, reject) => reject?.(new Error("the worker closed the connection"))));
    socket.on("connect", () =>
      ready({
        send: (request) =>
          new Promise((done, reject) => {
            waiting = { done, reject };
            socket.write(request);
          }),
        close: () => socket.destroy(),
      }),
    );
  });
}

function request(url, payload, headers) {
  const text = body(payload, (number += 1));
  const lines = [`POST ${url.pathname} HTTP/1.1`, `host: ${url.host}`, `content-type: ${PAYLOADS[payload].type}`, `content-length: ${Buffer.byteLength(text)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value.replace("{n}", number)}`);
  return `${lines.join("\r\n")}\r\n\r\n${text}`;
}

serve({
  /**
   * Sends to `to` over `connections` until `count` requests are sent or `seconds` are over:
   * `{sent, accepted, statuses, seconds, p50_ms, p99_ms, cpu_ms}`. In `headers`, `{n}` becomes the request's number.
   */
  async run({ to, payload, connections, seconds = Infinity, count = Infinity, headers = {} }) {
    const url = new URL(to);
    const clients = await Promise.all(Array.from({ length: connections }, () => open(url)));
    const statuses = {};
    const times = [];
    let sent = 0;
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const until = begun + seconds * 1_000;
    await Promise.all(
      clients.map(async (client) => {
        while (sent < count && performance.now() < until) {
          sent += 1;
          const text = request(url, payload, headers);
          const at = performance.now();
          const status = await client.send(text);
          times.push(performance.now() - at);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
      }),
    );
    const took = (performance.now() - begun) / 1_000;
    clients.forEach((client) => client.close());
    const { user, system } = process.cpuUsage(cpu);
    return {
      sent,
      accepted: statuses[202] ?? 0,
      statuses,
      seconds: took,
      p50_ms: percentile(times, 0.5),
      p99_ms: percentile(times, 0.99),
      cpu_ms: (user + system) / 1_000,
    };
  },
});
