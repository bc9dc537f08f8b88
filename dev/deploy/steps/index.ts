import type { Step } from "../run.ts";
import { build } from "./build.ts";
import { config } from "./config.ts";
import { deployWorker } from "./deploy-worker.ts";
import { logins } from "./logins.ts";
import { migrate } from "./migrate.ts";
import { preflight } from "./preflight.ts";
import { secrets } from "./secrets.ts";
import { verify } from "./verify.ts";

/** What this machine does by itself; a dry run does it too. */
export const LOCAL_STEPS: readonly Step[] = [preflight, build, config];

/** What changes the world, in order: schema before code, the gateway before the console that binds its objects. */
export const OUTSIDE_STEPS: readonly Step[] = [
  secrets,
  migrate,
  logins,
  deployWorker("gateway"),
  deployWorker("console"),
  verify,
];
