import { injectHyperparams, type MuonOptions, muon } from "steepest";
import { defaultsOf, type OptimizerEntry, withSchedule } from "./optimizer.ts";

/**
 * Muon for hidden matrices and kernels, AdamW for the rest. The scale of Liu et al. (2025) gives Muon's updates the size
 * of AdamW's, so that one learning rate serves both and is tuned as AdamW's is.
 */
export const muonEntry: OptimizerEntry = {
  name: "muon",
  description:
    "Orthogonalised momentum for hidden matrices and kernels, AdamW at the same rate for the rest.",
  hyperparameters: {
    learningRate: { default: 0.01, min: 1e-5, max: 0.3, scale: "log" },
    momentum: { default: 0.95, min: 0, max: 0.99, scale: "linear" },
    weightDecay: { default: 0.01, min: 1e-4, max: 1, scale: "log" },
  },
  create({ steps, roles }) {
    const scheduled = ({ learningRate, momentum, weightDecay }: Required<Pick<MuonOptions, Injected>>) => {
      const rest = { learningRate, weightDecay };
      return withSchedule(
        muon({ learningRate, momentum, weightDecay, scale: "moonshot", roles, adamw: rest }),
        steps,
      );
    };
    return injectHyperparams(scheduled, ["learningRate", "momentum", "weightDecay"])(
      defaultsOf(muonEntry) as Record<Injected, number>,
    );
  },
};

type Injected = "learningRate" | "momentum" | "weightDecay";
