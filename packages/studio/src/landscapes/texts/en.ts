import type { LandscapeMethod } from "@steepest/lab/format";
import type { NetworkName } from "../../learning/catalog.ts";
import type { ExampleName, PresetName } from "../state.ts";

export const en = {
  lead: "The loss of a trained network on a line or a plane through its parameters: a network is trained here, in the page, then evaluated at every point.",
  source: "Show",
  live: "Computed here",
  ownFile: "Your file",
  examples: {
    "cnn-path": "Example: CNN, its path",
    "cnn-three": "Example: CNN, three seeds",
    "gpt-line": "Example: GPT, a filter-normalised line",
  } as Record<ExampleName, string>,
  openFile: "Open a landscape…",
  dropHint: "or drop the JSON file of “steepest landscape” here",
  picture: "The landscape",
  turn: "The landscape as a surface. Drag it, or turn it with the arrow keys.",
  lossName: "loss, nats",
  starting: "Starting…",
  training: (step: number, steps: number) => `Training: step ${step} of ${steps}`,
  rows: (done: number, all: number) => `Evaluating: row ${done} of ${all}`,
  failed: (message: string) => `The computation failed: ${message}`,
  unreadable: (message: string) => `The landscape cannot be read: ${message}`,
  ownFileGone: "Your file is no longer open: open it again.",
  viewTitle: "View",
  view: "View",
  views: { contour: "From above", surface: "Surface" },
  levels: "Levels",
  azimuth: "Turn, degrees",
  elevation: "Height, degrees",
  log: "Logarithmic loss",
  liveTitle: "Network and plane",
  liveHelp: "Trained and computed in this page on shipped data; any change trains anew.",
  preset: "Something worth seeing…",
  presets: {
    path: "The path of training",
    filter: "Around the solution, filter-normalised",
    seeds: "Between two seeds: is there a barrier?",
    rules: "Between AdamW’s and SGD’s solution",
    three: "A plane through three solutions",
  } as Record<PresetName, string>,
  network: "Network",
  networks: {
    "moons-mlp": "MLP on two moons",
    "digits-mlp": "MLP on digits",
    "fashion-cnn": "CNN on Fashion-MNIST",
    "shakespeare-gpt": "GPT on tinyshakespeare",
  } as Record<NetworkName, string>,
  method: "Directions",
  methods: {
    pca: "Principal components of the path",
    filter: "Random, normalised by filter",
    random: "Random",
    between: "Between networks",
  } as Record<LandscapeMethod, string>,
  methodHelp: {
    pca: "The plane that holds most of the path. Even a random walk explains much in its first components: this picture alone proves no valley.",
    filter:
      "Every filter of the direction is as long as the network’s, so that rescaled ReLU layers look the same (Li et al., 2018).",
    random:
      "Normal directions as long as the whole vector of parameters; layers of different scale distort it.",
    between:
      "Coordinates 0 and 1 are two trained networks; a plane goes through three. Barriers show as hills.",
  } as Record<LandscapeMethod, string>,
  line: "A line only",
  dropout: "With dropout (rate 0.2, one mask for every batch)",
  grid: "Points along an axis",
  range: "Range",
  trainingTitle: "Training",
  optimizer: "Optimizer",
  other: "Second network by",
  same: "the same",
  learningRate: "Learning rate",
  steps: "Steps",
  seed: "Seed",
  facts: "What this shows",
  about: (parameters: number, examples: number, dropout: boolean) =>
    `${parameters} parameters; loss over ${examples} training examples${dropout ? ", with dropout" : ""}.`,
  explained: (shares: string, residual: string, length: string) =>
    `Explained variance of the path: ${shares}. The path is up to ${residual} off the picture; from end to end it is ${length} long.`,
  noPath: "The path of training is not in this file: explained variance and off-plane residual are unknown.",
  planar: (residual: string) => `The networks are up to ${residual} off the picture.`,
  sharpness: (radius: string, rise: string) => `Within ${radius} the loss rises by up to ${rise}.`,
  unfinished: (done: number, all: number) => `Unfinished: ${done} of ${all} rows.`,
  command: "Made by",
  residual: "Distance of the path from the picture, by step",
  pathLoss: "Loss along the path, by step",
  codeLead: "TypeScript that trains the same network with the library and computes the same losses in Node.",
  codeFileLead: "The command that made this landscape, and TypeScript that reads its file.",
};

export type LandscapesTexts = typeof en;
