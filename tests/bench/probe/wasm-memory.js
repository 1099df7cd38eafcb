// How large the memory of the wasm is: keeps hold of the instance that the worker makes when its module is evaluated.
// It has to be imported before that module. It sees the wasm's memory only, not what JavaScript holds.

const instances = [];

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args) {
    const instance = Reflect.construct(target, args);
    instances.push(instance);
    return instance;
  },
});

/** Bytes of the newest instance's memory, null when there is no wasm. It only ever grows. */
export const wasmBytes = () => instances.at(-1)?.exports.memory?.buffer.byteLength ?? null;
