import { consoleLogger } from "../../http/logger.ts";
import { systemClock, systemRandom } from "../../http/platform.ts";
import type { ConsoleServices } from "../compose.ts";
import { deriveKey } from "../identity/seal-secret.ts";
import type { DeliveryServices } from "./deliver-due.ts";

/** Only a stack on one machine sends to loopback, or without https. */
export const allowsLoopback = ({ ENVIRONMENT }: Pick<ConsoleEnv, "ENVIRONMENT">): boolean =>
  ENVIRONMENT === "development";

/** Wires the sender of an endpoint from the console's services. */
export async function composeDeliveries(env: ConsoleEnv, { db, mail }: ConsoleServices): Promise<DeliveryServices> {
  return {
    db,
    fetch: (...request) => fetch(...request),
    clock: systemClock,
    random: systemRandom,
    logger: consoleLogger,
    key: await deriveKey(env.AUTH_SECRET, "webhook"),
    mail,
    allowsLoopback: allowsLoopback(env),
  };
}
