import { type Landscape, landscapeFormat, type Sharpness } from "./format.ts";
import { networkAt, project, projectPath } from "./frame.ts";
import type { LossProgram } from "./loss.ts";
import type { Layout } from "./vectors.ts";
import { frameFor, type Network, type TrainingPath, type View } from "./view.ts";

export interface Request extends Pick<Landscape, "title" | "task" | "examples" | "dropout" | "source"> {
  readonly view: View;
  readonly layout: Layout;
  /** The first is the center. */
  readonly networks: readonly Network[];
  /** Training that ended at the first network. */
  readonly path?: TrainingPath | undefined;
  /** Rows computed earlier, with the same request. */
  readonly rows?: Landscape["loss"] | undefined;
}

export interface ComputeOptions {
  /** Called before the first row and after every row with what is there; may wait. */
  readonly onRow?: (landscape: Landscape) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Shares of the picture's half width within which the sharpness is taken. */
const radii = [0.25, 0.5, 1] as const;

/** Losses are sums in single precision: more digits say nothing. */
const orNull = (x: number): number | null => (Number.isFinite(x) ? Number(x.toPrecision(7)) : null);

/** The loss at every point of the grid, row by row. The abort signal's reason is thrown between two points. */
export async function computeLandscape(
  request: Request,
  loss: LossProgram,
  { onRow, signal }: ComputeOptions = {},
): Promise<Landscape> {
  const { view, layout, networks, path, rows = [], title, task, examples, dropout, source } = request;
  const { frame, axes } = frameFor(view, layout, networks, path);
  const lossAt = async (network: Float32Array): Promise<number | null> => {
    signal?.throwIfAborted();
    return orNull(await loss.at(network));
  };
  const all = async (list: readonly Float32Array[]) => {
    const values: (number | null)[] = [];
    for (const network of list) values.push(await lossAt(network));
    return values;
  };
  const own = await all(networks.map((n) => n.vector));
  const points = networks.map(({ label, vector }, i) => ({
    label,
    ...project(frame, vector),
    loss: own[i] as number | null,
  }));
  const head = {
    format: landscapeFormat,
    title,
    task,
    method: view.method,
    seed: view.seed,
    dropout,
    examples,
    parameters: layout.size,
    axes,
    points,
    ...(path && {
      path: { steps: path.steps, ...projectPath(frame, path.networks), loss: await all(path.networks) },
    }),
    source,
  } as const;
  const done = rows.map((row) => [...row]);
  const so = (sharpness: readonly Sharpness[] = []): Landscape => ({ ...head, loss: [...done], sharpness });
  await onRow?.(so());
  const [across, down] = axes as [(typeof axes)[0], (typeof axes)[0]?];
  const network = new Float32Array(layout.size);
  for (const b of (down?.coordinates ?? [0]).slice(done.length)) {
    const row: (number | null)[] = [];
    for (const a of across.coordinates) row.push(await lossAt(networkAt(frame, [a, b], network)));
    done.push(row);
    await onRow?.(so());
  }
  const whole = so();
  return { ...whole, sharpness: radii.map((part) => sharpnessOf(whole, part)) };
}

/** The largest rise within a share of the half width, in an ellipse around the first point. */
function sharpnessOf({ axes, loss, points }: Landscape, part: number): Sharpness {
  const [point] = points as [Landscape["points"][0]];
  const half = axes.map(({ coordinates: c }) => part * (((c.at(-1) as number) - (c[0] as number)) / 2));
  const [across, down] = axes as [Landscape["axes"][0], Landscape["axes"][0]?];
  let most = Number.NEGATIVE_INFINITY;
  loss.forEach((row, j) => {
    row.forEach((value, i) => {
      const x = ((across.coordinates[i] as number) - (point.at[0] as number)) / (half[0] as number);
      const y = down ? ((down.coordinates[j] as number) - (point.at[1] as number)) / (half[1] as number) : 0;
      if (Math.hypot(x, y) <= 1 + 1e-9) most = Math.max(most, value ?? Number.POSITIVE_INFINITY);
    });
  });
  return { radius: half[0] as number, rise: orNull(most - (point.loss ?? Number.NaN)) };
}
