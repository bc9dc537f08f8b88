import { join } from "node:path";
import { z } from "zod";
import { start, type Cores, type Started } from "./processes.ts";

export interface Upstream {
  readonly process: Started;
  readonly port: number;
  /** Where the stand-in for Neon's `/sql` listens. */
  readonly ledgerPort: number;
}

const announcement = z.object({ port: z.number(), ledgerPort: z.number() });

/** Starts the upstream as a process of its own on the load generator's cores. */
export async function startUpstream(cores: Cores | null): Promise<Upstream> {
  let ledgerPort = 0;
  const { process: started, port } = await start({
    command: process.execPath,
    args: [join(import.meta.dirname, "upstream.ts")],
    cores: cores?.load ?? null,
    readyDescriptor: 1,
    readLine: (line) => {
      const ports = announcement.parse(JSON.parse(line));
      ledgerPort = ports.ledgerPort;
      return ports.port;
    },
  });
  return { process: started, port, ledgerPort };
}
