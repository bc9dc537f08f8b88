import { loginUrl } from "../../database/postgres-database.ts";
import { makeSecret } from "../../stack/make-secrets.ts";
import { DeployError } from "../deploy-error.ts";
import { WORKERS, type Worker } from "../environments.ts";
import { fingerprint } from "../fingerprint.ts";
import { configPath } from "../paths.ts";
import type { DeployRun, Step } from "../run.ts";
import { SECRETS } from "../secret-table.ts";
import { isRotated, planUploads, secretsOn } from "../secret-uploads.ts";

const NAME = "DATABASE_URL";
/** Of a rotation: every new password is in the vault. */
const MADE = "made";
/** Each Worker's own role; neither owns a table. */
const ROLES: Readonly<Record<Worker, string>> = { gateway: "gateway_app", console: "console_app" };
/** Addresses that an operator made elsewhere, instead of a password made here. */
const OWN_URLS: Readonly<Record<Worker, string>> = { gateway: "GATEWAY_DATABASE_URL", console: "CONSOLE_DATABASE_URL" };

/** Lets each Worker into the database as its own role. After the migrations, which make the roles. */
export const logins: Step = {
  name: "logins",
  plan: async (run) => {
    const targets = run.args.dryRun ? WORKERS : await targetsOf(run);
    if (targets.length === 0) return { action: "done", lines: ["both Workers have their login"] };
    return { action: "do", lines: targets.map((worker) => `let ${ROLES[worker]} log in, for the ${worker}`) };
  },
  run: async (run) => {
    const targets = await targetsOf(run);
    await beginRotation(run, targets);
    for (const worker of targets) await letIn(run, worker);
    delete run.state.rotating[NAME];
  },
  verify: async (run) => {
    for (const worker of WORKERS) {
      if ((await secretsOn(run, worker))?.includes(NAME) !== true)
        throw new DeployError(`the ${worker} has no ${NAME}`);
    }
  },
};

async function targetsOf(run: DeployRun): Promise<readonly Worker[]> {
  const [upload] = await planUploads(
    run,
    SECRETS.filter(({ origin }) => origin.kind === "login"),
  );
  return upload?.targets ?? [];
}

/** New passwords, all in the vault before the first is used. */
async function beginRotation(run: DeployRun, targets: readonly Worker[]): Promise<void> {
  if (!isRotated(run, NAME) || run.state.rotating[NAME] === MADE) return;
  const vault = await run.vault();
  run.state.rotating[NAME] = "";
  await run.save();
  for (const worker of targets) await vault.put(passwordName(worker), makeSecret(run.ports.random));
  run.state.rotating[NAME] = MADE;
  await run.save();
}

async function letIn(run: DeployRun, worker: Worker): Promise<void> {
  const role = ROLES[worker];
  const url = run.ports.env[OWN_URLS[worker]] || (await makeLogin(run, worker));
  run.redactor.add(url);
  const user = await run.ports.database.userOf(url);
  if (user !== role) throw new DeployError(`the address for the ${worker} logs in as ${user}, and wants ${role}`);
  run.state.workers[worker].secrets[NAME] = fingerprint(NAME, url);
  await run.save();
  await run.ports.wrangler.putSecrets(configPath(run, worker), { [NAME]: url });
  run.ports.out(`  ${worker}: ${NAME}, as ${role}`);
}

async function makeLogin(run: DeployRun, worker: Worker): Promise<string> {
  const vault = await run.vault();
  const known = vault.get(passwordName(worker));
  const password = known ?? makeSecret(run.ports.random);
  run.redactor.add(password);
  if (known === null) await vault.put(passwordName(worker), password);
  const database = await run.database();
  await database.allowLogin(ROLES[worker], password);
  return loginUrl(run.ports.env["DATABASE_OWNER_URL"] ?? "", ROLES[worker], password);
}

const passwordName = (worker: Worker): string => `${ROLES[worker]} password`;
