// How the dashboard is built: few files, which compress better than many, all from its own origin.
// It inlines nothing: the worker's content security policy allows no inline script or style.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import preact from "@preact/preset-vite";
import subsetFont from "subset-font";
import { defineConfig, type Plugin } from "vite";
import { packedWords } from "./words.ts";

const backend = process.env.UNCINO_ORIGIN ?? "http://localhost:8787";

/** The short name of a style: its file and its class, as letters. All are given in order, so that every build gives the same. */
const names = new Map<string, string>();
for (const file of globSync("src/**/*.module.css", { cwd: import.meta.dirname }).sort()) {
  const path = join(import.meta.dirname, file);
  for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/(?:\.|@keyframes )([a-zA-Z][\w-]*)/g))
    shortName(name, path);
}
function shortName(name: string, file: string): string {
  const key = `${file.replace(/\?.*/, "")} ${name}`;
  const known = names.get(key) ?? `_${names.size.toString(36)}`;
  names.set(key, known);
  return known;
}

/** What the interface and names in European languages are written with; other letters come from the system's typeface. */
const LETTERS = `${Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join("")}\u00a0ÀÈÉÌÒÙàèéìíòóùúáäçñöüß«»·…–—’“”•←→€`;

/**
 * The typeface, cut down to those letters, to the weights that are used, to kerning and to figures of one width, without
 * hints, which it hardly has: 20 KB become 11.
 */
const smallFont = (): Plugin => ({
  name: "small-font",
  enforce: "post",
  async generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".woff2")) continue;
      const options = {
        targetFormat: "woff2",
        variationAxes: { wght: { min: 400, max: 620 } },
        keepFeatures: ["kern", "tnum"],
        dropTables: ["GDEF", "STAT", "gasp", "prep"],
      } as const;
      file.source = await subsetFont(Buffer.from(file.source), LETTERS, options);
    }
  },
});

/** How a language's file is loaded, with what it needs at the same time: Vite's own way knows cases that are not ours. */
const smallPreload = (): Plugin => ({
  name: "small-preload",
  enforce: "pre",
  load: (id) =>
    id.endsWith("vite/preload-helper.js")
      ? `export const __vitePreload = (load, files = []) => {
           for (const file of files) {
             const link = document.createElement("link");
             link.rel = "modulepreload";
             link.href = "/" + file;
             document.head.append(link);
           }
           return load();
         };`
      : undefined,
});

/** Elements as `h(tag, props, child, child)`: shorter than `jsx(tag, {children: […]})`, which the development server keeps. */
const shortElements = (): Plugin => ({
  name: "short-elements",
  enforce: "pre",
  // After the plugin of Preact, which wants it otherwise.
  config: () => ({ oxc: { jsx: { runtime: "classic", pragma: "$h", pragmaFrag: "$Fragment" } } }),
  transform: (code, id) =>
    id.endsWith(".tsx") ? `import { h as $h, Fragment as $Fragment } from "preact";${code}` : undefined,
});

export default defineConfig(({ command }) => ({
  plugins: [
    preact({ devToolsEnabled: false, prefreshEnabled: true }),
    ...(command === "build" ? [smallFont(), smallPreload(), shortElements(), packedWords(["en", "it"])] : []),
  ],
  css: { modules: command === "build" ? { generateScopedName: shortName } : {} },
  build: {
    target: "es2023",
    minify: "terser",
    terserOptions: {
      ecma: 2020,
      module: true,
      compress: { passes: 3, pure_getters: true },
      format: { comments: false },
    },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rollupOptions: {
      input: ["index.html", "mail.html"],
    },
  },
  // `npm run dev` beside a running `npm start`.
  server: { proxy: { "/api": backend, "/in": backend } },
}));
