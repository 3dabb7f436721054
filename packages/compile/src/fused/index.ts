export { compileFused } from "./kernel.ts";
export type {
  FusedInput,
  FusedKernel,
  FusedOp,
  FusedOpName,
  FusedOutput,
  FusedProgram,
  FusedReduction,
} from "./program.ts";
