/** A data file that cannot be used. The message names the file, what was found and what was expected. */
export class DataError extends Error {
  override name = "DataError";

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
  }
}
