import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { Cleanup } from "../../../dev/stack/cleanup.ts";
import { callConsole } from "../../../dev/stack/cron.ts";
import { mailEnvironment } from "../../../dev/stack/mail.ts";
import { FREE_PORTS } from "../../../dev/stack/ports.ts";
import { providerEnvironment } from "../../../dev/stack/provider-env.ts";
import { openLedger, type Ledger } from "../stack/books.ts";
import { Gate } from "../stack/gate.ts";
import { makeOrganization, type Organization } from "../stack/proving-ground.ts";
import { openLinks, type Link } from "./links.ts";
import { RestartableWorkerd } from "./restartable-workerd.ts";
import { openStores, type Stores } from "./stores.ts";
import {
  ACCOUNTS_SOCKET,
  buildModules,
  CONSOLE_SOCKET,
  GATEWAY_SOCKET,
  hostConfig,
  tellerConfig,
  type Modules,
} from "./worker-services.ts";

export interface TellersOptions {
  /** An empty Postgres database of its own, as its owner. */
  readonly databaseUrl: string;
  /** Gateways beside the account host; 8 by default. */
  readonly count?: number;
  /** Variables of every process: timeouts, intervals, sizes. */
  readonly bounds?: Readonly<Record<string, string>>;
  /** The environment of a process itself, by its name, beside ours: `account-host`, `teller-0` and so on. */
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>;
}

