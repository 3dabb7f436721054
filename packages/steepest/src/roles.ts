import type { JsTree, numpy as np } from "@jax-js/jax";
import { type ArrayTree, leafPaths } from "./tree.ts";

/**
 * What a parameter is. The rank alone cannot tell an embedding from a hidden matrix, so it is said.
 *
 * - `hidden`: a matrix (out, in), or a batch of them (..., out, in)
 * - `embedding`: a table (entries, width)
 * - `head`: the matrix (classes, in) that makes the logits
 * - `vector`: anything applied elementwise: biases, gains, scalars
 * - `conv`: a kernel (out, in, height, width), with any number of spatial axes
 * - `qkv`: query, key and value matrices in one, (3 out, in)
 */
export type Role = "hidden" | "embedding" | "head" | "vector" | "conv" | "qkv";

/** All roles. */
export const roleNames: readonly Role[] = ["hidden", "embedding", "head", "vector", "conv", "qkv"];

/** A tree like the parameters with a role in place of every array. */
export type RoleTree = JsTree<Role>;

/** The role tree of a parameter tree type. */
export type Roles<P> = P extends np.Array ? Role : { readonly [K in keyof P]: Roles<P[K]> };

const least: Partial<Record<Role, number>> = { hidden: 2, embedding: 2, head: 2, conv: 3, qkv: 2 };

/**
 * Checks that a role tree mirrors the parameters and that every role fits its array.
 *
 * @returns the role of every path.
 * @throws Error naming the path: a parameter without role, a role without parameter, an unknown role, too few axes, or
 *   a `qkv` matrix whose rows do not divide by three.
 */
export function checkRoles(roles: RoleTree, params: ArrayTree, name = "roles"): Map<string, Role> {
  const given = new Map(leafPaths<Role>(roles));
  for (const [path, leaf] of leafPaths<np.Array>(params)) {
    const role = given.get(path);
    const where = `${name}: parameter '${path}'`;
    if (role === undefined) throw new Error(`${where} has no role; give it one of ${roleNames.join(", ")}`);
    if (!roleNames.includes(role)) {
      throw new Error(`${where} has unknown role '${String(role)}'; known: ${roleNames.join(", ")}`);
    }
    const axes = least[role] ?? 0;
    if (leaf.ndim < axes) {
      throw new Error(
        `${where} has role ${role}, which needs ${axes} axes or more, but shape [${leaf.shape.join(", ")}]`,
      );
    }
    if (role === "qkv" && (leaf.shape.at(-2) as number) % 3 !== 0) {
      throw new Error(`${where} has role qkv, but ${leaf.shape.at(-2)} rows do not divide by three`);
    }
  }
  const known = new Set(leafPaths(params).map(([path]) => path));
  for (const path of given.keys()) {
    if (!known.has(path))
      throw new Error(`${name}: role given for '${path}', but there is no such parameter`);
  }
  return given;
}
