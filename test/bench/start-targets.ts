import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundleGatewayInto, bundleWorker, type Bundle } from "./bundle.ts";
import { setUpGateway } from "./gateway-setup.ts";
import type { TargetName } from "./options.ts";
import type { Cores } from "./processes.ts";
import type { Upstream } from "./start-upstream.ts";
import { startWorkerd, type RunningWorkerd } from "./start-workerd.ts";
import { makeTarget, makeTranslatedTarget, type Target } from "./target.ts";
import { translationOf } from "./translations.ts";
import type { WorkerService } from "./workerd-config.ts";
import type { Workspace } from "./workspace.ts";

const PATH = "/v1/chat/completions";
/** The comparison Workers run under the gateway's compatibility date, so that only their code differs. */
const COMPATIBILITY_DATE = "2026-11-01";
/** The form of a real key, for the Workers that only pass it on or hash it. */
const PLACEHOLDER_KEY = `prism_live_g1${"0".repeat(66)}`;

export interface Bench {
  readonly repositoryPath: string;
  readonly workspace: Workspace;
  readonly cores: Cores | null;
  readonly upstream: Upstream;
  /** Keeps function names in bundles and opens the inspector, for `--profile`. */
  readonly inspect: boolean;
}

export interface StartedTarget {
  readonly target: Target;
  readonly bundle: Bundle | null;
  readonly inspectorPort: number | null;
}

interface PlainWorker {
  readonly file: string;
  readonly classes: readonly string[];
}

/** The comparison Workers, by target. */
const PLAIN_WORKERS: Readonly<Partial<Record<TargetName, PlainWorker>>> = {
  constant: { file: "constant.ts", classes: [] },
  minimal: { file: "minimal.ts", classes: [] },
  "minimal+parse": { file: "parse.ts", classes: [] },
  "minimal+object": { file: "object.js", classes: ["Counter"] },
};

/** Gateways whose key asks the Account object for every call. */
const STRICT_TARGETS: ReadonlySet<TargetName> = new Set(["gateway strict", "gateway strict disk"]);

/** Builds a target and starts it in a workerd process of its own. The direct path is the upstream itself. */
export async function startTarget(name: TargetName, bench: Bench): Promise<StartedTarget> {
  if (name === "direct") {
    const destination = { port: bench.upstream.port, path: PATH, apiKey: PLACEHOLDER_KEY };
    return { target: makeTarget(name, destination, null), bundle: null, inspectorPort: null };
  }
  const plain = PLAIN_WORKERS[name];
  if (plain) return startPlain(name, plain, bench);
  const { memoryPath, diskPath } = bench.workspace;
  // A directory for each: two processes never share an object's storage.
  const storagePath = join(name.endsWith(" disk") ? diskPath : memoryPath, name.replaceAll(" ", "-"));
  mkdirSync(storagePath);
  return startGateway(name, storagePath, bench);
}

async function startPlain(name: TargetName, worker: PlainWorker, bench: Bench): Promise<StartedTarget> {
  const { file, classes } = worker;
  const entry = join(import.meta.dirname, "targets", file);
  const bundle = await bundleWorker(entry, bench.workspace.buildPath, name, bench.inspect);
  const service: WorkerService = {
    name: "worker",
    modules: bundle.modules,
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: [],
    text: { UPSTREAM: `http://127.0.0.1:${bench.upstream.port}` },
    objects: classes.map((className) => ({ name: className.toUpperCase(), className, service: null })),
    classes,
  };
  const workerd = await startWorkerd(
    name,
    bench.workspace.buildPath,
    {
      services: [service],
      storagePath: classes.length > 0 ? bench.workspace.memoryPath : null,
      sockets: [{ name: "http", service: "worker" }],
    },
    bench.cores,
    bench.inspect,
  );
  const destination = { port: portOf(workerd, "http"), path: PATH, apiKey: PLACEHOLDER_KEY };
  return { target: makeTarget(name, destination, workerd.process), bundle, inspectorPort: workerd.inspectorPort };
}

async function startGateway(name: TargetName, storagePath: string, bench: Bench): Promise<StartedTarget> {
  const { repositoryPath, workspace, cores, upstream, inspect } = bench;
  const gateway = await bundleGatewayInto(workspace.buildPath, inspect ? "readable" : "split");
  const seed = await bundleWorker(
    join(import.meta.dirname, "targets", "seed.ts"),
    workspace.buildPath,
    "seed",
    inspect,
  );
  const setup = await setUpGateway(
    join(repositoryPath, "wrangler.toml"),
    { gateway: gateway.modules, seed: seed.modules },
    upstream,
    STRICT_TARGETS.has(name),
  );
  const workerd = await startWorkerd(
    name,
    workspace.buildPath,
    {
      services: setup.services,
      storagePath,
      sockets: [
        { name: "http", service: "gateway" },
        { name: "seed", service: "seed" },
      ],
    },
    cores,
    inspect,
  );
  const seeded = await fetch(`http://127.0.0.1:${portOf(workerd, "seed")}/`, { method: "POST", body: setup.seed });
  if (!seeded.ok)
    throw new Error(`the Account object could not be seeded: ${await seeded.text()}\n${workerd.process.log()}`);
  const destination = { port: portOf(workerd, "http"), path: PATH, apiKey: setup.apiKey };
  const translation = translationOf(name);
  return {
    target: translation
      ? makeTranslatedTarget(name, translation, destination, workerd.process)
      : makeTarget(name, destination, workerd.process),
    bundle: gateway,
    inspectorPort: workerd.inspectorPort,
  };
}

export function portOf(workerd: RunningWorkerd, socket: string): number {
  const port = workerd.ports.get(socket);
  if (port === undefined) throw new Error(`workerd did not open the socket '${socket}'`);
  return port;
}
