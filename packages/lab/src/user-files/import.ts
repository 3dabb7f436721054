import { register as registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { register as registerTypeScript } from "tsx/esm/api";
import { runsFromSource } from "../package.ts";

/**
 * Resolves for users' files: they get the very copies of these packages that the lab itself runs, wherever they lie, since
 * arrays of another copy of jax-js are strangers; and they are ES modules, whatever a package.json around them says.
 */
const hooks = `
let lab;
export const initialize = (url) => { lab = url; };
export async function resolve(specifier, context, next) {
  if (context.parentURL?.includes("/node_modules/")) return next(specifier, context);
  const ours = /^(steepest|@steepest\\/(lab|compile)|@jax-js\\/jax)(\\/|$)/.test(specifier);
  const found = await next(specifier, ours ? { ...context, parentURL: lab } : context);
  const users = found.url.startsWith("file:") && !found.url.includes("/node_modules/");
  return users && /\\.[jt]s(\\?|$)/.test(found.url) ? { ...found, format: "module" } : found;
}`;

let ready = false;

/** Imports a user's TypeScript or JavaScript file on every version of Node that the lab runs on. */
export async function importUserFile(file: string): Promise<{ readonly default?: unknown }> {
  if (!ready) {
    ready = true;
    // In a checkout the whole process runs through tsx already.
    if (!runsFromSource) registerTypeScript();
    registerHooks(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: import.meta.url });
  }
  return import(/* @vite-ignore */ pathToFileURL(resolve(file)).href);
}
