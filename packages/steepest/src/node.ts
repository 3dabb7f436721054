/** Import "steepest/node" before anything else to run jax-js on Node 20, which lacks two globals that it reads. */
const host = globalThis as { navigator?: unknown; Float16Array?: unknown };
host.navigator ??= {};
host.Float16Array ??= class Float16Array extends Uint16Array {};
