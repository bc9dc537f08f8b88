import { DeployError, EXIT } from "../deploy-error.ts";
import { WORKERS } from "../environments.ts";
import { probesOf, type Probe } from "../probes.ts";
import type { DeployRun, Step } from "../run.ts";

/** A new custom domain has its certificate after some minutes. */
const TRIES = 45;
const PAUSE_MS = 4_000;
const PROBE_TIMEOUT_MS = 10_000;

/** Asks both Workers what customers would. Until all of it is right, a deploy is not done. */
export const verify: Step = {
  name: "verify",
  plan: async (run) => ({ action: "do", lines: probesOf(run.environment, null).map(({ what }) => what) }),
  run: async (run) => {
    const token = await internalToken(run);
    if (token === null) run.ports.out("  without INTERNAL_TOKEN: the console's database and objects are not asked");
    for (const probe of probesOf(run.environment, token)) {
      await untilRight(run, probe);
      run.ports.out(`  ${probe.what}`);
    }
    for (const worker of WORKERS) run.state.workers[worker].verified = true;
  },
  verify: () => Promise.resolve(),
};

async function untilRight(run: DeployRun, probe: Probe): Promise<void> {
  let fault = "";
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0) await run.ports.sleep(PAUSE_MS);
    const found = await faultOf(run, probe);
    if (found === null) return;
    fault = found;
  }
  throw new DeployError(`${probe.what}: ${fault}\n${wayBack(run)}`, EXIT.notVerified);
}

async function faultOf({ ports }: DeployRun, { url, init, judge }: Probe): Promise<string | null> {
  try {
    const response = await ports.fetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return await judge(response);
  } catch (error) {
    return error instanceof Error ? `${error.name}: no answer` : "no answer";
  }
}

function wayBack({ environment, state }: DeployRun): string {
  const hasPrevious = WORKERS.every((worker) => state.workers[worker].previous !== null);
  if (!hasPrevious) return "This is the first deploy: there is no version to go back to. Mend it and deploy again.";
  return `It serves. To go back: npm run deploy -- --env ${environment.name} --rollback`;
}

/** Known where the vault is open already or the environment has it; nobody is asked for a passphrase only to look. */
async function internalToken(run: DeployRun): Promise<string | null> {
  const own = run.ports.env["INTERNAL_TOKEN"] ?? "";
  if (own !== "") return own;
  return run.vaultIfOpen()?.get("INTERNAL_TOKEN") ?? null;
}
