import { hashOf } from "../builder.ts";
import { WORKERS } from "../environments.ts";
import { workerDir } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";
import { DeployError } from "../deploy-error.ts";

/** Both Workers, as they will be uploaded: what is checked here is what serves. */
export const build: Step = {
  name: "build",
  plan: async (run) => {
    const isBuilt = run.state.build !== null && run.state.build.inputs === (await run.ports.builder.inputs());
    if (isBuilt && run.state.build?.output === (await builtModules(run)))
      return { action: "done", lines: ["both Workers are built of this tree"] };
    return { action: "do", lines: WORKERS.map((worker) => `build the ${worker}`) };
  },
  run: async (run) => {
    const inputs = await run.ports.builder.inputs();
    for (const worker of WORKERS) {
      for (const line of await run.ports.builder.build(worker, workerDir(run, worker))) run.ports.out(`  ${line}`);
    }
    run.state.build = { inputs, output: await builtModules(run) };
  },
  verify: async (run) => {
    // A file that was saved meanwhile would be in one Worker and not in the other.
    if ((await run.ports.builder.inputs()) !== run.state.build?.inputs)
      throw new DeployError("the source changed while it was built: run it again");
  },
};

/** A fingerprint of the modules that lie ready, without the wrangler files beside them. */
export async function builtModules(run: DeployRun): Promise<string> {
  return hashOf(run.distDir, WORKERS, (name) => name.endsWith(".js"));
}
