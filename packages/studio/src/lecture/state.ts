import { type SceneName, type SceneValues, sceneCatalog } from "@steepest/lab/format";
import { speeds } from "../ui/transport.ts";

/** All that the panel shows; what the address of the page holds. */
export interface LectureState {
  /** An animation by name, computed here; "file": what the user opened; after "server:", a file of the server. */
  readonly show: string;
  /** What is not as in the animation itself. */
  readonly values: Partial<SceneValues>;
  /** The frame shown, counted from 0. */
  readonly frame: number;
  /** Frames per second; undefined: the animation's own. */
  readonly speed: number | undefined;
}

export const sceneNames = Object.keys(sceneCatalog) as SceneName[];
export const isScene = (name: string): name is SceneName => Object.hasOwn(sceneCatalog, name);
export const valueNames = ["rate", "batch", "scatter"] as const satisfies (keyof SceneValues)[];

export const initialState: LectureState = {
  show: "batch-minimizers",
  values: {},
  frame: 0,
  speed: undefined,
};

const short = (x: number): string => String(Number(x.toPrecision(5)));

/** The state as parameters of an address. What is as at first is left out. */
export function writeLecture({ show, values, frame, speed }: LectureState): URLSearchParams {
  const params = new URLSearchParams({ show });
  for (const name of valueNames) {
    const value = values[name];
    if (value !== undefined) params.set(name, short(value));
  }
  if (frame !== initialState.frame) params.set("frame", String(frame));
  if (speed !== undefined) params.set("speed", String(speed));
  return params;
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readLecture(params: URLSearchParams): LectureState {
  const given = params.get("show") ?? "";
  const show = isScene(given) || /^(file|server:.+)$/.test(given) ? given : initialState.show;
  const whole = (key: string): number => {
    const text = params.get(key) ?? "";
    return /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  };
  const values: Partial<Record<keyof SceneValues, number>> = {};
  for (const name of isScene(show) ? valueNames : []) {
    const { min, max, ...rest } = sceneCatalog[show as SceneName].parameters[name];
    const value = Number(params.get(name) || Number.NaN);
    if (value >= min && value <= max) values[name] = "whole" in rest ? Math.round(value) : value;
  }
  return { show, values, frame: whole("frame") || 0, speed: speeds.find((s) => s === whole("speed")) };
}
