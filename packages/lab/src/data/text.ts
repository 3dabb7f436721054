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

/**
 * One token a word, words being what spaces and line ends separate; a line end is the word "<eos>" as in published results
 * on WikiText. The commonest words of a text, ties in order of appearance, behind "<unk>", which is token 0.
 *
 * @param size number of tokens
 */
export function wordVocabulary(text: string, size: number): Vocabulary {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  counts.delete(unknownWord);
  const known = [...counts].sort((a, b) => b[1] - a[1]).slice(0, size - 1);
  const words = [unknownWord, ...known.map(([word]) => word)];
  const numbers = new Map(words.map((word, i) => [word, i]));
  return {
    size: words.length,
    encode: (s) => Int32Array.from(wordsOf(s), (word) => numbers.get(word) ?? 0),
    decode: (tokens) => Array.from(tokens, (t) => words[t] ?? unknownWord).join(" "),
  };
}

const unknownWord = "<unk>";
const wordsOf = (text: string): string[] => text.replaceAll("\n", " <eos> ").split(" ").filter(Boolean);
