import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readTextIfPresent, writePrivateJson } from "../stack/state.ts";
import { DeployError } from "./deploy-error.ts";
import type { EnvironmentName } from "./environments.ts";

const fingerprints = z.record(z.string(), z.string());
const workerState = z.object({
  /** Fingerprints of the secrets that were handed to it, by name; written before they are. */
  secrets: fingerprints.default({}),
  /** What the last deploy made, of which inputs, and what had served before. */
  version: z.string().nullable().default(null),
  inputs: z.string().nullable().default(null),
  previous: z.string().nullable().default(null),
  /** Whether `version` has answered as it should. */
  verified: z.boolean().default(false),
});
export type WorkerState = z.infer<typeof workerState>;

const stateSchema = z.object({
  form: z.literal(1),
  build: z.object({ inputs: z.string(), output: z.string() }).nullable(),
  workers: z.object({ gateway: workerState, console: workerState }),
  /** Secrets of which a new value is on its way, by name: empty while it is not made, then its fingerprint. */
  rotating: fingerprints,
});

/** `.deploy/<environment>.json`: what makes a deploy go on where it stopped. Names, versions and fingerprints only. */
export type DeployState = z.infer<typeof stateSchema>;

export const statePath = (directory: string, environment: EnvironmentName): string =>
  join(directory, `${environment}.json`);

export function emptyState(): DeployState {
  return stateSchema.parse({ form: 1, build: null, workers: { gateway: {}, console: {} }, rotating: {} });
}

export async function readState(path: string): Promise<DeployState> {
  const text = await readTextIfPresent(path);
  if (text === null) return emptyState();
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DeployError(
      `${path} is not a deploy's state: move it away, the next run finds out by itself`,
      undefined,
      {
        cause,
      },
    );
  }
}

export async function writeState(path: string, state: DeployState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writePrivateJson(path, state);
}
