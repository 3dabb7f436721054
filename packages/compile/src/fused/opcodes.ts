/** The WebAssembly instructions used here, by their names in the specification, and their encodings. */

const plain = {
  unreachable: 0x00,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.lt_u": 0x49,
  "i32.gt_s": 0x4a,
  "i32.gt_u": 0x4b,
  "i32.le_s": 0x4c,
  "i32.le_u": 0x4d,
  "i32.ge_s": 0x4e,
  "i32.ge_u": 0x4f,
  "f32.eq": 0x5b,
  "f32.ne": 0x5c,
  "f32.lt": 0x5d,
  "f32.gt": 0x5e,
  "f32.le": 0x5f,
  "f32.ge": 0x60,
  "f64.eq": 0x61,
  "f64.ne": 0x62,
  "f64.lt": 0x63,
  "f64.gt": 0x64,
  "f64.le": 0x65,
  "f64.ge": 0x66,
  "i32.popcnt": 0x69,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_s": 0x6d,
  "i32.div_u": 0x6e,
  "i32.rem_s": 0x6f,
  "i32.rem_u": 0x70,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
  "f32.abs": 0x8b,
  "f32.neg": 0x8c,
  "f32.ceil": 0x8d,
  "f32.floor": 0x8e,
  "f32.trunc": 0x8f,
  "f32.nearest": 0x90,
  "f32.sqrt": 0x91,
  "f32.add": 0x92,
  "f32.sub": 0x93,
  "f32.mul": 0x94,
  "f32.div": 0x95,
  "f32.min": 0x96,
  "f32.max": 0x97,
  "f64.abs": 0x99,
  "f64.neg": 0x9a,
  "f64.ceil": 0x9b,
  "f64.floor": 0x9c,
  "f64.trunc": 0x9d,
  "f64.sqrt": 0x9f,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f64.mul": 0xa2,
  "f64.div": 0xa3,
  "f64.min": 0xa4,
  "f64.max": 0xa5,
  "f32.convert_i32_s": 0xb2,
  "f32.convert_i32_u": 0xb3,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_s": 0xb7,
  "f64.convert_i32_u": 0xb8,
  "f64.promote_f32": 0xbb,
  "i32.reinterpret_f32": 0xbc,
  "f32.reinterpret_i32": 0xbe,
} as const;

/** Behind the prefix 0xfc. */
const saturating = {
  "i32.trunc_sat_f32_s": 0,
  "i32.trunc_sat_f32_u": 1,
  "i32.trunc_sat_f64_s": 2,
  "i32.trunc_sat_f64_u": 3,
} as const;

