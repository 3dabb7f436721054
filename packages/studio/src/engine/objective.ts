/** What a simulation needs to know of a function; `Problem` without what is only for display. */
export interface Objective {
  readonly formula: string;
  readonly dimensions: 1 | 2;
  /** Names and values of the formula's parameters. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly data?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** The names of the coordinates. */
export const axes = ["x", "y"] as const;

/** The names that a formula may use. */
export const variablesOf = (objective: Objective): string[] => [
  ...axes.slice(0, objective.dimensions),
  ...Object.keys(objective.parameters),
  ...Object.keys(objective.data ?? {}),
];

/** Number of examples of a finite sum; 0 for a plain function. */
export const examplesOf = ({ data }: Objective): number => Object.values(data ?? {})[0]?.length ?? 0;
