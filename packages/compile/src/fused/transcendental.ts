import type { Code } from "./assembler.ts";

/**
 * Elementary functions on four float32 lanes, accurate to 2 ulp (erfc: 6 ulp). Each takes its argument in a
 * local and leaves the result on the stack. NaN gives NaN; subnormal arguments and results are kept.
 *
 * The polynomials are our own weighted minimax fits (Lawson's iteration in 40-digit arithmetic) of the stated
 * quotient on the reduced range.
 */

const ln2High = 0.693359375; // 9 bits, so that k * ln2High is exact for |k| < 2^14
const ln2Low = Math.LN2 - ln2High;

/** Horner evaluation of sum c[i] x^i. */
function polynomial(code: Code, x: number, c: readonly number[]): void {
  code.f32x4(c[c.length - 1] as number);
  for (let i = c.length - 2; i >= 0; i--) {
    code
      .get(x)
      .op("f32x4.mul")
      .f32x4(c[i] as number)
      .op("f32x4.add");
  }
}

/** The same as a tree (Estrin): fewer operations wait for each other. `powers` holds x, x^2, x^4, ... */
function polynomialTree(code: Code, powers: readonly number[], c: readonly number[]): void {
  if (c.length === 1) {
    code.f32x4(c[0] as number);
    return;
  }
  const level = Math.ceil(Math.log2(c.length)) - 1;
  polynomialTree(code, powers, c.slice(0, 2 ** level));
  polynomialTree(code, powers, c.slice(2 ** level));
  code.get(powers[level] as number).op("f32x4.mul", "f32x4.add");
}

const absolute = (code: Code, x: number): number => {
  const a = code.local("v128");
  code.get(x).op("f32x4.abs").set(a);
  return a;
};

/** Gives the value on the stack the sign of x; it must be non-negative. */
const withSignOf = (code: Code, x: number) => code.get(x).i32x4(0x80000000).op("v128.and", "v128.or");

/** Adding it to a float32 of magnitude below 2^22 rounds that to an integer, which the sum's last bits then hold. */
const rounder = 1.5 * 2 ** 23;
const rounderBits = 0x4b400000;

/**
 * exp(x) = 2^k exp(r) with |r| <= ln(2)/2. The scale is applied in two factors to reach subnormal results. Single numbers
 * come through here as well, so that the chain of operations that wait for each other is short.
 */
export function exp(code: Code, x: number): void {
  const [k, r, square, fourth, half] = Array.from({ length: 5 }, () => code.local("v128")) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // pmin and pmax return their first operand when it is NaN.
  code.get(x).f32x4(89).op("f32x4.pmin").f32x4(-104).op("f32x4.pmax").tee(r);
  code.f32x4(Math.LOG2E).op("f32x4.mul").f32x4(rounder).op("f32x4.add").tee(k);
  code.f32x4(rounder).op("f32x4.sub").set(half);
  code.get(r, half).f32x4(ln2High).op("f32x4.mul", "f32x4.sub");
  code.get(half).f32x4(ln2Low).op("f32x4.mul", "f32x4.sub").tee(r).get(r).op("f32x4.mul").set(square);
  code.get(square, square).op("f32x4.mul").set(fourth);
  code.f32x4(1).get(r);
  polynomialTree(
    code,
    [r, square, fourth],
    [0.5000000096, 0.166665183, 0.04166620417, 0.008368953708, 0.00139506003],
  );
  code.get(square).op("f32x4.mul", "f32x4.add", "f32x4.add");
  code.get(k).i32x4(rounderBits).op("i32x4.sub").tee(k).i32(1).op("i32x4.shr_s").tee(half);
  powerOfTwo(code);
  code.op("f32x4.mul").get(k, half).op("i32x4.sub");
  powerOfTwo(code);
  code.op("f32x4.mul");
}

/** 2^k for the int32 lanes k on the stack, -126 <= k <= 127. */
const powerOfTwo = (code: Code) => code.i32x4(127).op("i32x4.add").i32(23).op("i32x4.shl");

