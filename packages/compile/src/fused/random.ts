import type { Code } from "./assembler.ts";
import type { Opcode } from "./opcodes.ts";

/**
 * The Threefry-2x32 generator with 20 rounds (Salmon et al., 2011), which jax-js uses: the key is (k0, k1), the
 * counter is (0, c), and the result is one of its two words or their exclusive or.
 */

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

export type RandomWord = "xor" | "0" | "1";

/** Leaves the random word on the stack; the operands are locals of type i32, or v128 with `vector`. */
export function threefry(
  code: Code,
  vector: boolean,
  [k0, k1, counter]: readonly number[],
  word: RandomWord,
): void {
  const op = (name: "add" | "xor") =>
    code.op((vector ? (name === "xor" ? "v128.xor" : "i32x4.add") : `i32.${name}`) as Opcode);
  const constant = (value: number) => (vector ? code.i32x4(value) : code.i32(value));
  const rotate = (x: number, by: number) => {
    if (!vector) return code.get(x).i32(by).op("i32.rotl");
    code.get(x).i32(by).op("i32x4.shl");
    return code
      .get(x)
      .i32(32 - by)
      .op("i32x4.shr_u", "v128.or");
  };
  const type = vector ? "v128" : "i32";
  const [x0, x1, k2] = [code.local(type), code.local(type), code.local(type)];
  const keys = [k0 as number, k1 as number, k2];
  code.get(k0 as number, k1 as number);
  op("xor");
  constant(0x1bd11bda);
  op("xor").set(k2);
  code.get(k0 as number).set(x0);
  code.get(counter as number, k1 as number);
  op("add").set(x1);
  for (let round = 0; round < 5; round++) {
    for (const by of rotations[round % 2] as readonly number[]) {
      code.get(x0, x1);
      op("add").set(x0);
      rotate(x1, by);
      code.get(x0);
      op("xor").set(x1);
    }
    code.get(x0, keys[(round + 1) % 3] as number);
    op("add").set(x0);
    code.get(x1, keys[(round + 2) % 3] as number);
    op("add");
    constant(round + 1);
    op("add").set(x1);
  }
  if (word === "xor") {
    code.get(x0, x1);
    op("xor");
  } else code.get(word === "0" ? x0 : x1);
}

/** The word that one of the operations random_bits_xor, random_bits_0 and random_bits_1 gives. */
export const randomWord = (op: `random_bits_${RandomWord}`): RandomWord => op.slice(12) as RandomWord;
