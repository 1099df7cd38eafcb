// How the dashboard is built: few files, which compress better than many, all from its own origin.
// It inlines nothing: the worker's content security policy allows no inline script or style.

import preact from "@preact/preset-vite";
import subsetFont from "subset-font";
import { defineConfig, type Plugin } from "vite";

const backend = process.env.UNCINO_ORIGIN ?? "http://localhost:8787";

/** The short name of a style: its file and its class, as letters that stay the same from build to build. */
const names = new Map<string, string>();
function shortName(name: string, file: string): string {
  const key = `${file.replace(/\?.*/, "")} ${name}`;
  const known = names.get(key) ?? `_${names.size.toString(36)}`;
  names.set(key, known);
  return known;
}

/** What the interface and names in European languages are written with; other letters come from the system's typeface. */
const LETTERS = `${Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join("")}\u00a0ÀÈÉÌÒÙàèéìíòóùúáäçñöüß«»·…–—‘’“”•←→€`;

/** The typeface, cut down to those letters and to the weights that are used: 20 KB become 14. */
const smallFont = (): Plugin => ({
  name: "small-font",
  enforce: "post",
  async generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".woff2")) continue;
      const options = { targetFormat: "woff2", variationAxes: { wght: { min: 400, max: 700 } } } as const;
      file.source = await subsetFont(Buffer.from(file.source), LETTERS, options);
    }
  },
});

export default defineConfig(({ command }) => ({
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: true }), smallFont()],
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
