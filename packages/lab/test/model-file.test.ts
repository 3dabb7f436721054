import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tensor } from "@steepest/compile";
import { expect, test } from "vitest";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { readModel, writeModel } from "../src/train/model-file.ts";
import { readPath } from "../src/train/path.ts";
import { temporaryFolder } from "./steepest.ts";

/** Files that the first version wrote, which had a codec of its own: they must open, and models be the same to the byte. */
const files = {
  model:
    "sAAAAAAAAAB7ImJsb2Nrcy4wLnEiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJ0Ijp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls4LDEyXX0sIm9uIjp7ImR0eXBlIjoiQk9PTCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzEyLDE0XX19IAAAwD8AAADABwAAAAEA",
  checkpoint:
    "qAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJkaWdlc3QiOiI5ZGZiMjFiZWRhMWUyMDczIiwibm90ZXMiOiJ7XCJzdGF0ZVwiOntcInN0ZXBcIjozLFwibG9zc2VzXCI6WzAuNV0sXCJiZXN0XCI6bnVsbCxcInN0YWxlXCI6MCxcImNsb2NrXCI6e1widHJhaW5pbmdcIjoxLFwiZXZhbHVhdGlvblwiOjIsXCJsb2dnaW5nXCI6MyxcImNoZWNrcG9pbnRpbmdcIjo0fX0sXCJieXRlc1wiOjEwLFwid2FsbFwiOjEsXCJzZXR1cFwiOjAuNX0ifSwiMC5ibG9ja3MuMC5xIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxLDJdLCJkYXRhX29mZnNldHMiOlswLDhdfSwiMC50Ijp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOls4LDEyXX0sIjAub24iOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTIsMTRdfX0gICAgAADAPwAAAMAHAAAAAQA=",
  path: "mAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzaGFwZSI6IjIgMyJ9LCJzdGVwcyI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJuZXR3b3JrcyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbOCwzMl19fQAAAAAFAAAAAACAPwAAAEAAAEBAAACAQAAAoEAAAMBA",
};
const params = () => ({
  blocks: [{ q: tensor([1.5, -2], [1, 2]) }],
  t: tensor([7], [], "int32"),
  on: tensor([1, 0], [2], "bool"),
});

function file(kind: keyof typeof files): string {
  const path = join(temporaryFolder(), `a.${kind}`);
  writeFileSync(path, Buffer.from(files[kind], "base64"));
  return path;
}

test("a model of the first version opens, and is written the same", () => {
  const path = file("model");
  expect(readModel(path, params())).toEqual(params());
  writeModel(path, params());
  expect(readFileSync(path, "base64")).toBe(files.model);
});

test("a checkpoint and a path of the first version open", () => {
  const checkpoint = readCheckpoint(file("checkpoint"), [params()]);
  expect(checkpoint).toMatchObject({ carry: [params()], bytes: 10, setup: 0.5, state: { step: 3 } });
  const path = readPath(file("path"));
  expect(path?.steps).toEqual([0, 5]);
  expect(path?.networks.map((x) => [...x])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

test("what does not fit is refused with the file's name", () => {
  expect(() => readModel(file("model"), { ...params(), t: tensor([7, 8]) })).toThrow(
    /a\.model: cannot be used: .*'t' is int32 \[\] in the file, and should be float32 \[2\]/,
  );
  expect(() => readModel(file("model"), { more: tensor([1]), ...params() })).toThrow(/has no 'more'/);
  expect(() => readPath(file("model"))).toThrow(/a\.model: is not a recorded path/);
  expect(readCheckpoint(file("model"), params())).toBeUndefined();
});
