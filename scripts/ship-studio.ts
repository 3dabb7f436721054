import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Puts the built page into the lab's package, whose `steepest studio` serves it. */
const packages = fileURLToPath(new URL("../packages", import.meta.url));
rmSync(`${packages}/lab/studio`, { recursive: true, force: true });
cpSync(`${packages}/studio/dist`, `${packages}/lab/studio`, { recursive: true });
