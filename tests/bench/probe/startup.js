// How long a worker's module takes to be evaluated: imports it within a request, and answers when it is there.
// The clock stands still while a worker computes, so the time is taken outside, around the request.

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === "/import") await import("./index.js");
    return new Response("there");
  },
};
