import { confirmByName } from "./confirm.ts";
import { DeployError, refused } from "./deploy-error.ts";
import { WORKERS, type Worker } from "./environments.ts";
import { configPath } from "./paths.ts";
import type { DeployRun } from "./run.ts";
import { config } from "./steps/config.ts";
import { verify } from "./steps/verify.ts";

interface Turn {
  readonly worker: Worker;
  readonly version: string;
}

/** Puts former versions back into service, then asks them. The database stays: migrations only go forward. */
export async function rollBack(run: DeployRun, version: string): Promise<void> {
  // Wrangler is told by a file which Worker is meant; what this tree would build is of no matter.
  await config.run(run);
  const turns = version === "" ? recorded(run) : [await turnOf(run, version)];
  for (const turn of turns) run.ports.out(`${turn.worker}: back to ${turn.version}`);
  if (run.args.dryRun) return;
  await confirmByName(run);
  for (const turn of turns) await takeBack(run, turn);
  await verify.run(run);
  await run.save();
  run.ports.out(`Rolled back on ${run.environment.name}.`);
}

/** The console first: it calls the gateway's objects, and an older one must not meet a newer caller. */
function recorded({ state }: DeployRun): readonly Turn[] {
  const turns = WORKERS.toReversed().flatMap((worker) => {
    const { previous } = state.workers[worker];
    return previous === null ? [] : [{ worker, version: previous }];
  });
  if (turns.length === 0)
    throw refused("no version from before is on record on this machine: name one, --rollback <version id>");
  return turns;
}

/** A version's id does not say of which Worker it is: one of the ten newest of either. */
async function turnOf(run: DeployRun, version: string): Promise<Turn> {
  if (run.args.dryRun) throw refused("whose version it is only Cloudflare knows: without --dry-run");
  for (const worker of WORKERS) {
    const versions = await run.ports.wrangler.versions(configPath(run, worker));
    if (versions.some(({ id }) => id === version)) return { worker, version };
  }
  throw refused(`${version} is none of the ten newest versions of either Worker`);
}

async function takeBack(run: DeployRun, { worker, version }: Turn): Promise<void> {
  const own = run.state.workers[worker];
  const { wrangler } = run.ports;
  const config = configPath(run, worker);
  if ((await wrangler.current(config)) !== version)
    await wrangler.rollback(config, version, "npm run deploy --rollback");
  if ((await wrangler.current(config)) !== version) throw new DeployError(`${worker}: ${version} does not serve`);
  Object.assign(own, { version, inputs: null, previous: null, verified: false });
  await run.save();
}
