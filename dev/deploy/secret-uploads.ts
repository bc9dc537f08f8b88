import { refused } from "./deploy-error.ts";
import { WORKERS, type Worker } from "./environments.ts";
import { configPath } from "./paths.ts";
import type { DeployRun } from "./run.ts";
import { SECRETS, type SecretRow } from "./secret-table.ts";

/** One secret that goes out in this run. */
export interface Upload {
  readonly row: SecretRow;
  readonly targets: readonly Worker[];
  /** Workers of the row that have it, and keep it. */
  readonly keepers: readonly Worker[];
  readonly isRotation: boolean;
}

/** Names of what a Worker has; null where there is no such Worker yet. */
export const secretsOn = (run: DeployRun, worker: Worker): Promise<readonly string[] | null> =>
  run.ports.wrangler.secrets(configPath(run, worker));

/** What goes out of these rows: to a Worker that lacks it, and to all of a row's Workers where it is rotated. */
export async function planUploads(run: DeployRun, rows: readonly SecretRow[]): Promise<readonly Upload[]> {
  checkRotations(run);
  const names = new Map(
    await Promise.all(WORKERS.map(async (worker) => [worker, new Set(await secretsOn(run, worker))] as const)),
  );
  return rows.flatMap((row) => {
    const isRotation = isRotated(run, row.origin.kind === "derived" ? row.origin.from : row.name);
    const keepers = isRotation ? [] : row.workers.filter((worker) => names.get(worker)?.has(row.name) === true);
    const targets = row.workers.filter((worker) => !keepers.includes(worker));
    const isLeftOut = !row.required && !isRotation && (run.ports.env[row.name] ?? "") === "";
    return targets.length === 0 || isLeftOut ? [] : [{ row, targets, keepers, isRotation }];
  });
}

/** A rotation that a kill cut off goes on without being asked for again: half of the Workers may have the new value. */
export const isRotated = ({ args, state }: DeployRun, name: string): boolean =>
  args.rotate.includes(name) || state.rotating[name] !== undefined;

export function checkRotations({ args }: Pick<DeployRun, "args">): void {
  for (const name of args.rotate) {
    const row = SECRETS.find((candidate) => candidate.name === name);
    if (row === undefined) throw refused(`--rotate: there is no secret ${name}`);
    if (row.origin.kind === "derived") throw refused(`--rotate ${name}: it follows from ${row.origin.from}`);
    if (row.origin.kind === "made" && typeof row.origin.rotate === "string")
      throw refused(`--rotate ${name}: ${row.origin.rotate}`);
  }
}

export const describeUpload = ({ row, targets, isRotation }: Upload): string =>
  `${isRotation ? "rotate" : verb(row)} ${row.name} for the ${targets.join(" and the ")}`;

/** Without a network: everything that a first deploy would set. */
export function offlineLines(run: DeployRun): readonly string[] {
  checkRotations(run);
  const rows = SECRETS.filter(({ origin }) => origin.kind !== "login");
  const shown = rows.filter(({ name, required }) => required || (run.ports.env[name] ?? "") !== "");
  const optional = rows.length - shown.length;
  return [
    "set what is not set yet:",
    ...shown.map((row) => `  ${verb(row)} ${row.name} for the ${row.workers.join(" and the ")}: ${row.what}`),
    `  ${optional} more are set where the environment gives them (keys of providers)`,
  ];
}

const verb = ({ origin }: SecretRow): string => (origin.kind === "given" ? "ask for" : "make");
