import { readFile } from "node:fs/promises";
import { hashOf } from "../builder.ts";
import { DeployError } from "../deploy-error.ts";
import type { Worker } from "../environments.ts";
import { fingerprint, versionTag } from "../fingerprint.ts";
import { configPath, workerDir } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";

/** Uploads a Worker and takes it into service. A version that has this one's tag is this one, whoever deployed it. */
export function deployWorker(worker: Worker): Step {
  return {
    name: worker,
    plan: async (run) => {
      const script = run.environment.scripts[worker];
      const inputs = await inputsOf(run, worker);
      if (!run.args.dryRun && (await servingVersion(run, worker, inputs)) !== null)
        return { action: "done", lines: [`${script} serves this build`] };
      return { action: "do", lines: [`deploy ${script}, tag ${versionTag(inputs)}`] };
    },
    run: async (run) => {
      const own = run.state.workers[worker];
      const inputs = await inputsOf(run, worker);
      const { wrangler } = run.ports;
      const config = configPath(run, worker);
      // On record before anything changes: after a kill it is what a rollback goes to. What was deployed here and never
      // answered as it should is nothing to go back to; what served before it is.
      if (own.verified || own.version === null) own.previous = own.isNew ? null : await wrangler.current(config);
      await run.save();
      const commit = (await run.ports.git.commit())?.slice(0, 12) ?? "no commit";
      own.version = await wrangler.deploy(config, versionTag(inputs), `commit ${commit}`);
      own.inputs = inputs;
      own.isNew = false;
      own.verified = false;
      run.ports.out(`  version ${own.version}${own.previous === null ? ", the first" : `, after ${own.previous}`}`);
    },
    verify: async (run) => {
      const own = run.state.workers[worker];
      const current = await run.ports.wrangler.current(configPath(run, worker));
      if (current !== own.version) throw new DeployError(`${worker}: another version than ${own.version} serves`);
    },
  };
}

async function inputsOf(run: DeployRun, worker: Worker): Promise<string> {
  const modules = await hashOf(workerDir(run, worker), ["."], (name) => name.endsWith(".js"));
  return fingerprint(await readFile(configPath(run, worker), "utf8"), modules);
}

/** The version that serves all requests, if it is of these inputs. */
async function servingVersion(run: DeployRun, worker: Worker, inputs: string): Promise<string | null> {
  const config = configPath(run, worker);
  const current = await run.ports.wrangler.current(config);
  if (current === null) return null;
  const own = run.state.workers[worker];
  const isRecorded = current === own.version && own.inputs === inputs;
  if (isRecorded) return current;
  const version = (await run.ports.wrangler.versions(config)).find(({ id }) => id === current);
  if (version?.tag !== versionTag(inputs)) return null;
  // A run was killed between the deploy and its record, or another machine deployed it.
  own.version = current;
  own.inputs = inputs;
  own.isNew = false;
  await run.save();
  return current;
}
