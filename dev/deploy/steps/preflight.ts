import { refused } from "../deploy-error.ts";
import { describeOwnerUrl, ownerUrlFault } from "../owner-url.ts";
import type { DeployRun, Step } from "../run.ts";

const NODE_MAJOR_MIN = 24;
const CHANGES_SHOWN_MAX = 5;
/** Asked for by wrangler and by the migrations; nothing goes on without them. */
const WANTED = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "DATABASE_OWNER_URL"] as const;

/** Whether this machine, this tree and these credentials may deploy. Says everything that is wrong at once. */
export const preflight: Step = {
  name: "preflight",
  plan: async (run) => {
    const commit = await run.ports.git.commit();
    const tree = commit === null ? "no git checkout" : `commit ${commit.slice(0, 12)}${await dirtiness(run)}`;
    const missing = missingNames(run);
    const owner = run.ports.env["DATABASE_OWNER_URL"] ?? "";
    return {
      action: "do",
      lines: [
        tree,
        ...(missing.length === 0 ? [] : [`still to be given: ${missing.join(", ")}`]),
        ...(owner === "" || run.args.dryRun ? [] : [`database: ${describeOwnerUrl(owner)}`]),
      ],
    };
  },
  run: async (run) => {
    const faults = [...nodeFaults(), ...(await treeFaults(run)), ...(run.args.dryRun ? [] : givenFaults(run))];
    if (faults.length > 0) throw refused(faults.join("\n"));
  },
  verify: async (run) => {
    if (run.args.dryRun) return;
    const account = run.ports.env["CLOUDFLARE_ACCOUNT_ID"] ?? "";
    if (!(await run.ports.wrangler.accounts()).includes(account))
      throw refused("CLOUDFLARE_API_TOKEN does not reach the account that CLOUDFLARE_ACCOUNT_ID names");
  },
};

function nodeFaults(): readonly string[] {
  const major = Number(process.versions.node.split(".")[0]);
  return major < NODE_MAJOR_MIN
    ? [`Node ${process.versions.node}: start it by npm, which brings ${NODE_MAJOR_MIN}`]
    : [];
}

/** What serves customers is a commit: anything else could not be looked at, or deployed again. */
async function treeFaults(run: DeployRun): Promise<readonly string[]> {
  // What goes back was committed once: whoever is in trouble does not tidy up first.
  if (run.args.dryRun || run.args.rollback !== null) return [];
  if ((await run.ports.git.commit()) === null) return ["this is no git checkout: nobody could say what was deployed"];
  const changes = await run.ports.git.changes();
  if (changes.length === 0 || isDirtAllowed(run)) return [];
  const shown = changes.slice(0, CHANGES_SHOWN_MAX).join("\n  ");
  return [`${changes.length} files are not as they were committed:\n  ${shown}`];
}

function isDirtAllowed({ args, environment }: DeployRun): boolean {
  return args.allowDirty && environment.name !== "production";
}

async function dirtiness(run: DeployRun): Promise<string> {
  const changes = await run.ports.git.changes();
  return changes.length === 0 ? "" : `, and ${changes.length} files that are not committed`;
}

const missingNames = ({ ports }: DeployRun): readonly string[] =>
  WANTED.filter((name) => (ports.env[name] ?? "") === "");

function givenFaults(run: DeployRun): readonly string[] {
  const missing = missingNames(run).filter((name) => name !== "DATABASE_OWNER_URL" || run.args.rollback === null);
  const owner = run.ports.env["DATABASE_OWNER_URL"] ?? "";
  const fault = owner === "" ? null : ownerUrlFault(owner);
  return [...missing.map((name) => `${name} is not set`), ...(fault === null ? [] : [`DATABASE_OWNER_URL: ${fault}`])];
}