/** One gateway in a process of its own. */
export interface Teller {
  /** Without a trailing slash; another one after each restart. */
  readonly url: string;
  readonly pid: number;
  /** Its way to the Account objects. */
  readonly link: Link;
  /** SIGKILL. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** The process where all Account objects live. */
export interface AccountHost {
  readonly pid: number;
  /** SIGKILL: what the objects had not made durable is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same storage and leads every link to it, with these bounds instead of the others this once. */
  restart(bounds?: Readonly<Record<string, string>>): Promise<void>;
}

/** Several gateways, as in several places of the world, on the same Account objects, provider and ledger. */
export interface Tellers {
  readonly tellers: readonly Teller[];
  readonly host: AccountHost;
  /** Between every gateway and OpenAI, which is simulated. */
  readonly provider: Gate;
  /** Between every process and Postgres, the projector's excepted. */
  readonly postgres: Gate;
  readonly sim: Sim;
  readonly ledger: Ledger;
  /** After the database ended every session. */
  reopenLedger(): Promise<void>;
  /** Sets every link's round trip; 0 at the start. */
  setRoundTripMs(ms: number): Promise<void>;
  /** Runs statements as the owner of the database. */
  exec(sql: string): Promise<void>;
  /** Takes changed keys and credits to the Account objects now. */
  projectNow(): Promise<void>;
  /** A new organization whose wallet holds exactly so much, known to Postgres and to its Account object. */
  organization(creditNano: bigint): Promise<Organization>;
  close(): Promise<void>;
}

const COUNT = 8;

/** Starts everything; resolves when all of it listens, and on failure ends what it had started. */
export async function startTellers(options: TellersOptions): Promise<Tellers> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(
  { databaseUrl, count = COUNT, bounds = {}, environmentOf = () => ({}) }: TellersOptions,
  cleanup: Cleanup,
): Promise<Tellers> {
  const directory = await mkdtemp(join(tmpdir(), "prismatic-tellers-"));
  cleanup.add("files", () => rm(directory, { recursive: true, force: true }));
  const outside = await openOutside(databaseUrl, directory, cleanup);
  const variables = { ...gatewayVariables(outside), ...bounds };
  const modules = await buildModules(directory);
  const ways = await openLinks(count);
  cleanup.add("links", () => ways.close());
  const { links } = ways;
  const place: Place = { directory, modules, variables, environmentOf, cleanup };
  const host = await startHost(place, outside.stores, links);
  const tellers = await Promise.all(links.map((link, index) => startTeller(`teller-${index}`, place, link)));
  const { database, secrets } = outside.stores;
  const projectNow = (): Promise<void> => callConsole(host.consoleUrl, "project", secrets.internal_token);
  const connect = (): Promise<Ledger> => openLedger(outside.stores.databaseUrl("readonly_app"));
  let ledger = await connect();
  cleanup.add("ledger", () => ledger.close());
  return {
    tellers,
    host,
    provider: outside.provider,
    postgres: outside.postgres,
    sim: outside.sim,
    get ledger() {
      return ledger;
    },
    reopenLedger: async () => {
      ledger = await connect();
    },
    setRoundTripMs: async (ms) => {
      await Promise.all(links.map((link) => link.setRoundTripMs(ms)));
    },
    exec: (sql) => asOwner(database, (owner) => owner.exec(sql)),
    projectNow,
    organization: (creditNano) => makeOrganization({ database, secrets, projectNow }, creditNano),
    close: () => cleanup.run(),
  };
}

interface Outside {
  readonly stores: Stores;
  readonly sim: Sim;
  readonly provider: Gate;
  readonly postgres: Gate;
}

/** Postgres, the providers, and a gate before each. */
async function openOutside(databaseUrl: string, directory: string, cleanup: Cleanup): Promise<Outside> {
  const stores = await openStores(databaseUrl, directory, cleanup);
  const sim = await startSim();
  cleanup.add("simulated providers", () => sim.stop());
  const [provider, postgres] = await Promise.all([Gate.open(), Gate.open()]);
  cleanup.add("gates", () => Promise.all([provider.close(), postgres.close()]));
  provider.leadTo(sim.url);
  postgres.leadTo(stores.neonUrl);
  return { stores, sim, provider, postgres };
}

function gatewayVariables({ stores, sim, provider, postgres }: Outside): Readonly<Record<string, string>> {
  // The provider's own address and a key of ours: to the gateway the gate is the provider.
  const ours = { OPENAI_BASE_URL: `${provider.url}/openai/v1`, OPENAI_API_KEY: "test-key-of-the-gate" };
  return {
    ENVIRONMENT: "development",
    DATABASE_URL: stores.databaseUrl("gateway_app"),
    NEON_HTTP_ENDPOINT: `${postgres.url}/sql`,
    KEY_PEPPERS: stores.secrets.key_peppers,
    BYOK_PRIVATE_KEYS: stores.secrets.byok_private_keys,
    ...providerEnvironment(ours, sim.url, stores.secrets.simulated_provider_key),
  };
}

/** What every process is started from. */
interface Place {
  readonly directory: string;
  readonly modules: Modules;
  readonly variables: Readonly<Record<string, string>>;
  readonly environmentOf: (name: string) => Readonly<Record<string, string>>;
  readonly cleanup: Cleanup;
}

async function startHost(
  { directory, modules, variables, environmentOf, cleanup }: Place,
  stores: Stores,
  links: readonly Link[],
): Promise<AccountHost & { readonly consoleUrl: string }> {
  const control = {
    ENVIRONMENT: "development",
    DATABASE_URL: stores.databaseUrl("console_app"),
    NEON_HTTP_ENDPOINT: `${stores.neonUrl}/sql`,
    INTERNAL_TOKEN: stores.secrets.internal_token,
    AUDIT_KEYS: stores.secrets.audit_keys,
    // Nothing is mailed here, and nobody listens there.
    ...mailEnvironment(FREE_PORTS, stores.secrets, "http://127.0.0.1:9"),
    DOOR_SECRET: stores.secrets.door_secret,
  };
  const name = "account-host";
  const storagePath = await makeStorage(directory, name);
  const configWith = (bounds: Readonly<Record<string, string>>) =>
    hostConfig(modules, { gateway: { ...variables, ...bounds }, console: control }, storagePath);
  const workerd = new RestartableWorkerd(name, directory, configWith({}), environmentOf(name));
  cleanup.add("account host", () => workerd.stop());
  const restart = async (bounds: Readonly<Record<string, string>> = {}): Promise<void> => {
    await workerd.start(configWith(bounds));
    await Promise.all(links.map((link) => link.leadTo(workerd.port(ACCOUNTS_SOCKET))));
  };
  await restart();
  return {
    get consoleUrl() {
      return workerd.url(CONSOLE_SOCKET);
    },
    get pid() {
      return workerd.process.pid;
    },
    kill: () => workerd.kill(),
    restart,
  };
}

async function startTeller(
  name: string,
  { directory, modules, variables, environmentOf, cleanup }: Place,
  link: Link,
): Promise<Teller> {
  const config = tellerConfig(modules, variables, await makeStorage(directory, name), link.port);
  const workerd = new RestartableWorkerd(name, directory, config, environmentOf(name));
  cleanup.add(name, () => workerd.stop());
  await workerd.start();
  return {
    get url() {
      return workerd.url(GATEWAY_SOCKET);
    },
    get pid() {
      return workerd.process.pid;
    },
    link,
    kill: () => workerd.kill(),
    restart: () => workerd.start(),
  };
}

/** Two processes never share an object's storage. */
async function makeStorage(directory: string, name: string): Promise<string> {
  const path = join(directory, "objects", name);
  await mkdir(path, { recursive: true });
  return path;
}
