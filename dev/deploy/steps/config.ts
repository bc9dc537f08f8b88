import { mkdir, readFile, writeFile } from "node:fs/promises";
import { renderConfig } from "../config.ts";
import { DeployError } from "../deploy-error.ts";
import { WORKERS, type Worker } from "../environments.ts";
import { configPath, workerDir } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";
import { uploadFaults } from "../upload-faults.ts";

/** The wrangler file of each Worker for this environment, and whether wrangler would upload just what was built. */
export const config: Step = {
  name: "config",
  plan: async (run) => {
    const { hosts, scripts } = run.environment;
    const changed = await Promise.all(
      WORKERS.map(async (worker) => (await render(run, worker)) !== (await read(run, worker))),
    );
    const lines = WORKERS.map((worker) => `${scripts[worker]} at https://${hosts[worker]}`);
    return { action: changed.includes(true) ? "do" : "done", lines };
  },
  run: async (run) => {
    for (const worker of WORKERS) {
      await mkdir(workerDir(run, worker), { recursive: true });
      await writeFile(configPath(run, worker), await render(run, worker));
    }
  },
  verify: async (run) => {
    for (const worker of WORKERS) {
      const faults = await uploadFaults(run.ports.wrangler, configPath(run, worker), workerDir(run, worker));
      if (faults.length > 0) throw new DeployError(faults.map((fault) => `${worker}: ${fault}`).join("\n"));
    }
  },
};

async function render(run: DeployRun, worker: Worker): Promise<string> {
  const source = await run.ports.builder.sourceConfig(worker);
  return `${JSON.stringify(renderConfig(source, worker, run.environment), null, 2)}\n`;
}

/** Null where it was not rendered yet. */
async function read(run: DeployRun, worker: Worker): Promise<string | null> {
  return readFile(configPath(run, worker), "utf8").catch(() => null);
}
