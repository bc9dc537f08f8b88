/**
 * A whole stack in a process of its own, so that a test can kill it: `node stack-program.ts '<options as JSON>'`. Prints
 * the Workers' log lines, then `ready`. SIGTERM stops it in order.
 */
import { startStack, type StackOptions } from "../../../dev/stack/stack.ts";

/** What the test says. Guarantee: the only caller is stack-process.ts, which encodes exactly this. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see the guarantee above
const options = JSON.parse(process.argv[2] ?? "") as Pick<StackOptions, "dataDir" | "databaseUrl" | "gatewayEnv">;
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const stack = await startStack({ ...options, onLog: (source, line) => print(`[${source}] ${line}`) });
process.on("SIGTERM", () => {
  stack.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
print("ready");
