import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Bench, StartedTarget, startTarget } from "./start-targets.ts";

/** What the bench of every commit offers; what it returns is driven through its port and its process id alone. */
const startTargets = z.object({ startTarget: z.custom<typeof startTarget>((value) => typeof value === "function") });

/**
 * Starts the gateway of another checkout beside this one's: built, configured and seeded by that checkout's own bench, and
 * given this run's upstream. It needs its own node_modules (a link will do). Rejects where there is no such bench.
 */
export async function startBefore(path: string, bench: Bench): Promise<StartedTarget> {
  const loaded: unknown = await import(pathToFileURL(join(path, "test", "bench", "start-targets.ts")).href);
  const { buildPath, memoryPath } = bench.workspace;
  const workspace = {
    ...bench.workspace,
    buildPath: join(buildPath, "before"),
    memoryPath: join(memoryPath, "before"),
  };
  mkdirSync(workspace.buildPath);
  mkdirSync(workspace.memoryPath);
  const started = await startTargets
    .parse(loaded)
    .startTarget("gateway", { ...bench, repositoryPath: path, workspace });
  return { ...started, target: { ...started.target, name: "gateway before" } };
}
