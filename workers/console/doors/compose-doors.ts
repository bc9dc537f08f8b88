import { createDoorkeeper, LocalLimiter, subjectNames, type AttemptLimiter, type Doorkeeper } from "#abuse";
import type { Logger } from "../../http/logger.ts";
import { UpstashLimiter } from "./upstash-limiter.ts";

/** The secrets of the console that doors need. */
export interface DoorEnvironment {
  readonly ENVIRONMENT: string;
  readonly DOOR_SECRET?: string;
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
}

/** The recipient's hosts, as the data map names them (src/store/data-map/egress.ts). */
const UPSTASH_DOMAIN = ".upstash.io";
const TOKEN_CHARACTERS_MIN = 16;

/** Throws where a secret is missing or weak: production never counts in one isolate's memory alone. */
export function composeDoors(env: DoorEnvironment, logger: Logger): Doorkeeper {
  const fallback = new LocalLimiter();
  return createDoorkeeper({
    limiter: limiterOf(env) ?? fallback,
    fallback,
    nameSubject: subjectNames(env.DOOR_SECRET ?? ""),
    onAway: (door) => logger("error", { message: "door_limiter_away", door }),
  });
}

/** Null in development where no Redis is named. */
function limiterOf(env: DoorEnvironment): AttemptLimiter | null {
  const isDevelopment = env.ENVIRONMENT !== "production";
  const [url, token] = [env.UPSTASH_REDIS_REST_URL ?? "", env.UPSTASH_REDIS_REST_TOKEN ?? ""];
  if (isDevelopment && url === "") return null;
  if (!URL.canParse(url)) throw new Error("UPSTASH_REDIS_REST_URL: not a URL");
  const { protocol, hostname } = new URL(url);
  if (!isDevelopment && (protocol !== "https:" || !hostname.endsWith(UPSTASH_DOMAIN)))
    throw new Error("UPSTASH_REDIS_REST_URL: not a host of Upstash's");
  if (token.length < TOKEN_CHARACTERS_MIN) throw new Error("UPSTASH_REDIS_REST_TOKEN: too short");
  return new UpstashLimiter({ url, token });
}
