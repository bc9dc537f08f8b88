import { DeployError } from "../deploy-error.ts";
import { WORKERS, type Worker } from "../environments.ts";
import { fingerprint } from "../fingerprint.ts";
import { configPath } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";
import { SECRETS } from "../secret-table.ts";
import { resolveValues } from "../secret-values.ts";
import { describeUpload, offlineLines, planUploads, secretsOn, type Upload } from "../secret-uploads.ts";

/** Gives each Worker the secrets that it lacks, and none of those that it has: but for one that is to be rotated. */
export const secrets: Step = {
  name: "secrets",
  plan: async (run) => {
    if (run.args.dryRun) return { action: "do", lines: offlineLines(run) };
    const uploads = await wanted(run);
    if (uploads.length === 0) return { action: "done", lines: ["both Workers have every secret"] };
    return { action: "do", lines: uploads.map(describeUpload) };
  },
  run: async (run) => {
    const uploads = await wanted(run);
    const values = await resolveValues(run, uploads);
    // The gateway first: it must know a pepper before the console makes the first key under it.
    for (const worker of WORKERS) await hand(run, worker, uploads, values);
    for (const { row } of uploads) delete run.state.rotating[row.name];
  },
  verify: async (run) => {
    for (const worker of WORKERS) {
      const names = (await secretsOn(run, worker)) ?? [];
      const rows = SECRETS.filter((row) => row.required && row.origin.kind !== "login" && row.workers.includes(worker));
      const missing = rows.map(({ name }) => name).filter((name) => !names.includes(name));
      if (missing.length > 0) throw new DeployError(`the ${worker} has no ${missing.join(", ")}`);
    }
  },
};

const wanted = async (run: DeployRun): Promise<readonly Upload[]> =>
  planUploads(
    run,
    SECRETS.filter(({ origin }) => origin.kind !== "login"),
  );

/** The fingerprints are on record before the values go out: what is there after a kill is then known to be ours. */
async function hand(
  run: DeployRun,
  worker: Worker,
  uploads: readonly Upload[],
  values: ReadonlyMap<string, string>,
): Promise<void> {
  const names = uploads.filter(({ targets }) => targets.includes(worker)).map(({ row }) => row.name);
  const entries = names.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (entries.length === 0) return;
  for (const [name, value] of entries) run.state.workers[worker].secrets[name] = fingerprint(name, value);
  await run.save();
  await run.ports.wrangler.putSecrets(configPath(run, worker), Object.fromEntries(entries));
  run.ports.out(`  ${worker}: ${names.join(", ")}`);
}
