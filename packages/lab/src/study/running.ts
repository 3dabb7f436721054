import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { makeFolder } from "../folder.ts";

/**
 * Which processes work on a study: one file each under running/, so that a trial's file never has two writers. A killed
 * process leaves its file behind; it is told from a living one by its number and the moment it started.
 */
interface Mark {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
}

const runningFolder = (study: string): string => join(study, "running");
const studyMark = "study";

/** Seconds that the workers of a killed study get to notice and end. */
const patience = 60;

/** Claims a study for this process and waits for workers of a killed run to end. Throws an Error when it is being run. */
export async function claimStudy(study: string): Promise<{ release(): void }> {
  const folder = runningFolder(study);
  makeFolder(folder);
  const own = join(folder, studyMark);
  for (let attempt = 0; !create(own); attempt++) {
    const other = readMark(own);
    if (other !== undefined && (isAlive(other) || attempt > 3)) {
      const hint = other.host === hostname() ? "wait for it or stop it" : `if it is not, remove ${own}`;
      throw new Error(`${study} is being run by process ${other.pid} on ${other.host}; ${hint}`);
    }
    rmSync(own, { force: true });
  }
  try {
    await workersEnded(folder);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
  return { release: () => rmSync(own, { force: true }) };
}

/** Marks this process as a worker of a study until it ends. */
export function markWorker(study: string): void {
  const path = join(runningFolder(study), `worker-${process.pid}`);
  rmSync(path, { force: true });
  create(path);
  process.on("exit", () => rmSync(path, { force: true }));
}

/** The process that runs a study now, if one does. */
export function runningProcess(study: string): number | undefined {
  const mark = readMark(join(runningFolder(study), studyMark));
  return mark !== undefined && isAlive(mark) ? mark.pid : undefined;
}

async function workersEnded(folder: string): Promise<void> {
  const deadline = Date.now() + 1000 * patience;
  for (const name of readdirSync(folder).filter((file) => file !== studyMark)) {
    const path = join(folder, name);
    for (let mark = readMark(path); mark !== undefined && isAlive(mark); mark = readMark(path)) {
      if (Date.now() > deadline) {
        throw new Error(
          `process ${mark.pid} on ${mark.host} still works on this study; stop it, or remove ${path}`,
        );
      }
      await setTimeout(20);
    }
    rmSync(path, { force: true });
  }
}

/** Creates a mark; false when there is one. */
function create(path: string): boolean {
  const mark: Mark = { pid: process.pid, started: startOf(process.pid) ?? "", host: hostname() };
  try {
    writeFileSync(path, JSON.stringify(mark), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readMark(path: string): Mark | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Mark;
  } catch {
    return undefined;
  }
}

/** A process of another machine counts as alive: nobody here can tell. */
function isAlive({ pid, started, host }: Mark): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return process.platform !== "linux" || startOf(pid) === started;
}

/** When a process started, in the kernel's ticks; undefined for one that has ended, or where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Ended, but not yet collected by its parent.
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
