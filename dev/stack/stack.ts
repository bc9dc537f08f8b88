import { mkdir } from "node:fs/promises";
import type { Server } from "node:net";
import type { Database } from "../database/database.ts";
import type { Mailbox } from "../mailbox/index.ts";
import { PgliteDatabase } from "../database/pglite-database.ts";
import { loginUrl } from "../database/postgres-database.ts";
import { createNeonEndpoint } from "../neon/endpoint.ts";
import { seed } from "../seed.ts";
import { ADMIN_EMAIL, OPERATOR_EMAIL } from "../seed-people.ts";
import { startSignInProviders } from "../sign-in-providers/index.ts";
import { startSim, type Sim } from "../sim/index.ts";
import { createWireServer } from "../wire/server.ts";
import { endLeftChildren, forgetChildren, recordChildren, watchChildren } from "./child-processes.ts";
import { Cleanup } from "./cleanup.ts";
import { objectsDir, openDatabase, pgliteDir, wipeData } from "./databases.ts";
import { gatewayBounds } from "./gateway-bounds.ts";
import { takeInstanceLock } from "./instance-lock.ts";
import { listen, LOOPBACK } from "./listen.ts";
import { mailEnvironment, siteUrl, startStackMailbox, tellConsole } from "./mail.ts";
import { assertPortsFree, FREE_PORTS, type Ports } from "./ports.ts";
import { callConsole, callRegularly, type CronJob } from "./cron.ts";
import { providerEnvironment, type Environment } from "./provider-env.ts";
import { connectionString, loadSecrets, loginsOf, type AppRole, type DevSecrets } from "./secrets.ts";
import { sealingKeyOf } from "./make-secrets.ts";
import { keepSignals } from "./signals.ts";
import { removeState, writeState, type StackState } from "./state.ts";
import { startWorkers, type RunningWorkers, type WorkersOptions } from "./workers.ts";

/** A killed process's ports are free only when its last thread is gone, a moment after its id is. */
const LEFT_PORTS_WAIT_ROUNDS = 250;
const PROJECT_EVERY_MS = 3_000;
/** In production the cron comes every minute. */
const SEAL_EVERY_MS = 20_000;
/** For what no request has announced: a budget's threshold. Objects wake themselves for tries that are due later. */
const DELIVER_EVERY_MS = 20_000;

export interface StackOptions {
  /** Holds the database, the objects, the secrets and `state.json`. */
  readonly dataDir: string;
  /** Free ports by default. */
  readonly ports?: Ports;
  /** A Postgres of the developer's own, as its owner; by default the embedded one. */
  readonly databaseUrl?: string | null;
  /** Database in memory, objects forgotten at the end. False by default: both are kept in `dataDir`. */
  readonly inMemory?: boolean;
  /** What a database in memory begins with, as PGlite dumps it: an empty one takes seconds to make. */
  readonly databaseCopy?: Blob;
  /** Wipes `dataDir` first. */
  readonly fresh?: boolean;
  /** Where provider keys and addresses and the gateway's bounds come from; by default nothing: providers are simulated. */
  readonly environment?: Environment;
  /** Variables of the gateway or console beside or over the stack's own: timeouts, deadlines. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
  readonly consoleEnv?: Readonly<Record<string, string>>;
  readonly projectEveryMs?: number;
  /** Lines that the Workers log, and troubles of the stack itself. Dropped by default. */
  readonly onLog?: (source: string, line: string) => void;
}

export interface Stack {
  readonly urls: { readonly gateway: string; readonly console: string; readonly sim: string; readonly neon: string };
  readonly state: StackState;
  readonly database: Database;
  readonly sim: Sim;
  readonly mailbox: Mailbox;
  /** Whose pages requests to the control API come from. */
  readonly siteUrl: string;
  readonly secrets: DevSecrets;
  /** Processes that belong to the stack beside this one. */
  readonly childPids: readonly number[];
  /** Takes new keys and credits to the Account objects now. */
  projectNow(): Promise<void>;
  /** Sends mail that is due now. */
  sendMailNow(): Promise<void>;
  /** Sends webhooks that are due now. */
  deliverWebhooksNow(): Promise<void>;
  /** Stops everything in reverse order. A second call does nothing. */
  stop(): Promise<void>;
}

