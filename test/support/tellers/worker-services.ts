import { join, resolve } from "node:path";
import { bundleGatewayInto, bundleWorker } from "../../bench/bundle.ts";
import { describeWorker, GATEWAY } from "../../bench/gateway-setup.ts";
import type { ConfigOptions, WorkerService } from "../../bench/workerd-config.ts";
import { LOOPBACK } from "../../../dev/stack/listen.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const GATEWAY_CONFIG = join(ROOT, "wrangler.toml");
const CONSOLE = { entry: join(ROOT, "workers/console/index.ts"), config: join(ROOT, "workers/console/wrangler.toml") };
const DOOR = "door";
const ACCOUNT = "ACCOUNT";
const ACCOUNT_CLASS = "Account";

/** Sockets by name. */
export const ACCOUNTS_SOCKET = "accounts";
export const CONSOLE_SOCKET = "console";
export const GATEWAY_SOCKET = "http";

export interface Modules {
  readonly gateway: readonly string[];
  readonly console: readonly string[];
  readonly door: readonly string[];
  readonly accountNamespace: string;
}

type Variables = Readonly<Record<string, string>>;

/** Builds both Workers, as a deploy does, and the two small ones of this folder. */
export async function buildModules(directory: string): Promise<Modules> {
  const ours = (name: string): Promise<{ readonly path: string; readonly modules: readonly string[] }> =>
    bundleWorker(join(import.meta.dirname, "workers", `${name}.js`), directory, name, true);
  const [gateway, control, door, namespace] = await Promise.all([
    bundleGatewayInto(directory, "split"),
    bundleWorker(CONSOLE.entry, directory, "console", true),
    ours("account-door"),
    ours("account-namespace"),
  ]);
  return {
    gateway: gateway.modules,
    console: control.modules,
    door: door.modules,
    accountNamespace: namespace.modules.join(""),
  };
}

/** The one process with Account objects: the gateway that defines them, the console with the projector, and the door. */
export function hostConfig(
  modules: Modules,
  variables: { readonly gateway: Variables; readonly console: Variables },
  storagePath: string,
): ConfigOptions {
  const gateway = describeWorker(GATEWAY_CONFIG, GATEWAY, modules.gateway, variables.gateway);
  const door: WorkerService = {
    name: DOOR,
    modules: modules.door,
    compatibilityDate: gateway.compatibilityDate,
    compatibilityFlags: [],
    text: {},
    objects: [{ name: ACCOUNT, className: ACCOUNT_CLASS, service: GATEWAY }],
    classes: [],
  };
  return {
    services: [gateway, door, describeWorker(CONSOLE.config, "console", modules.console, variables.console)],
    storagePath,
    sockets: [
      { name: ACCOUNTS_SOCKET, service: DOOR, rpcEntrypoint: "AccountDoor" },
      { name: CONSOLE_SOCKET, service: "console" },
    ],
  };
}

/** A whole gateway whose binding ACCOUNT leads to another process. Its Health objects are its own. */
export function tellerConfig(
  modules: Modules,
  variables: Variables,
  storagePath: string,
  accountsPort: number,
): ConfigOptions {
  const gateway = describeWorker(GATEWAY_CONFIG, GATEWAY, modules.gateway, variables);
  return {
    services: [
      {
        ...gateway,
        objects: gateway.objects.filter(({ name }) => name !== ACCOUNT),
        classes: gateway.classes.filter((name) => name !== ACCOUNT_CLASS),
        wrapped: [{ name: ACCOUNT, module: modules.accountNamespace, services: { DOOR } }],
      },
    ],
    storagePath,
    sockets: [{ name: GATEWAY_SOCKET, service: GATEWAY }],
    externals: [{ name: DOOR, address: `${LOOPBACK}:${accountsPort}` }],
  };
}