/** log(x) = e log(2) + log(1 + f) with sqrt(1/2) <= 1 + f < sqrt(2). */
export function log(code: Code, x: number): void {
  const [y, e, f, square, fourth, eighth, small] = Array.from({ length: 7 }, () => code.local("v128")) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Subnormal numbers are scaled by 2^23 first.
  code.get(x).f32x4(1.1754943508222875e-38).op("f32x4.lt").set(small);
  code.get(x).f32x4(8388608).op("f32x4.mul").get(x, small).op("v128.bitselect").tee(y);
  code.i32x4(0x3f3504f3).op("i32x4.sub").i32(23).op("i32x4.shr_s").tee(e);
  code.i32(23).op("i32x4.shl").set(f);
  code.get(y, f).op("i32x4.sub").f32x4(1).op("f32x4.sub").set(f);
  code.get(e).op("f32x4.convert_i32x4_s").get(small).f32x4(23).op("v128.and", "f32x4.sub").set(e);
  code.get(f, f).op("f32x4.mul").tee(square).get(square).op("f32x4.mul").tee(fourth);
  code.get(fourth).op("f32x4.mul").set(eighth);
  polynomialTree(
    code,
    [f, square, fourth, eighth],
    [
      0.333333126, -0.250000096, 0.2000211875, -0.1666799562, 0.1421955056, -0.1240559201, 0.1188817756,
      -0.1167563881, 0.06746591949,
    ],
  );
  code.get(f, square).op("f32x4.mul", "f32x4.mul");
  code.get(e).f32x4(ln2Low).op("f32x4.mul", "f32x4.add");
  code.get(square).f32x4(0.5).op("f32x4.mul", "f32x4.sub").get(f).op("f32x4.add");
  code.get(e).f32x4(ln2High).op("f32x4.mul", "f32x4.add").set(f);
  // log(0) = -inf, log(inf) = inf, log of a negative number or NaN = NaN.
  code.f32x4(Number.NEGATIVE_INFINITY).get(f).get(x).f32x4(0).op("f32x4.eq", "v128.bitselect").set(f);
  code.get(x).get(f).get(x).f32x4(Number.POSITIVE_INFINITY).op("f32x4.eq", "v128.bitselect");
  code.get(x).f32x4(0).op("f32x4.ge").set(f);
  code.f32x4(Number.NaN).get(f).op("v128.bitselect");
}

/** Beyond this |x| the reduction of sin and cos loses accuracy; the caller evaluates them elsewhere. */
export const trigonometricLimit = 1e6;

const halfPiHigh = 1.5707963267341256; // 33 bits: its products with k < 2^20 are exact in float64
const halfPiLow = 6.077100506506192e-11;

/** sin(x + quarter pi/2) for |x| <= trigonometricLimit. The argument is reduced in float64. */
function sine(code: Code, x: number, quarter: 0 | 1): void {
  const [q, r, s, wide, k] = Array.from({ length: 5 }, () => code.local("v128")) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const reduce = () => {
    code
      .op("f64x2.promote_low_f32x4")
      .tee(wide)
      .f64x2(2 / Math.PI)
      .op("f64x2.mul", "f64x2.nearest")
      .set(k);
    code.get(wide, k).f64x2(halfPiHigh).op("f64x2.mul", "f64x2.sub");
    code.get(k).f64x2(halfPiLow).op("f64x2.mul", "f64x2.sub", "f32x4.demote_f64x2_zero");
  };
  const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const highToLow = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
  code.get(x);
  reduce();
  code.set(r).get(k).op("i32x4.trunc_sat_f64x2_s_zero").set(q);
  code.get(x, x).shuffle(highToLow);
  reduce();
  code.set(s).get(r, s).shuffle(lowHalves).set(r);
  code.get(q).get(k).op("i32x4.trunc_sat_f64x2_s_zero").shuffle(lowHalves);
  code.i32x4(quarter).op("i32x4.add").set(q);
  code.get(r, r).op("f32x4.mul").set(s);
  // cos(r), in odd quarters
  polynomial(code, s, [0.04166664675, -0.001388736143, 2.443772782e-5]);
  code.get(s).op("f32x4.mul").f32x4(0.5).op("f32x4.sub").get(s).op("f32x4.mul").f32x4(1).op("f32x4.add");
  // sin(r), in even quarters
  polynomial(code, s, [-0.1666666664, 0.008333329362, -0.0001983932713, 2.718237195e-6]);
  code.get(s).op("f32x4.mul").get(r).op("f32x4.mul").get(r).op("f32x4.add");
  code.get(q).i32x4(1).op("v128.and").i32x4(0).op("i32x4.ne", "v128.bitselect");
  code.get(q).i32(1).op("i32x4.shr_u").i32(31).op("i32x4.shl", "v128.xor");
}

export const sin = (code: Code, x: number): void => sine(code, x, 0);
export const cos = (code: Code, x: number): void => sine(code, x, 1);

const halfPiRest = Math.PI / 2 - Math.fround(Math.PI / 2);

/** atan(z) / z on |z| <= 1; larger arguments through pi/2 - atan(1/x). */
export function atan(code: Code, x: number): void {
  const a = absolute(code, x);
  const [z, s, large] = [code.local("v128"), code.local("v128"), code.local("v128")];
  code.get(a).f32x4(1).op("f32x4.gt").set(large);
  code.f32x4(1).get(a).op("f32x4.div").get(a, large).op("v128.bitselect").tee(z);
  code.get(z).op("f32x4.mul").set(s);
  polynomial(
    code,
    s,
    [
      -0.3333330186, 0.1999863855, -0.142652446, 0.1095757186, -0.08419445985, 0.0582343204, -0.03145546943,
      0.0110643152, -0.001827184688,
    ],
  );
  code.get(s).op("f32x4.mul").get(z).op("f32x4.mul").get(z).op("f32x4.add").set(z);
  code
    .f32x4(Math.PI / 2)
    .get(z)
    .f32x4(halfPiRest)
    .op("f32x4.sub", "f32x4.sub")
    .get(z, large)
    .op("v128.bitselect");
  withSignOf(code, x);
}

