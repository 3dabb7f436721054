/** The user stopped the command. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** What a failed command prints: the message alone, because it says what to do; STEEPEST_DEBUG=1 adds the stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.STEEPEST_DEBUG ? (error.stack ?? error.message) : error.message;
}

const reasons: Record<string, string> = {
  EACCES: "no permission",
  ENOENT: "folders cannot be made there",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "a file of that name is in the way",
  ENOSPC: "the disk is full",
};

/** A file system error in words, with its code. */
export function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && code in reasons ? `${reasons[code]} (${code})` : message;
}