/** Behind the prefix 0xfd. */
const simd = {
  "i32x4.splat": 17,
  "f32x4.splat": 19,
  "f64x2.splat": 20,
  "i32x4.eq": 55,
  "i32x4.ne": 56,
  "i32x4.lt_s": 57,
  "i32x4.lt_u": 58,
  "i32x4.gt_s": 59,
  "i32x4.le_s": 61,
  "i32x4.le_u": 62,
  "f32x4.eq": 65,
  "f32x4.ne": 66,
  "f32x4.lt": 67,
  "f32x4.gt": 68,
  "f32x4.le": 69,
  "f32x4.ge": 70,
  "f64x2.eq": 71,
  "f64x2.ne": 72,
  "f64x2.lt": 73,
  "f64x2.le": 75,
  "v128.not": 77,
  "v128.and": 78,
  "v128.andnot": 79,
  "v128.or": 80,
  "v128.xor": 81,
  "v128.bitselect": 82,
  "v128.any_true": 83,
  "f32x4.demote_f64x2_zero": 94,
  "f64x2.promote_low_f32x4": 95,
  "i8x16.narrow_i16x8_u": 102,
  "f32x4.ceil": 103,
  "f32x4.floor": 104,
  "f32x4.trunc": 105,
  "f32x4.nearest": 106,
  "f64x2.ceil": 116,
  "f64x2.floor": 117,
  "f64x2.trunc": 122,
  "i16x8.narrow_i32x4_s": 133,
  "i16x8.extend_low_i8x16_u": 137,
  "f64x2.nearest": 148,
  "i32x4.extend_low_i16x8_u": 169,
  "i32x4.shl": 171,
  "i32x4.shr_s": 172,
  "i32x4.shr_u": 173,
  "i32x4.add": 174,
  "i32x4.sub": 177,
  "i32x4.mul": 181,
  "i32x4.min_s": 182,
  "i32x4.min_u": 183,
  "i32x4.max_s": 184,
  "i32x4.max_u": 185,
  "i64x2.extend_low_i32x4_s": 199,
  "f32x4.abs": 224,
  "f32x4.neg": 225,
  "f32x4.sqrt": 227,
  "f32x4.add": 228,
  "f32x4.sub": 229,
  "f32x4.mul": 230,
  "f32x4.div": 231,
  "f32x4.min": 232,
  "f32x4.max": 233,
  "f32x4.pmin": 234,
  "f32x4.pmax": 235,
  "f64x2.abs": 236,
  "f64x2.neg": 237,
  "f64x2.sqrt": 239,
  "f64x2.add": 240,
  "f64x2.sub": 241,
  "f64x2.mul": 242,
  "f64x2.div": 243,
  "f64x2.min": 244,
  "f64x2.max": 245,
  "i32x4.trunc_sat_f32x4_s": 248,
  "i32x4.trunc_sat_f32x4_u": 249,
  "f32x4.convert_i32x4_s": 250,
  "f32x4.convert_i32x4_u": 251,
  "i32x4.trunc_sat_f64x2_s_zero": 252,
  "i32x4.trunc_sat_f64x2_u_zero": 253,
  "f64x2.convert_low_i32x4_s": 254,
  "f64x2.convert_low_i32x4_u": 255,
} as const;

const memory = {
  "i32.load": [0x28],
  "f32.load": [0x2a],
  "f64.load": [0x2b],
  "i32.load8_u": [0x2d],
  "i32.load16_u": [0x2f],
  "i32.store": [0x36],
  "f32.store": [0x38],
  "f64.store": [0x39],
  "i32.store8": [0x3a],
  "v128.load": [0xfd, 0],
  "v128.load32_splat": [0xfd, 9],
  "v128.load64_splat": [0xfd, 10],
  "v128.store": [0xfd, 11],
  "v128.load32_zero": [0xfd, 92],
  "v128.load64_zero": [0xfd, 93],
} as const;

/** Loads and stores of one lane; the lane number follows the memory argument. */
const laneMemory = {
  "v128.load32_lane": 86,
  "v128.load64_lane": 87,
  "v128.store8_lane": 88,
  "v128.store16_lane": 89,
  "v128.store32_lane": 90,
  "v128.store64_lane": 91,
} as const;

const lane = {
  "i32x4.extract_lane": 27,
  "i32x4.replace_lane": 28,
  "f32x4.extract_lane": 31,
  "f32x4.replace_lane": 32,
  "f64x2.extract_lane": 33,
  "f64x2.replace_lane": 34,
} as const;

export type Opcode = keyof typeof plain | keyof typeof saturating | keyof typeof simd;
export type MemoryOpcode = keyof typeof memory;
export type LaneMemoryOpcode = keyof typeof laneMemory;
export type LaneOpcode = keyof typeof lane;

/** An unsigned integer in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

const entries = <K extends string, V>(table: Record<K, V>) => Object.entries(table) as [K, V][];

export const opcodes = new Map<Opcode, readonly number[]>([
  ...entries(plain).map(([name, code]): [Opcode, number[]] => [name, [code]]),
  ...entries(saturating).map(([name, code]): [Opcode, number[]] => [name, [0xfc, code]]),
  ...entries(simd).map(([name, code]): [Opcode, number[]] => [name, [0xfd, ...unsigned(code)]]),
]);
export const memoryOpcodes: Readonly<Record<MemoryOpcode, readonly number[]>> = memory;
export const laneMemoryOpcodes: Readonly<Record<LaneMemoryOpcode, number>> = laneMemory;
export const laneOpcodes: Readonly<Record<LaneOpcode, number>> = lane;
