import { DataError } from "./error.ts";

/** A reversible map between text and token numbers. */
export interface Vocabulary {
  readonly size: number;
  encode(text: string): Int32Array;
  decode(tokens: ArrayLike<number>): string;
}

/** Decodes UTF-8. Throws a DataError when the bytes are not valid UTF-8 or there are none. */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.length === 0) throw new DataError(file, "is empty; expected text");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(file, "is not valid UTF-8 text", { cause });
  }
}

/** One token a character (Unicode code point), numbered in code point order: tinyshakespeare has 65. */
export function characterVocabulary(text: string): Vocabulary {
  const characters = [...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const numbers = new Map(characters.map((c, i) => [c, i]));
  return {
    size: characters.length,
    encode: (s) =>
      Int32Array.from(s, (c) => {
        const token = numbers.get(c);
        if (token === undefined) {
          throw new RangeError(
            `the character ${JSON.stringify(c)} is not among the vocabulary's ${characters.length}`,
          );
        }
        return token;
      }),
    decode: (tokens) => Array.from(tokens, (t) => characters[t] ?? "\ufffd").join(""),
  };
}

/** One token a byte of UTF-8: 256 tokens, any text. */
export const byteVocabulary: Vocabulary = {
  size: 256,
  encode: (s) => Int32Array.from(new TextEncoder().encode(s)),
  decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
};
