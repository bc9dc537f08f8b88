import { refused } from "./deploy-error.ts";
import { fingerprint } from "./fingerprint.ts";
import type { DeployRun } from "./run.ts";
import type { SecretRow } from "./secret-table.ts";
import type { Upload } from "./secret-uploads.ts";

/** The values of what goes out, by name. Everything that is asked for is asked for here, before anything goes out. */
export async function resolveValues(run: DeployRun, uploads: readonly Upload[]): Promise<ReadonlyMap<string, string>> {
  refuseWhatNobodyCanGive(run, uploads);
  const values = new Map<string, string>();
  for (const upload of uploads) {
    const value = await resolve(run, upload, values);
    run.redactor.add(value);
    checkKeepers(run, upload, value);
    values.set(upload.row.name, value);
  }
  return values;
}

function resolve(run: DeployRun, upload: Upload, values: ReadonlyMap<string, string>): Promise<string> {
  const { origin } = upload.row;
  if (origin.kind === "derived") return derived(run, origin, values);
  if (origin.kind === "given")
    return upload.isRotation ? askAgain(run, upload.row, origin.form) : askFor(run, upload.row, origin.form);
  return upload.isRotation ? rotated(run, upload.row) : made(run, upload);
}

/** On record until it is done: a run that was cut off asks once more. */
async function askAgain(run: DeployRun, row: SecretRow, form: RegExp): Promise<string> {
  run.state.rotating[row.name] = "";
  await run.save();
  return askFor(run, row, form);
}

async function askFor(run: DeployRun, { name, what }: SecretRow, form: RegExp): Promise<string> {
  const known = run.given.get(name) ?? run.ports.env[name] ?? "";
  const value = known === "" ? await run.ports.ask?.(`${name} (${what}): `, { hidden: true }) : known;
  if (value === undefined || !form.test(value)) throw refused(`${name} is not ${what}`);
  run.given.set(name, value);
  return value;
}

/** From the vault, or from the environment where it was made elsewhere, or new: and in the vault before it is anywhere else. */
async function made(run: DeployRun, { row, keepers }: Upload): Promise<string> {
  const vault = await run.vault();
  const kept = vault.get(row.name);
  if (kept !== null) return kept;
  const own = run.ports.env[row.name] ?? "";
  if (own === "" && keepers.length > 0)
    throw refused(
      `${row.name} is on the ${keepers.join(" and the ")} and not in the vault, and Cloudflare gives no secret back: ` +
        `give its value as the variable ${row.name}`,
    );
  const value = own !== "" || row.origin.kind !== "made" ? own : await row.origin.make(run.ports.random);
  await vault.put(row.name, value);
  return value;
}

/** From the value that goes out with it, or that its Worker has already. */
async function derived(
  run: DeployRun,
  { from, derive }: Extract<SecretRow["origin"], { kind: "derived" }>,
  values: ReadonlyMap<string, string>,
): Promise<string> {
  const base = values.get(from) ?? (await run.vault()).get(from) ?? run.ports.env[from] ?? "";
  if (base === "") throw refused(`${from} is not in the vault: give its value as the variable ${from}`);
  return derive(base);
}

async function rotated(run: DeployRun, { name, origin }: SecretRow): Promise<string> {
  const vault = await run.vault();
  const present = vault.get(name) ?? run.ports.env[name] ?? "";
  if (present === "") throw refused(`${name} is not in the vault: give its present value as the variable ${name}`);
  // On its way since a run that was cut off: the vault has the new one already.
  if (run.state.rotating[name] === fingerprint(name, present)) return present;
  if (origin.kind !== "made" || typeof origin.rotate === "string") throw refused(`${name} cannot be rotated`);
  run.redactor.add(present);
  // The intent first: a vault that is ahead of the Workers, without a word of why, would be taken for what they have.
  run.state.rotating[name] = "";
  await run.save();
  const next = await origin.rotate(present, run.ports.random);
  await vault.put(name, next);
  run.state.rotating[name] = fingerprint(name, next);
  await run.save();
  return next;
}

/** Of a shared secret both Workers have the same value, or keys that one makes are refused by the other. */
function checkKeepers(run: DeployRun, { row, keepers }: Upload, value: string): void {
  for (const worker of keepers) {
    const known = run.state.workers[worker].secrets[row.name];
    const isGiven = run.ports.env[row.name] === value;
    if (known === fingerprint(row.name, value) || (known === undefined && isGiven)) continue;
    throw refused(
      `${row.name}: whether the ${worker} has the vault's value is not on record. If no key was made yet, ` +
        `--rotate ${row.name} gives both a new one; else give its value as the variable ${row.name}`,
    );
  }
}

/** All at once, so that a pipeline is not mended name by name. */
function refuseWhatNobodyCanGive(run: DeployRun, uploads: readonly Upload[]): void {
  if (run.ports.ask !== null) return;
  const missing = uploads
    .filter(({ row }) => row.origin.kind === "given" && (run.ports.env[row.name] ?? "") === "")
    .map(({ row }) => row.name);
  if (missing.length > 0) throw refused(`nobody is there to be asked: set ${missing.join(", ")}`);
}
