import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Result files cannot be queried. The message says which and why. */
export class QueryError extends Error {
  override name = "QueryError";
}

export interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** The lines of trials' files (train/record.ts) as DuckDB reads them; fields of other versions are passed over. */
const columns = {
  type: "VARCHAR",
  trial: "VARCHAR",
  started: "TIMESTAMPTZ",
  spec:
    "STRUCT(task VARCHAR, optimizer VARCHAR, hyperparameters MAP(VARCHAR, DOUBLE), seed BIGINT, steps BIGINT, " +
    "executor VARCHAR, threads INTEGER, code VARCHAR, source STRUCT(task STRUCT(sha256 VARCHAR), optimizer STRUCT(sha256 VARCHAR)))",
  step: "BIGINT",
  seconds: "DOUBLE",
  trainLoss: "DOUBLE",
  validation: "MAP(VARCHAR, DOUBLE)",
  status: "VARCHAR",
  evaluationSeconds: "DOUBLE",
  overhead: "STRUCT(logging DOUBLE, checkpointing DOUBLE, setup DOUBLE, wall DOUBLE)",
  digest: "VARCHAR",
};

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Files of trials in a results folder, in the order of their names. */
export function trialFiles(folder: string): string[] {
  const root = join(folder, "trials");
  if (!existsSync(root)) {
    throw new QueryError(
      `${folder}: has no trials; expected a folder that \`steepest study run\` or \`race\` wrote`,
    );
  }
  const files = readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl"))
    .map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) throw new QueryError(`${root}: holds no .jsonl files`);
  return files.sort();
}

/**
 * Opens the trials of a results folder as two views: `trials`, one row a trial with a column for every hyperparameter (taskSource and
 * optimizerSource are hashes of users' files),
 * and `records`, one row an evaluation with a column for every validation metric, and the hyperparameters again. Of a file with several attempts the last
 * counts; lines that a crash cut short are passed over.
 */
export async function openDatabase(folder: string): Promise<Database> {
  const files = trialFiles(folder);
  // Nothing is downloaded: what reads JSON and writes Parquet is part of DuckDB.
  const offline = { autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
  const instance = await DuckDBInstance.create(":memory:", offline);
  const connection = await instance.connect();
  const schema = Object.entries(columns).map(([name, type]) => `${name}: ${text(type)}`);
  await connection.run(`
    CREATE TABLE lines AS
    WITH numbered AS (
      SELECT *, row_number() OVER () AS line
      FROM read_json([${files.map(text).join(", ")}], format = 'newline_delimited', filename = true,
        ignore_errors = true, columns = {${schema.join(", ")}})
    ), attempts AS (
      SELECT *, count(*) FILTER (type = 'start') OVER (PARTITION BY filename ORDER BY line) AS attempt FROM numbered
    )
    SELECT * FROM attempts QUALIFY attempt > 0 AND attempt = max(attempt) OVER (PARTITION BY filename)`);
  const names = async (map: string) => {
    const sql = `SELECT DISTINCT unnest(map_keys(${map})) AS name FROM lines ORDER BY name`;
    return (await connection.runAndReadAll(sql)).getRowsJS().map(([name]) => String(name));
  };
  const fields = (map: string, list: readonly string[], prefix: string) =>
    list
      .map((name) => {
        const column = taken.has(name) ? `${prefix}_${name}` : name;
        return `, ${map}[${text(name)}] AS ${identifier(column)}`;
      })
      .join("");
  const settings = fields("s.spec.hyperparameters", await names("spec.hyperparameters"), "hyperparameter");
  const metrics = fields("r.validation", await names("validation"), "metric");
  const identity = `s.trial, s.spec.task AS task, s.spec.optimizer AS optimizer, s.spec.seed AS seed, s.spec.steps AS steps`;
  await connection.run(`
    CREATE VIEW trials AS
    SELECT ${identity}, coalesce(e.status, 'interrupted') AS status, e.step AS step, e.seconds AS seconds,
      e.evaluationSeconds AS evaluationSeconds, e.overhead.wall AS wallSeconds, s.started AS started,
      s.spec.executor AS executor, s.spec.threads AS threads, s.spec.code AS code,
      s.spec.source.task.sha256 AS taskSource, s.spec.source.optimizer.sha256 AS optimizerSource, e.digest AS digest ${settings}
    FROM lines s LEFT JOIN lines e ON e.filename = s.filename AND e.type = 'end'
    WHERE s.type = 'start' ORDER BY s.filename`);
  await connection.run(`
    CREATE VIEW records AS
    SELECT ${identity}, s.spec.code AS code, r.step, r.seconds, r.trainLoss ${metrics} ${settings}
    FROM lines s JOIN lines r ON r.filename = s.filename AND r.type = 'record'
    WHERE s.type = 'start' ORDER BY r.filename, r.line`);
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The views' own columns, which no hyperparameter or metric may hide. */
const taken = new Set(
  (
    "trial task optimizer seed steps status step seconds evaluationSeconds wallSeconds started executor threads code " +
    "taskSource optimizerSource digest trainLoss"
  ).split(" "),
);

/** Writes the views `trials` and `records` as files of one format into a folder; returns their paths. */
export async function copyViews(
  { connection }: Database,
  format: "csv" | "json" | "parquet",
  folder: string,
): Promise<string[]> {
  const options = { csv: "FORMAT csv, HEADER", json: "FORMAT json, ARRAY true", parquet: "FORMAT parquet" };
  const paths: string[] = [];
  for (const view of ["trials", "records"]) {
    const path = join(folder, `${view}.${format}`);
    await connection.run(`COPY (FROM ${view}) TO ${text(path)} (${options[format]})`);
    paths.push(path);
  }
  return paths;
}
