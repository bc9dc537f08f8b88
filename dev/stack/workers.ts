import { build, stop as stopEsbuild } from "esbuild";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type V4SourceOptions,
  type V4WorkerOptions,
} from "miniflare";
import { join, resolve } from "node:path";
import type { Unstable_MiniflareWorkerOptions } from "wrangler";
import { bundleGateway } from "../build/bundle-gateway.ts";
import { LOOPBACK } from "./listen.ts";

type SourcelessOptions = Unstable_MiniflareWorkerOptions["workerOptions"];

const ROOT = resolve(import.meta.dirname, "../..");
const WORKERS = {
  gateway: { config: resolve(ROOT, "wrangler.toml"), build: buildGateway },
  console: { config: resolve(ROOT, "workers/console/wrangler.toml"), build: buildConsole },
} as const;

export interface WorkerSettings {
  readonly port: number;
  /** Added to the variables of the wrangler file: what production holds as secrets. */
  readonly env: Readonly<Record<string, string>>;
}

export interface WorkersOptions {
  readonly gateway: WorkerSettings;
  readonly console: WorkerSettings;
  /** Where objects keep their data; null forgets it at the end. */
  readonly persistDir: string | null;
  /** What the Workers log, line by line. */
  readonly onLog: (worker: string, line: string) => void;
}

export interface RunningWorkers {
  readonly gatewayUrl: string;
  readonly consoleUrl: string;
  stop(): Promise<void>;
}

/**
 * Both Workers in one workerd, each on a socket of its own, with bindings and flags from their wrangler files.
 * Loopback addresses are reachable under `global_fetch_strictly_public`: Miniflare allows private networks.
 */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  // Miniflare would look up one Cloudflare host at its start (design ARCHITECTURE section 5).
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  const [gateway, control] = await Promise.all([
    describeWorker(WORKERS.gateway, options.gateway),
    describeWorker(WORKERS.console, options.console),
  ]);
  await stopEsbuild();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: LOOPBACK,
      port: 0,
      log: new Log(LogLevel.WARN),
      ...(options.persistDir === null ? {} : { resourcePersistencePath: options.persistDir }),
      handleStructuredLogs: (entry) => options.onLog("workerd", entry.message),
      workers: [gateway, control],
    }),
  );
  await miniflare.ready;
  return {
    gatewayUrl: trimSlash(await miniflare.unsafeGetDirectURL(gateway.name)),
    consoleUrl: trimSlash(await miniflare.unsafeGetDirectURL(control.name)),
    stop: () => miniflare.dispose(),
  };
}

async function describeWorker(
  worker: { readonly config: string; readonly build: () => Promise<V4SourceOptions> },
  settings: WorkerSettings,
): Promise<V4WorkerOptions & { readonly name: string }> {
  const { name, options } = await readWranglerFile(worker.config);
  const complete = completeOptions(options, {
    ...(await worker.build()),
    name,
    bindings: { ...settings.env },
    unsafeDirectSockets: [{ host: LOOPBACK, port: settings.port }],
  });
  return { ...complete, name };
}

async function readWranglerFile(path: string): Promise<{ readonly name: string; readonly options: SourcelessOptions }> {
  // Wrangler would warn that required secrets are missing; here they come from the stack, not from its files.
  process.env["WRANGLER_LOG"] ??= "error";
  const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import("wrangler");
  const config = unstable_readConfig({ config: path }, { hideWarnings: true });
  if (config.name === undefined) throw new Error(`${path} names no Worker`);
  // Rules for text and wasm modules do not apply to one bundled script; a zone and routes do not apply to loopback.
  const options = unstable_getMiniflareWorkerOptions(config).workerOptions;
  for (const name of ["modulesRules", "zone", "routes", "cronTriggers"] as const) delete options[name];
  return { name: config.name, options };
}

/** Wrangler's options have lost their names to an index signature; its variables come first, then the stack's own. */
function completeOptions(options: SourcelessOptions, rest: V4WorkerOptions): V4WorkerOptions {
  const bindings = typeof options["bindings"] === "object" ? options["bindings"] : {};
  return { ...options, ...rest, bindings: { ...bindings, ...rest.bindings } };
}

/** In the modules that a deploy uploads, so that what is loaded later is loaded later here too. */
async function buildGateway(): Promise<V4SourceOptions> {
  const { files } = await bundleGateway({ minify: false, splitting: true, sourcemap: true });
  const modulesRoot = resolve(ROOT, "dist/gateway");
  const modules = [...files].map(([name, { text }]) => ({
    type: "ESModule" as const,
    path: join(modulesRoot, name),
    contents: text,
  }));
  // The first module is the Worker.
  modules.sort((a, b) => Number(b.path.endsWith("/index.js")) - Number(a.path.endsWith("/index.js")));
  return { modulesRoot, modules };
}

async function buildConsole(): Promise<V4SourceOptions> {
  const entry = resolve(ROOT, "workers/console/index.ts");
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    external: ["cloudflare:*", "node:*"],
    sourcemap: "inline",
    logLevel: "silent",
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error(`esbuild made nothing of ${entry}`);
  return { modules: true, script: file.text };
}

function trimSlash(url: URL): string {
  return url.href.replace(/\/$/, "");
}