/** Another stack runs on the same data directory. */
export class StackRunningError extends Error {
  override readonly name = "StackRunningError";
}

/**
 * Starts the whole product on this machine: database, migrations, seed, Neon endpoint, wire port, simulated providers,
 * both Workers, and a first projection. Resolves when all of it answers; on failure stops what it had started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(options: StackOptions, cleanup: Cleanup): Promise<Stack> {
  const { dataDir } = options;
  const ports = options.ports ?? FREE_PORTS;
  const log = options.onLog ?? ((): void => undefined);
  await prepareDirectory(options, ports, cleanup, log);
  const secrets = await loadSecrets(dataDir);
  const database = await startDatabase(options, secrets, cleanup);
  const demo = await seed(database, dataDir, secrets);
  const stores = await startStores(options, ports, database, secrets, cleanup);
  const sim = await startSim({ port: ports.sim, host: LOOPBACK });
  cleanup.add("simulated providers", () => sim.stop());
  const mailbox = await startStackMailbox(ports, secrets, cleanup, log);
  const signIn = await startSignInProviders();
  cleanup.add("simulated sign-in providers", () => signIn.stop());
  const outside = { sim, mailbox, signInEnv: signIn.env };
  const { workers, childPids } = await startBothWorkers(options, ports, secrets, stores, outside, cleanup);
  tellConsole(mailbox, workers.consoleUrl, secrets);
  const callCron = (job: CronJob) => (): Promise<void> => callConsole(workers.consoleUrl, job, secrets.internal_token);
  const projectNow = callCron("project");
  const sendMailNow = callCron("send-mail");
  const deliverWebhooksNow = callCron("deliver-webhooks");
  await projectNow();
  const onCronError = (error: unknown): void => log("cron", error instanceof Error ? error.message : "failed");
  const everyMs = options.projectEveryMs ?? PROJECT_EVERY_MS;
  cleanup.add("projector", callRegularly(projectNow, everyMs, onCronError));
  cleanup.add("sender of mail", callRegularly(sendMailNow, everyMs, onCronError));
  cleanup.add("sender of webhooks", callRegularly(deliverWebhooksNow, DELIVER_EVERY_MS, onCronError));
  cleanup.add("sealer", callRegularly(callCron("seal-audit"), SEAL_EVERY_MS, onCronError));
  const state: StackState = {
    gateway: workers.gatewayUrl,
    site: null,
    console: workers.consoleUrl,
    sim: sim.url,
    mailbox: mailbox.url,
    payments: null,
    neon: stores.neonUrl,
    database_url: stores.databaseUrl("readonly_app"),
    demo: {
      api_key: demo.apiKey,
      test_key: demo.testKey,
      org_id: demo.orgId,
      admin_email: ADMIN_EMAIL,
      admin_password: demo.people.admin_password,
      operator_email: OPERATOR_EMAIL,
      operator_password: demo.people.operator_password,
      operator_totp_secret: demo.people.operator_totp_secret,
    },
  };
  cleanup.add("state file", () => removeState(dataDir));
  await writeState(dataDir, state);
  const urls = { gateway: workers.gatewayUrl, console: workers.consoleUrl, sim: sim.url, neon: stores.neonUrl };
  return {
    urls,
    state,
    database,
    sim,
    mailbox,
    siteUrl: siteUrl(ports),
    secrets,
    childPids,
    projectNow,
    sendMailNow,
    deliverWebhooksNow,
    stop: () => cleanup.run(),
  };
}

async function prepareDirectory(
  options: StackOptions,
  ports: Ports,
  cleanup: Cleanup,
  log: (source: string, line: string) => void,
): Promise<void> {
  const { dataDir } = options;
  const lock = await takeInstanceLock(dataDir);
  if (lock) cleanup.add("instance lock", () => lock.release());
  // What a killed stack left keeps its ports: it goes before they are looked at.
  const ended = lock ? await endLeftChildren(dataDir) : 0;
  if (ended > 0) log("stack", "ended the workerd that a killed stack had left");
  await assertPortsFree(ports, ended > 0 ? LEFT_PORTS_WAIT_ROUNDS : 0);
  if (!lock) throw new StackRunningError(`another dev stack runs on ${dataDir}: stop it first`);
  if (options.fresh === true) await wipeData(dataDir);
  await mkdir(dataDir, { recursive: true });
  await removeState(dataDir);
}

async function startDatabase(options: StackOptions, secrets: DevSecrets, cleanup: Cleanup): Promise<Database> {
  const url = options.databaseUrl ?? null;
  const embedded = {
    pgliteDir: options.inMemory === true ? null : pgliteDir(options.dataDir),
    copy: options.databaseCopy ?? null,
  };
  const database = await openDatabase(url === null ? embedded : { url }, loginsOf(secrets));
  cleanup.add("database", () => database.close());
  return database;
}

interface Stores {
  readonly neonUrl: string;
  readonly databaseUrl: (role: AppRole) => string;
}

/** The doors to the database: Neon's protocol for the Workers, Postgres' own for everybody else. */
async function startStores(
  options: StackOptions,
  ports: Ports,
  database: Database,
  secrets: DevSecrets,
  cleanup: Cleanup,
): Promise<Stores> {
  const logins = loginsOf(secrets);
  const neon = createNeonEndpoint({ database, logins });
  const neonPort = await listen(neon, ports.neon, "Neon endpoint");
  cleanup.add("Neon endpoint", () => {
    neon.closeAllConnections();
    return closeServer(neon);
  });
  const neonUrl = `http://${LOOPBACK}:${neonPort}`;
  if (!(database instanceof PgliteDatabase)) {
    const ownerUrl = options.databaseUrl ?? "";
    return { neonUrl, databaseUrl: (role) => loginUrl(ownerUrl, role, secrets.passwords[role]) };
  }
  const wire = await createWireServer({ database, logins });
  const wirePort = await listen(wire.server, ports.postgres, "Postgres wire port");
  cleanup.add("Postgres wire port", async () => {
    const closed = closeServer(wire.server);
    await wire.closeConnections();
    await closed;
  });
  return { neonUrl, databaseUrl: (role) => connectionString(secrets, role, LOOPBACK, wirePort) };
}

