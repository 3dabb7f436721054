import { defineConfig, type Plugin } from "vite";
import { shippedData } from "./data-files.ts";
import { optimizerTable } from "./optimizer-table.ts";

/**
 * `@steepest/compile` reaches ONNX Runtime only through lazy imports of `./native/`, which its "native" executor needs.
 * No browser takes that branch, so the page is built without it.
 */
function withoutNativeExecutor(): Plugin {
  const stub = "\0no-native-executor";
  return {
    name: "without-native-executor",
    enforce: "pre",
    resolveId: (source, importer) =>
      source.startsWith("./native/") && /packages[\\/]compile[\\/]src[\\/][^\\/]+$/.test(importer ?? "")
        ? stub
        : undefined,
    load: (id) => (id === stub ? "export {};" : undefined),
  };
}

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // jax-js starts its threads from a blob where the server allows shared memory.
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The built page carries its own policy: no inline code, no request to anywhere else. Vite's dev server needs both. */
const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: policy },
      injectTo: "head-prepend",
    },
  ],
};

// The packages' TypeScript sources, so that nothing has to be built before the page.
const conditions = ["source", "module", "browser", "import", "default"];

export default defineConfig({
  // Relative links: the built page works from any folder of any file server.
  base: "./",
  plugins: [withoutNativeExecutor(), contentSecurityPolicy, shippedData(), optimizerTable(conditions)],
  resolve: { conditions },
  worker: { format: "es", plugins: () => [withoutNativeExecutor()] },
  build: { target: "es2023", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
});
