import "steepest/node";
import { defaultDevice, init } from "@jax-js/jax";
import { checkTraces, passed } from "./check.ts";
import { readTraces } from "./trace.ts";

const usage = `Holds the optimizers to golden trajectories, in float64.

  npm run conformance -- FILE.json...

A file is { x0: [r][c], gradients: [T][r][c], cases: [{ name, source, hyperparameters, x: [T][r][c] }] }: gradient t is fed as
given, x[t] is the parameter after step t. Prints one line a case with the largest absolute difference. Cases whose
optimizer does not exist here are listed as missing. Exit code 1 when one differs by more than its tolerance (1e-10;
nadam 1e-3) or a file cannot be read.`;

/** Runs the command line and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    return 0;
  }
  const unknown = args.find((arg) => arg.startsWith("-"));
  if (unknown !== undefined || args.length === 0) {
    console.error(
      unknown === undefined
        ? "conformance: no trace file given\n"
        : `conformance: unknown option ${unknown}\n`,
    );
    console.error(usage);
    return 1;
  }
  await init();
  defaultDevice("wasm");
  let failed = 0;
  let missing = 0;
  for (const path of args) {
    console.log(path);
    try {
      for (const result of checkTraces(readTraces(path))) {
        const { name, difference, tolerance, problem } = result;
        if (difference === undefined) {
          missing++;
          console.log(`  ${name.padEnd(28)} missing`);
        } else {
          const ok = passed(result);
          if (!ok) failed++;
          const verdict = problem ?? (ok ? "ok" : `DIFFERS, allowed ${tolerance}`);
          console.log(`  ${name.padEnd(28)} ${difference.toExponential(1).padStart(8)}  ${verdict}`);
        }
      }
    } catch (error) {
      failed++;
      console.error(`conformance: ${(error as Error).message}`);
    }
  }
  console.log(`${failed} failed, ${missing} missing`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
