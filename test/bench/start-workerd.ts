import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { start, type Cores, type Started } from "./processes.ts";
import { writeConfig, type ConfigOptions } from "./workerd-config.ts";

const listenEvent = z.object({ event: z.literal("listen"), socket: z.string(), port: z.number() });

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
}

/** Writes a configuration beside its bundles and serves it with plain `workerd serve`, pinned to the target's core. */
export async function startWorkerd(
  name: string,
  directory: string,
  config: ConfigOptions,
  cores: Cores | null,
  inspectorPort: number | null = null,
): Promise<RunningWorkerd> {
  const path = join(directory, `${name.replaceAll(" ", "-")}.capnp`);
  writeFileSync(path, writeConfig(config));
  const ports = new Map<string, number>();
  const inspector = inspectorPort === null ? [] : [`--inspector-addr=127.0.0.1:${inspectorPort}`];
  const { process: started } = await start({
    command: findWorkerd().binary,
    args: ["serve", "--control-fd=3", ...inspector, path, "config"],
    cores: cores?.target ?? null,
    readyDescriptor: 3,
    readLine: (line) => {
      const event = listenEvent.safeParse(JSON.parse(line));
      if (event.success) ports.set(event.data.socket, event.data.port);
      return config.sockets.every((socket) => ports.has(socket.name)) ? 1 : null;
    },
  });
  return { process: started, ports };
}
