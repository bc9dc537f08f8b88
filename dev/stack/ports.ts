import { createServer } from "node:net";
import { listen, PortTakenError } from "./listen.ts";

/** What listens where. 0 means any free port. */
export interface Ports {
  readonly gateway: number;
  readonly console: number;
  readonly sim: number;
  readonly mailbox: number;
  readonly neon: number;
  readonly postgres: number;
}

const DEFAULT_PORT_BASE = 8780;
const MIN_PORT_BASE = 1_024;
/** Leaves room for the highest offset of the contract below 65,536. */
const MAX_PORT_BASE = 65_500;

/** The offsets of the contract (docs/architecture.md); site and payments join when they exist. */
const OFFSETS: Ports = { gateway: 7, console: 9, sim: 10, mailbox: 11, neon: 13, postgres: 14 };
const NAMES: Readonly<Record<keyof Ports, string>> = {
  gateway: "gateway",
  console: "console",
  sim: "simulated providers",
  mailbox: "mailbox",
  neon: "Neon endpoint",
  postgres: "Postgres wire port",
};

export const FREE_PORTS: Ports = { gateway: 0, console: 0, sim: 0, mailbox: 0, neon: 0, postgres: 0 };

/** The contract's ports from a base; undefined is the default base. Throws on anything that is not a usable port number. */
export function portsFrom(base: string | undefined): Ports {
  const number = base === undefined || base === "" ? DEFAULT_PORT_BASE : Number(base);
  if (!Number.isInteger(number) || number < MIN_PORT_BASE || number > MAX_PORT_BASE) {
    throw new Error(`PORT_BASE must be a whole number from ${MIN_PORT_BASE} to ${MAX_PORT_BASE}, not "${base ?? ""}"`);
  }
  return {
    gateway: number + OFFSETS.gateway,
    console: number + OFFSETS.console,
    sim: number + OFFSETS.sim,
    mailbox: number + OFFSETS.mailbox,
    neon: number + OFFSETS.neon,
    postgres: number + OFFSETS.postgres,
  };
}

const WAIT_ROUND_MS = 20;

/**
 * Throws `PortTakenError` for the first port that something listens on, before anything was started. workerd itself
 * would only say that it could not bind. `waitRounds`: how many times to look again where a port is about to be freed.
 */
export async function assertPortsFree(ports: Ports, waitRounds = 0): Promise<void> {
  for (const name of ["gateway", "console", "sim", "mailbox", "neon", "postgres"] as const) {
    if (ports[name] !== 0) await assertPortFree(ports[name], NAMES[name], waitRounds);
  }
}

async function assertPortFree(port: number, name: string, waitRounds: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    const probe = createServer();
    try {
      await listen(probe, port, name);
      await new Promise((resolve) => {
        probe.close(resolve);
      });
      return;
    } catch (error) {
      if (!(error instanceof PortTakenError) || round >= waitRounds) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, WAIT_ROUND_MS);
      });
    }
  }
}
