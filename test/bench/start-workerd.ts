import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { start, type Cores, type Started } from "./processes.ts";
import { writeConfig, type ConfigOptions } from "./workerd-config.ts";

const controlEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("listen"), socket: z.string(), port: z.number() }),
  z.object({ event: z.literal("listen-inspector"), port: z.number() }),
]);

/** The workerd that wrangler brings; its package names the binary and the version. */
const workerdPackage = z.object({ default: z.string(), version: z.string() });

export function findWorkerd(): { readonly binary: string; readonly version: string } {
  const require = createRequire(import.meta.resolve("miniflare"));
  const found = workerdPackage.parse(require("workerd"));
  return { binary: found.default, version: found.version };
}

export interface RunningWorkerd {
  readonly process: Started;
  /** Ports by socket name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Null unless asked for. */
  readonly inspectorPort: number | null;
}

/** Writes a configuration beside its bundles and serves it with plain `workerd serve`, pinned to the target's core. */
export async function startWorkerd(
  name: string,
  directory: string,
  config: ConfigOptions,
  cores: Cores | null,
  inspect: boolean,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningWorkerd> {
  const path = join(directory, `${name.replaceAll(" ", "-")}.capnp`);
  writeFileSync(path, writeConfig(config));
  const ports = new Map<string, number>();
  let inspectorPort: number | null = null;
  const { process: started } = await start({
    command: findWorkerd().binary,
    args: ["serve", "--control-fd=3", ...(inspect ? ["--inspector-addr=127.0.0.1:0"] : []), path, "config"],
    cores: cores?.target ?? null,
    readyDescriptor: 3,
    environment,
    readLine: (line) => {
      const event = controlEvent.safeParse(JSON.parse(line)).data;
      if (event?.event === "listen") ports.set(event.socket, event.port);
      if (event?.event === "listen-inspector") inspectorPort = event.port;
      const isComplete =
        config.sockets.every((socket) => ports.has(socket.name)) && (!inspect || inspectorPort !== null);
      return isComplete ? 1 : null;
    },
  });
  return { process: started, ports, inspectorPort };
}
