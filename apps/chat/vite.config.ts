import { defineConfig } from "vite";

// The server sends a content security policy without 'unsafe-inline' and without data: scripts, so everything is a file of
// its own: no inlined assets, no preload polyfill. Vite's output and tsc's (dist/web-js, for the unit tests) are apart.
export default defineConfig({
  root: "web",
  base: "/",
  publicDir: false,
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: "web/index.html", echo: "web/echo.html" } },
  },
});
