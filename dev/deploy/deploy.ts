import { join } from "node:path";
import { takeInstanceLock } from "../stack/instance-lock.ts";
import { readArguments, USAGE, type DeployArguments } from "./arguments.ts";
import { DeployError, EXIT, refused, type ExitCode } from "./deploy-error.ts";
import { confirmByName } from "./confirm.ts";
import { openRun } from "./open-run.ts";
import { planTable, type PlanRow } from "./plan-table.ts";
import { Redactor } from "./redact.ts";
import { reveal } from "./reveal.ts";
import { rollBack } from "./roll-back.ts";
import type { DeployDirectories, DeployPorts, DeployRun, Step } from "./run.ts";
import { SECRETS } from "./secret-table.ts";
import { LOCAL_STEPS, OUTSIDE_STEPS } from "./steps/index.ts";
import { preflight } from "./steps/preflight.ts";

/** `npm run deploy`: everything from the arguments to the exit code. No text that it prints has a secret of this run. */
export async function deploy(
  argv: readonly string[],
  ports: DeployPorts,
  directories: DeployDirectories,
): Promise<ExitCode> {
  const redactor = new Redactor();
  redactor.add(...secretsIn(ports.env));
  const out = (line: string): void => ports.out(redactor.clean(line));
  try {
    const args = readArguments(argv);
    if (args === null) {
      out(USAGE);
      return EXIT.done;
    }
    await withLock(args, directories, () => perform(args, { ...ports, out }, redactor, directories, ports.out));
    return EXIT.done;
  } catch (error) {
    if (error instanceof DeployError) {
      out(error.message);
      return error.exitCode;
    }
    // A driver's or a library's: its kind and its words, without the secrets of this run.
    out(error instanceof Error ? `${error.name}: ${error.message}` : "failed");
    return EXIT.failed;
  }
}

/** What may be among the variables: it is known before anything can quote it. */
function secretsIn(env: DeployPorts["env"]): readonly string[] {
  const names = ["CLOUDFLARE_API_TOKEN", "DATABASE_OWNER_URL", "DEPLOY_PASSPHRASE", "GATEWAY_DATABASE_URL"];
  const values = [...names, "CONSOLE_DATABASE_URL", ...SECRETS.map(({ name }) => name)].map((name) => env[name] ?? "");
  const owner = env["DATABASE_OWNER_URL"] ?? "";
  return URL.canParse(owner) ? [...values, decodeURIComponent(new URL(owner).password)] : values;
}

/** Two deploys of one machine would write one state. */
async function withLock(args: DeployArguments, { deployDir }: DeployDirectories, work: () => Promise<void>) {
  if (args.dryRun) return work();
  const lock = await takeInstanceLock(join(deployDir, args.environment));
  if (lock === null) throw refused(`another deploy to ${args.environment} runs on this machine`);
  try {
    await work();
  } finally {
    await lock.release();
  }
}

async function perform(
  args: DeployArguments,
  ports: DeployPorts,
  redactor: Redactor,
  directories: DeployDirectories,
  show: (secret: string) => void,
): Promise<void> {
  const { run, close } = await openRun(args, ports, redactor, directories);
  try {
    if (args.reveal !== null) return await reveal(run, args.reveal, show);
    if (args.rollback !== null) {
      await take(preflight, run);
      return await rollBack(run, args.rollback);
    }
    for (const step of LOCAL_STEPS) await take(step, run);
    const changes = await showPlan(run);
    if (args.dryRun) return ports.out("Dry run: nothing was asked of any network, and nothing was changed.");
    if (changes) await confirmByName(run);
    // A person may have thought about it for an hour.
    ports.wrangler.forget();
    for (const step of outsideSteps(args)) await take(step, run);
    ports.out(`Deployed to ${run.environment.name}.`);
  } finally {
    await close();
  }
}

/** `plan` says whether there is anything to do, so that a step that is done is not done again. */
async function take(step: Step, run: DeployRun): Promise<void> {
  const { action } = await step.plan(run);
  if (action === "done") return run.ports.out(`${step.name}: nothing to do`);
  run.ports.out(`${step.name}:`);
  await step.run(run);
  await run.save();
  await step.verify(run);
}

/** Answers whether anything outside would change. */
async function showPlan(run: DeployRun): Promise<boolean> {
  const rows: PlanRow[] = [];
  for (const step of [preflight, ...outsideSteps(run.args)]) rows.push({ name: step.name, ...(await step.plan(run)) });
  run.ports.out(`\nPlan for ${run.environment.name}\n${planTable(rows)}\n`);
  return rows.some(({ name, action }) => action === "do" && name !== "preflight" && name !== "verify");
}

function outsideSteps({ only }: DeployArguments): readonly Step[] {
  if (only === null) return OUTSIDE_STEPS;
  return OUTSIDE_STEPS.filter(({ name }) => name === only);
}
