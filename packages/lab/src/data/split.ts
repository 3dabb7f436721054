/** A data set's two parts. */
export interface Split<T> {
  readonly train: T;
  readonly validation: T;
}
