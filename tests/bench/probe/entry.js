// A worker around a worker, for the runs of the bench that count or look inside: it hands every event on with counting
// bindings, and answers three questions under /__bench/. Timed runs go without it.
//
// It needs nothing of the worker within but its default export, a class or an object of handlers.

import { crossings, wasmBytes } from "./wasm-memory.js";
import worker from "./index.js";
import { counting, taken } from "./counting.js";

const within = (env, ctx) => (typeof worker === "function" ? new worker(ctx, env) : worker);

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/__bench/memory") return Response.json({ bytes: wasmBytes() });
    if (pathname === "/__bench/crossings") return Response.json(crossings());
    if (pathname === "/__bench/tally") return Response.json(taken());
    const counted = counting(env, "fetch");
    return within(counted, ctx).fetch(request, counted, ctx);
  },
  queue(batch, env, ctx) {
    const counted = counting(env, "queue", batch.messages.length);
    return within(counted, ctx).queue(batch, counted, ctx);
  },
  scheduled(event, env, ctx) {
    const counted = counting(env, "scheduled");
    return within(counted, ctx).scheduled(event, counted, ctx);
  },
};
