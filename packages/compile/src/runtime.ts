import { defaultDevice, init } from "@jax-js/jax";

// jax-js reads these two browser globals; Node 20 has neither.
const host = globalThis as { navigator?: unknown; Float16Array?: unknown };
host.navigator ??= {};
host.Float16Array ??= class Float16Array extends Uint16Array {};

let ready: Promise<void> | undefined;

/**
 * Prepares jax-js once per process: fills in the globals that Node 20 lacks, starts its devices and selects the
 * default one. Every entry point of this package calls it; call it yourself before using jax-js directly.
 *
 * @param device "wasm" (default; in Node about 50 times faster than "cpu"), "cpu", or "webgpu" in a browser.
 */
export function initRuntime(device: "wasm" | "cpu" | "webgpu" = "wasm"): Promise<void> {
  ready ??= init().then((available) => {
    if (!available.includes(device)) {
      throw new Error(
        `initRuntime: device "${device}" is not available here; available: ${available.join(", ")}`,
      );
    }
    defaultDevice(device);
  });
  return ready;
}
