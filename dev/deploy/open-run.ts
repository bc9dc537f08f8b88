import { join } from "node:path";
import type { DeployArguments } from "./arguments.ts";
import type { DeployDatabase } from "./database.ts";
import { refused } from "./deploy-error.ts";
import { ENVIRONMENTS } from "./environments.ts";
import type { Redactor } from "./redact.ts";
import type { DeployDirectories, DeployPorts, DeployRun } from "./run.ts";
import { emptyState, readState, statePath, writeState } from "./state.ts";
import { Vault } from "./vault.ts";

/** What a run works with. A dry run reads the state and never writes it. */
export async function openRun(
  args: DeployArguments,
  ports: DeployPorts,
  redactor: Redactor,
  { deployDir, distDir }: DeployDirectories,
): Promise<{ readonly run: DeployRun; readonly close: () => Promise<void> }> {
  const path = statePath(deployDir, args.environment);
  const state = args.dryRun ? await readState(path).catch(emptyState) : await readState(path);
  let [database, vault]: [DeployDatabase | null, Vault | null] = [null, null];
  const run: DeployRun = {
    args,
    environment: ENVIRONMENTS[args.environment],
    ports,
    redactor,
    distDir: join(distDir, args.environment),
    state,
    save: async () => {
      if (!args.dryRun) await writeState(path, state);
    },
    database: async () => {
      database ??= await ports.database.open(ports.env["DATABASE_OWNER_URL"] ?? "");
      return database;
    },
    vault: async () => {
      vault ??= await openVault(args, ports, redactor, join(deployDir, `${args.environment}.vault.json`));
      return vault;
    },
    vaultIfOpen: () => vault,
    given: new Map(),
  };
  return { run, close: async () => database?.close() };
}

async function openVault(
  { environment }: DeployArguments,
  { env, ask, random, vaultCost }: DeployPorts,
  redactor: Redactor,
  path: string,
): Promise<Vault> {
  const own = env["DEPLOY_PASSPHRASE"] ?? "";
  if (own === "" && ask === null) throw refused("the vault is needed: set DEPLOY_PASSPHRASE");
  const passphrase = own === "" ? ((await ask?.("Passphrase of the vault: ", { hidden: true })) ?? "") : own;
  redactor.add(passphrase);
  const vault = await Vault.open({ path, environment, passphrase, random, ...(vaultCost ? { cost: vaultCost } : {}) });
  for (const value of vault.values()) redactor.add(value);
  return vault;
}
