/** The colours of a picture beside those of its series. */
export interface Ink {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  /** Of grids and frames. */
  readonly line: string;
}
