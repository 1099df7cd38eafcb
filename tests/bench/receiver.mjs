// Where the automation `call` of the bench posts to: a server in the bench's own process that notes when a request
// arrives, and answers at once. It records nothing else.

import { createServer } from "node:http";

/** Starts it: `url`, `next()` → the moment (of `performance.now`) at which the next request arrives, `stop()`. */
export async function startReceiver() {
  let waiting = null;
  const server = createServer((request, response) => {
    const at = performance.now();
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      waiting?.(at);
      waiting = null;
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/called`,
    next: () => new Promise((done) => (waiting = done)),
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
