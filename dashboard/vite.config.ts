// How the dashboard is built: one page, its code and its style, all from its own origin.
// It inlines nothing: the worker's content security policy allows no inline script or style.

import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

const backend = process.env.UNCINO_ORIGIN ?? "http://localhost:8787";

export default defineConfig({
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: true })],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["index.html", "mail.html"] },
  },
  // `npm run dev` beside a running `npm start`. The frame of an HTML e-mail has an origin of its own (`null`), and its
  // module is fetched under the rules for other origins.
  server: { proxy: { "/api": backend, "/in": backend }, cors: { origin: [/^https?:\/\/localhost(:\d+)?$/, "null"] } },
});
