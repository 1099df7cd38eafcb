import assert from "node:assert/strict";
import test from "node:test";
import { Cache } from "./cache.ts";

const passing = new Error("passing");
const make = () => {
  const heard: unknown[] = [];
  return {
    cache: new Cache(
      (error) => error === passing,
      (error) => heard.push(error),
    ),
    heard,
  };
};

test("many who want one answer at once ask once", async () => {
  const { cache } = make();
  let asked = 0;
  const read = async () => ++asked;
  await Promise.all([cache.ask(["a"], read), cache.ask(["a"], read), cache.ask(["b"], read)]);
  assert.equal(asked, 2);
});

test("an equal answer keeps the one that was there", async () => {
  const { cache } = make();
  await cache.ask(["a"], async () => ({ n: 1 }));
  const first = cache.get(["a"]);
  await cache.ask(["a"], async () => ({ n: 1 }));
  assert.equal(cache.get(["a"]), first);
  await cache.ask(["a"], async () => ({ n: 2 }));
  assert.deepEqual(cache.get(["a"]), { n: 2 });
});

test("an error that passes is tried again, another one is told and keeps the data", async () => {
  const { cache, heard } = make();
  let calls = 0;
  await cache.ask(["a"], async () => {
    calls += 1;
    if (calls < 3) throw passing;
    return "there";
  });
  assert.equal(cache.get(["a"]), "there");
  const lasting = new Error("lasting");
  await cache.ask(["a"], () => Promise.reject(lasting));
  assert.equal(cache.get(["a"]), "there");
  assert.equal(cache.look(["a"]).error, lasting);
  assert.deepEqual(heard, [lasting]);
});

test("invalidating a key asks again for all under it that somebody looks at, and for nothing else", async () => {
  const { cache } = make();
  const again: string[] = [];
  const look = (key: string[]) =>
    cache.watch(
      key,
      () => {},
      async () => void again.push(key.join("/")),
    );
  look(["events", "list"]);
  const leave = look(["events", "one"]);
  look(["runs"]);
  leave();
  await cache.invalidate(["events"]);
  assert.deepEqual(again, ["events/list"]);
  // What nobody looks at is kept for minutes; a test does not wait for that.
  cache.clear();
});

test("an answer that was asked for before a write does not take its place", async () => {
  const { cache } = make();
  const answers = ["before", "after"];
  let release = () => {};
  const first = new Promise<void>((done) => {
    release = done;
  });
  const asked = cache.ask(["a"], async () => {
    const answer = answers.shift();
    if (answer === "before") await first;
    return answer;
  });
  cache.set(["a"], "written");
  release();
  await asked;
  assert.equal(cache.get(["a"]), "after");
});

test("what is invalidated while it is being read is read once more", async () => {
  const { cache } = make();
  let reads = 0;
  let release = () => {};
  const first = new Promise<void>((done) => {
    release = done;
  });
  const asked = cache.ask(["a"], async () => {
    reads += 1;
    if (reads === 1) await first;
    return reads;
  });
  await cache.invalidate(["a"]);
  release();
  await asked;
  assert.equal(cache.get(["a"]), 2);
});

test("what was removed or cleared is asked for anew", async () => {
  const { cache } = make();
  cache.set(["a", 1], "x");
  cache.set(["b"], "y");
  cache.remove(["a"]);
  assert.equal(cache.get(["a", 1]), undefined);
  assert.equal(cache.get(["b"]), "y");
  cache.clear();
  assert.equal(cache.get(["b"]), undefined);
});
