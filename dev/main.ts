import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { banner } from "./banner.ts";
import { explain } from "./explain.ts";
import { portsFrom } from "./stack/ports.ts";
import { readEnvironment } from "./stack/provider-env.ts";
import { startStack } from "./stack/stack.ts";

/** `npm run dev`: everything on one machine until Ctrl-C. `--fresh` forgets the data of earlier runs first. */
const ROOT = resolve(import.meta.dirname, "..");

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { fresh: { type: "boolean", default: false } } });
  const environment = await readEnvironment(resolve(ROOT, ".dev.vars"), process.env);
  const databaseUrl = environment["DATABASE_URL"] ?? "";
  if (values.fresh && databaseUrl !== "") {
    throw new Error("--fresh forgets .dev only: with DATABASE_URL set, empty that database yourself and delete .dev");
  }
  const starting = startStack({
    dataDir: resolve(ROOT, environment["DEV_DATA_DIR"] ?? ".dev"),
    ports: portsFrom(environment["PORT_BASE"]),
    databaseUrl: databaseUrl === "" ? null : databaseUrl,
    fresh: values.fresh,
    environment,
    onLog: (source, line) => console.log(`[${source}] ${line}`),
  });
  // Also while it starts: what was started by then is stopped in order.
  stopOnSignal(async () => (await starting).stop());
  const stack = await starting;
  console.log(banner(stack));
  console.log("ready");
}

/** The first signal stops in order; a second one means now, and leaves what is left to the next start. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error));
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