/** What stands where other companies are in production. */
interface Outside {
  readonly sim: Sim;
  readonly mailbox: Mailbox;
  readonly signInEnv: Readonly<Record<string, string>>;
}

async function startBothWorkers(
  options: StackOptions,
  ports: Ports,
  secrets: DevSecrets,
  stores: Stores,
  { sim, mailbox, signInEnv }: Outside,
  cleanup: Cleanup,
): Promise<{ readonly workers: RunningWorkers; readonly childPids: readonly number[] }> {
  const common = { ENVIRONMENT: "development", NEON_HTTP_ENDPOINT: `${stores.neonUrl}/sql` };
  const workersOptions: WorkersOptions = {
    persistDir: options.inMemory === true ? null : objectsDir(options.dataDir),
    onLog: options.onLog ?? ((): void => undefined),
    gateway: {
      port: ports.gateway,
      env: {
        ...common,
        DATABASE_URL: stores.databaseUrl("gateway_app"),
        KEY_PEPPERS: secrets.key_peppers,
        BYOK_PRIVATE_KEYS: secrets.byok_private_keys,
        ...providerEnvironment(options.environment ?? {}, sim.url, secrets.simulated_provider_key),
        ...gatewayBounds(options.environment ?? {}),
        ...options.gatewayEnv,
      },
    },
    console: {
      port: ports.console,
      env: {
        ...common,
        DATABASE_URL: stores.databaseUrl("console_app"),
        INTERNAL_TOKEN: secrets.internal_token,
        AUDIT_KEYS: secrets.audit_keys,
        AUTH_SECRET: secrets.auth_secret,
        PASSWORD_PEPPERS: secrets.password_peppers,
        KEY_PEPPERS: secrets.key_peppers,
        BYOK_SEALING_KEY: sealingKeyOf(secrets.byok_private_keys),
        // Nobody outside of this machine is asked.
        BREACH_CHECK: "off",
        ...mailEnvironment(ports, secrets, mailbox.url),
        DOOR_SECRET: secrets.door_secret,
        ...signInEnv,
        ...options.consoleEnv,
      },
    },
  };
  const { result: workers, pids } = await watchChildren(() => keepSignals(() => startWorkers(workersOptions)));
  cleanup.add("Workers", async () => {
    await workers.stop();
    await forgetChildren(options.dataDir);
  });
  await recordChildren(options.dataDir, pids);
  return { workers, childPids: pids };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
