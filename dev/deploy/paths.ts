import { join } from "node:path";
import type { Worker } from "./environments.ts";
import type { DeployRun } from "./run.ts";

export const workerDir = ({ distDir }: Pick<DeployRun, "distDir">, worker: Worker): string => join(distDir, worker);

/** The rendered wrangler file: says which Worker every command of wrangler's is about. */
export const configPath = (run: Pick<DeployRun, "distDir">, worker: Worker): string =>
  join(workerDir(run, worker), "wrangler.json");
