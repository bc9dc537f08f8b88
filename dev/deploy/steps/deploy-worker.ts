import { readFile } from "node:fs/promises";
import { hashOf } from "../builder.ts";
import { DeployError } from "../deploy-error.ts";
import type { Worker } from "../environments.ts";
import { fingerprint, versionTag } from "../fingerprint.ts";
import { configPath, workerDir } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";
import type { WorkerVersion } from "../wrangler.ts";

/** Uploads a Worker and takes it into service. A version that has this one's tag is this one, whoever deployed it. */
export function deployWorker(worker: Worker): Step {
  return {
    name: worker,
    plan: async (run) => {
      const script = run.environment.scripts[worker];
      const inputs = await inputsOf(run, worker);
      if (run.args.dryRun) return { action: "do", lines: [deployLine(script, inputs)] };
      const current = await currentVersion(run, worker);
      if (isRecorded(run, worker, inputs, current)) return { action: "done", lines: [`${script} serves this build`] };
      return {
        action: "do",
        lines: [isOurs(current, inputs) ? `${script}: finish what was uploaded` : deployLine(script, inputs)],
      };
    },
    run: async (run) => {
      const own = run.state.workers[worker];
      const inputs = await inputsOf(run, worker);
      const { wrangler } = run.ports;
      const config = configPath(run, worker);
      const current = await currentVersion(run, worker);
      if (current !== null && isOurs(current, inputs)) {
        // Killed between the upload and its record, or deployed by another machine: all but the upload is repeated.
        await wrangler.deployTriggers(config);
        Object.assign(own, { version: current.id, inputs, verified: false });
        return run.ports.out(`  version ${current.id}, uploaded before`);
      }
      // On record before anything changes: after a kill it is what a rollback goes to. What was deployed here and never
      // answered as it should is nothing to go back to; what served before it is.
      if (own.verified || own.version === null) own.previous = await formerVersion(run, worker, current);
      await run.save();
      const commit = (await run.ports.git.commit())?.slice(0, 12) ?? "no commit";
      const version = await wrangler.deploy(config, versionTag(inputs), `commit ${commit}`);
      Object.assign(own, { version, inputs, verified: false });
      run.ports.out(`  version ${version}${own.previous === null ? "" : `, after ${own.previous}`}`);
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

const deployLine = (script: string, inputs: string): string => `deploy ${script}, tag ${versionTag(inputs)}`;

/** What serves all requests. */
async function currentVersion(run: DeployRun, worker: Worker): Promise<WorkerVersion | null> {
  const config = configPath(run, worker);
  const id = await run.ports.wrangler.current(config);
  if (id === null) return null;
  return (await run.ports.wrangler.versions(config)).find((version) => version.id === id) ?? { id, tag: null };
}

/** What a rollback may go to. A Worker that only holds its first secrets has no deploy of ours among its versions. */
async function formerVersion(run: DeployRun, worker: Worker, current: WorkerVersion | null): Promise<string | null> {
  const versions = await run.ports.wrangler.versions(configPath(run, worker));
  return versions.some(({ tag }) => tag !== null) ? (current?.id ?? null) : null;
}

const isOurs = (version: WorkerVersion | null, inputs: string): boolean => version?.tag === versionTag(inputs);

/** Deployed to its end, by this machine, and nothing else since. */
function isRecorded({ state }: DeployRun, worker: Worker, inputs: string, current: WorkerVersion | null): boolean {
  const own = state.workers[worker];
  return current !== null && current.id === own.version && own.inputs === inputs;
}
