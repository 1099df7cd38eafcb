// How large the memory of the wasm is, and how often it calls JavaScript: keeps hold of the instance that the worker makes
// when its module is evaluated. It has to be imported before that module. It sees the wasm's memory only, not what
// JavaScript holds.

const instances = [];
let calls = {};

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, [module, imports]) {
    const instance = Reflect.construct(target, [module, counted(imports)]);
    instances.push(instance);
    return instance;
  },
});

/** Bytes of the newest instance's memory, null when there is no wasm. It only ever grows. */
export const wasmBytes = () => instances.at(-1)?.exports.memory?.buffer.byteLength ?? null;

/** How often each import was called since the last time; begins anew. */
export function crossings() {
  const counted = calls;
  calls = {};
  return counted;
}

const counted = (imports) => mapped(imports, (names) => mapped(names, (value, name) => (typeof value === "function" ? counting(value, name) : value)));

const mapped = (object, by) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, by(value, key)]));

const counting = (target, name) =>
  function (...args) {
    calls[name] = (calls[name] ?? 0) + 1;
    return target.apply(this, args);
  };