/** asin(z) / z on |z| <= 1/2; larger arguments through pi/2 - 2 asin(sqrt((1 - x) / 2)). */
export function asin(code: Code, x: number): void {
  const a = absolute(code, x);
  const [z, s, large] = [code.local("v128"), code.local("v128"), code.local("v128")];
  code.get(a).f32x4(0.5).op("f32x4.gt").set(large);
  code.f32x4(1).get(a).op("f32x4.sub").f32x4(0.5).op("f32x4.mul").get(a, a);
  code.op("f32x4.mul").get(large).op("v128.bitselect").set(s);
  code.get(s).op("f32x4.sqrt").get(a, large).op("v128.bitselect").set(z);
  polynomial(
    code,
    s,
    [0.1666665985, 0.07500512133, 0.04451547101, 0.03181981929, 0.01439380567, 0.03757815677],
  );
  code.get(s).op("f32x4.mul").get(z).op("f32x4.mul").get(z).op("f32x4.add").set(z);
  code
    .f32x4(Math.PI / 2)
    .get(z, z)
    .op("f32x4.add")
    .f32x4(halfPiRest)
    .op("f32x4.sub", "f32x4.sub")
    .get(z, large)
    .op("v128.bitselect");
  withSignOf(code, x);
}

/** erf(x) = x P(x^2) on |x| < 1, else 1 - exp(-Q(|x|)); it is 1 in float32 from 4 on. */
export function erf(code: Code, x: number): void {
  const a = absolute(code, x);
  const [s, q] = [code.local("v128"), code.local("v128")];
  code.get(a).f32x4(4).op("f32x4.pmin").set(q);
  polynomial(
    code,
    q,
    [
      -0.0001884696572, 1.12958032, 0.6332163806, 0.1084221168, -0.02521035045, 0.004205288667,
      -0.0004414734293, 2.169767889e-5,
    ],
  );
  code.op("f32x4.neg").set(q);
  exp(code, q);
  code.set(q);
  code.get(a, a).op("f32x4.mul").set(s);
  polynomial(
    code,
    s,
    [
      0.1283791657, -0.3761262582, 0.1128358515, -0.02685381181, 0.005188327444, -0.0008010191499,
      7.853854333e-5,
    ],
  );
  code.get(a).op("f32x4.mul").get(a).op("f32x4.add");
  code.f32x4(1).get(q).op("f32x4.sub").get(a).f32x4(1).op("f32x4.lt", "v128.bitselect");
  withSignOf(code, x);
}

/**
 * erfc(x) = exp(-x^2) t R(t) with t = 1 / (1 + x/2) for x >= 0, and 2 - erfc(-x) below. The square is split so that
 * its rounding does not enter the exponent.
 */
export function erfc(code: Code, x: number): void {
  const a = absolute(code, x);
  const [high, rest, t] = [code.local("v128"), code.local("v128"), code.local("v128")];
  code.get(a).f32x4(11).op("f32x4.pmin").tee(a).i32x4(0xfffff000).op("v128.and").set(high);
  code.get(high).get(a).op("f32x4.sub").get(high).get(a).op("f32x4.add", "f32x4.mul").set(rest);
  code.get(high, high).op("f32x4.mul", "f32x4.neg").set(high);
  code.f32x4(1).f32x4(1).get(a).f32x4(0.5).op("f32x4.mul", "f32x4.add", "f32x4.div").set(t);
  exp(code, high);
  exp(code, rest);
  code.op("f32x4.mul");
  polynomial(
    code,
    t,
    [
      0.2820882781, 0.2822580424, 0.2451227013, 0.1859154255, 0.05373213578, 0.03810867722, -0.02623127849,
      -0.2851157419, 0.3784344588, -0.1898867315, 0.03557403628,
    ],
  );
  code.get(t).op("f32x4.mul", "f32x4.mul").set(t);
  code.f32x4(2).get(t).op("f32x4.sub").get(t).get(x).f32x4(0).op("f32x4.lt", "v128.bitselect");
}

/** tanh(x) = x P(x^2) on |x| < 0.625, else 1 - 2 / (exp(2 |x|) + 1). */
export function tanh(code: Code, x: number): void {
  const a = absolute(code, x);
  const [s, e] = [code.local("v128"), code.local("v128")];
  code.get(a, a).op("f32x4.add").set(e);
  exp(code, e);
  code.set(e).get(a, a).op("f32x4.mul").set(s);
  polynomial(code, s, [-0.333332837, 0.1333148467, -0.0537429106, 0.02064856556, -0.005714678324]);
  code.get(s).op("f32x4.mul").get(a).op("f32x4.mul").get(a).op("f32x4.add");
  code.f32x4(1).f32x4(2).get(e).f32x4(1).op("f32x4.add", "f32x4.div", "f32x4.sub");
  code.get(a).f32x4(0.625).op("f32x4.lt", "v128.bitselect");
  withSignOf(code, x);
}

export type Elementary = (code: Code, x: number) => void;

/** The functions that take every float32. */
export const elementary: Readonly<Record<string, Elementary>> = {
  exp,
  log,
  asin,
  atan,
  erf,
  erfc,
  tanh,
};
