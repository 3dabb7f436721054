import { defineConfig, type Plugin } from "vite";

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

export default defineConfig({
  // Relative links: the built page works from any folder of any file server.
  base: "./",
  plugins: [withoutNativeExecutor()],
  // The packages' TypeScript sources, so that nothing has to be built before the page.
  resolve: { conditions: ["source", "module", "browser", "import", "default"] },
  worker: { format: "es", plugins: () => [withoutNativeExecutor()] },
  build: { target: "es2023", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
});
