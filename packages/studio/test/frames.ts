import type { CDPSession } from "playwright-core";
import { builtPage } from "../../lab/src/studio/build.ts";
import { panels } from "../src/panels.ts";
import { openSite, settled } from "./support/page.ts";

/**
 * Measures the page with the browser's own tracing: `npm run bench:frames -w @steepest/studio`. It prints the longest tasks
 * of the main thread while each panel loads, the first paint, and the times between frames and the longest tasks while
 * 10 optimizers x 200 runs play, while the start is dragged, and while an animation of the lecture plays.
 */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  /** Time on the thread's own clock, microseconds like the others. */
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
}

const optimizers = [
  "sgd",
  "momentum",
  "nesterov",
  "normalizedSgd",
  "signSgd",
  "adagrad",
  "rmsprop",
  "adam",
  "adamw",
  "muon",
];
const query = `f=himmelblau&seeds=200&noise=2&spread=0.3&steps=600&${optimizers.map((o) => `o=${o}`).join("&")}`;

async function traced(session: CDPSession, action: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => {
    events.push(...(value as TraceEvent[]));
  };
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
    },
  });
  await action();
  const done = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await done;
  session.off("Tracing.dataCollected", collect);
  return events;
}

const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN).toFixed(1);

function report(title: string, events: readonly TraceEvent[]): void {
  // The page's main thread is the one that fires animation frames.
  const main = events.find((e) => e.name === "FireAnimationFrame");
  const own = events.filter((e) => e.pid === main?.pid && e.tid === main?.tid);
  const frames = own
    .filter((e) => e.name === "Commit")
    .map((e) => e.ts / 1000)
    .sort((a, b) => a - b);
  const between = frames
    .slice(1)
    .map((t, i) => t - (frames[i] as number))
    .sort((a, b) => a - b);
  const tasks = own.filter((e) => e.name === "RunTask" || e.name === "ThreadControllerImpl::RunTask");
  // On a busy machine a task also waits for a core; its own work is the time on the thread's clock.
  const sorted = (times: number[]) => times.map((t) => t / 1000).sort((a, b) => a - b);
  const wall = sorted(tasks.map((e) => e.dur ?? 0));
  const cpu = sorted(tasks.map((e) => e.tdur ?? 0));
  console.log(
    `${title}: ${frames.length} frames, ms between frames: median ${quantile(between, 0.5)}, 95 % ${quantile(between, 0.95)},` +
      ` longest ${quantile(between, 1)}; longest task ${quantile(wall, 1)} ms, of which computing ${quantile(cpu, 1)} ms`,
  );
  // What the longest tasks did.
  for (const task of [...tasks].sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0)).slice(0, 3)) {
    const end = task.ts + (task.dur ?? 0);
    const inside = own
      .filter(
        (e) => e !== task && e.ts >= task.ts && e.ts < end && (e.dur ?? 0) > 1000 && !/RunTask$/.test(e.name),
      )
      .sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0));
    const parts = inside.slice(0, 4).map(({ name, dur = 0 }) => `${name} ${(dur / 1000).toFixed(1)}`);
    console.log(`  ${((task.dur ?? 0) / 1000).toFixed(1)} ms: ${parts.join(", ")}`);
  }
}

const site = await openSite(await builtPage(console.log));
/** A new page with a panel in it. */
async function loading(name: string): Promise<void> {
  const page = await site.browser.newPage({
    viewport: { width: 1200, height: 800 },
    reducedMotion: "reduce",
  });
  await page.goto("about:blank");
  const session = await page.context().newCDPSession(page);
  const load = async () => {
    await page.goto(`${site.origin}/#${name}`);
    await settled(page);
  };
  report(`loading ${name}`, await traced(session, load));
  if (name === "lecture") {
    const play = async () => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.waitForTimeout(3000);
    };
    report("playing the lecture's animation", await traced(session, play));
  }
  await page.close();
}

try {
  for (const name of Object.keys(panels)) await loading(name);
  const page = await site.browser.newPage({ viewport: { width: 1200, height: 800 } });
  await page.goto(`${site.origin}/#trajectories?${query}`);
  await settled(page);
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  );
  console.log(`first paint ${paint?.toFixed(0)} ms`);
  await page.waitForTimeout(500);
  const session = await page.context().newCDPSession(page);
  report(
    "playing",
    await traced(session, async () => {
      await page.getByRole("button", { name: /Play|Пуск/ }).click();
      await page.waitForTimeout(5000);
    }),
  );
  await page.getByRole("button", { name: /Rewind|В начало/ }).click();
  const box = (await page.locator("#picture").boundingBox())!;
  report(
    "dragging",
    await traced(session, async () => {
      await page.mouse.move(box.x + 300, box.y + 200);
      await page.mouse.down();
      for (let i = 0; i < 120; i++) {
        await page.mouse.move(box.x + 300 + 100 * Math.cos(i / 10), box.y + 250 + 100 * Math.sin(i / 10));
        await page.waitForTimeout(16);
      }
      await page.mouse.up();
    }),
  );
  const milliseconds = await page.locator(".trajectories").getAttribute("data-milliseconds");
  console.log(`all runs anew (${optimizers.length} x 200 x 600 steps): ${milliseconds} ms in the worker`);
} finally {
  await site.close();
}
