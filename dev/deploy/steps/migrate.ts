import { migrationFiles } from "../../database/migrate.ts";
import type { MigrationStatus } from "../../database/migration-status.ts";
import { DeployError } from "../deploy-error.ts";
import type { DeployRun, Step } from "../run.ts";

/** Brings the database to this tree's schema, before any code that wants it serves. */
export const migrate: Step = {
  name: "migrate",
  plan: async (run) => {
    if (run.args.dryRun) return { action: "do", lines: await offlineLines() };
    const { pending } = await statusOf(run);
    if (pending.length === 0) return { action: "done", lines: ["the database has every migration of this tree"] };
    return { action: "do", lines: pending.map((tag) => `apply ${tag}`) };
  },
  run: async (run) => {
    const database = await run.database();
    const { pending } = await statusOf(run);
    if (pending.length === 0) return;
    const applied = await database.migrate();
    for (const tag of applied) run.ports.out(`  applied ${tag}`);
  },
  verify: async (run) => {
    const { pending } = await statusOf(run);
    if (pending.length > 0) throw new DeployError(`not applied: ${pending.join(", ")}`);
  },
};

/** Throws where the database is not a former state of this tree: older code would serve a schema that it does not know. */
async function statusOf(run: DeployRun): Promise<MigrationStatus> {
  const status = await (await run.database()).status();
  if (status.unknown > 0)
    throw new DeployError(`the database is ahead: it has ${status.unknown} migrations that this tree does not know`);
  if (status.changed.length > 0)
    throw new DeployError(`migrations were changed after they were applied: ${status.changed.join(", ")}`);
  return status;
}

async function offlineLines(): Promise<readonly string[]> {
  const tags = (await migrationFiles()).map(({ tag }) => tag);
  return [`apply those of ${tags.length} that the database lacks:`, ...tags.map((tag) => `  ${tag}`)];
}
