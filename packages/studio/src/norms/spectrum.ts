import type { Pen } from "@steepest/lab/drawing";
import { colorOf, type Theme } from "../ui/theme.ts";
import { frameOf } from "../ui/view.ts";

/** Singular values at which the curves are computed: from 1e-4 to 1, evenly on a logarithmic scale. */
export const curveValues: readonly number[] = Array.from({ length: 161 }, (_, i) => 10 ** (-4 + i / 40));

/** Eight singular values of one matrix, evenly on a logarithmic scale, divided by its Frobenius norm. */
export function exampleValues(condition: number): number[] {
  const values = Array.from({ length: 8 }, (_, i) => condition ** (-i / 7));
  const norm = Math.hypot(...values);
  return values.map((v) => v / norm);
}

const margins = { left: 40, right: 12, top: 12, bottom: 34 } as const;

/** Where every singular value is after each step: one curve per step, the example's values as dots on the last one. */
export function drawSpectrum(
  pen: Pen,
  size: { readonly width: number; readonly height: number },
  theme: Theme,
  images: readonly (readonly number[])[],
  labels: { readonly input: string; readonly step: (k: number) => string },
): void {
  const { left, right, top, bottom } = margins;
  // Polar Express overshoots to about 2 on its way; coefficients that diverge may leave the picture.
  const most = Math.min(Math.max(1.4, ...images.flat().filter(Number.isFinite)), 2.2);
  const inner = frameOf([-4, 0, 0, most], size.width - left - right, size.height - top - bottom);
  const toX = (exponent: number) => left + inner.toX(exponent);
  const toY = (v: number) => top + inner.toY(Math.min(Math.max(v, -0.1), most + 0.1));
  for (const v of [0, 0.5, 1, 1.5, 2].filter((tick) => tick < most)) {
    pen.line([toX(-4), toY(v), toX(0), toY(v)], { color: v === 1 ? theme.muted : theme.line });
    pen.text(String(v), left - 6, toY(v) + 4, { color: theme.muted, size: 11, anchor: "end" });
  }
  for (const exponent of [-4, -3, -2, -1, 0]) {
    pen.line([toX(exponent), toY(0), toX(exponent), toY(most)], { color: theme.line });
    pen.text(`1e${exponent}`, toX(exponent), toY(0) + 15, { color: theme.muted, size: 11, anchor: "middle" });
  }
  pen.text(labels.input, toX(-2), size.height - 4, { color: theme.muted, size: 11, anchor: "middle" });
  images.forEach((image, k) => {
    const isLast = k === images.length - 1;
    const curve = curveValues.flatMap((s, i) => [toX(Math.log10(s)), toY(image[i] as number)]);
    pen.line(curve, {
      color: k === 0 ? theme.muted : colorOf(k - 1),
      width: isLast ? 3 : 1.4,
      ...(k === 0 ? { dash: [4, 4] } : {}),
    });
    const example = image.slice(curveValues.length);
    const start = images[0]!.slice(curveValues.length);
    if (isLast) {
      pen.dots(
        example.flatMap((v, i) => [toX(Math.log10(Math.max(start[i] as number, 1e-4))), toY(v)]),
        { color: colorOf(k - 1), radius: 5, rim: theme.background },
      );
    }
    if (images.length > 2) {
      pen.text(labels.step(k), left + 8, top + 14 + 15 * k, {
        color: k === 0 ? theme.muted : colorOf(k - 1),
        size: 12,
      });
    }
  });
}
