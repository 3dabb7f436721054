/** The published checksum of a file's contents. */
export type Checksum = { readonly sha256: string } | { readonly md5: string };

/** A file at a public address. */
export interface Download {
  /** Its own name, by which it is also recognised in a local folder. */
  readonly name: string;
  /** Addresses, tried in order. */
  readonly urls: readonly string[];
  readonly packing: "plain" | "gzip" | "tar.gz" | "zip";
  /** Published MD5 of the file as it is downloaded. Absent: only the contents are checked. */
  readonly md5?: string;
}

/** One file of a data set. */
export interface DataFile {
  /** SET/FILE: its path inside a data folder. Files that ship lie there as FILE.gz. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly bytes: number;
  /** Of the unpacked bytes. */
  readonly checksum: Checksum;
  /** Other names that people's copies have, with or without .gz. */
  readonly alias?: string;
  /** Where it comes from; absent when it ships with the package. */
  readonly origin?: {
    readonly download: Download;
    /** Its path inside an archive. */
    readonly member?: string;
    /** It is only the first `bytes` bytes of that. */
    readonly head?: true;
  };
}

export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly source: string;
  readonly files: Readonly<Record<string, DataFile>>;
}

/** Whether a data set ships with the package. */
export const ships = (set: Dataset): boolean =>
  Object.values(set.files).every((file) => file.origin === undefined);

/** The data set that a file belongs to: the folder of its path. */
export const setOf = (file: DataFile): string => file.path.slice(0, file.path.indexOf("/"));
