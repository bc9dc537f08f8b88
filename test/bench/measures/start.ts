import { join } from "node:path";
import { bundleGatewayInto, bundleWorker, type Bundle, type GatewayForm } from "../bundle.ts";
import { setUpGateway } from "../gateway-setup.ts";
import { formatSpread } from "../report.ts";
import { chatBody } from "../requests.ts";
import { portOf, type Bench } from "../start-targets.ts";
import { startWorkerd } from "../start-workerd.ts";
import { ratioSpread, spread } from "../statistics.ts";

const RUNS = 15;
const FORMS = ["split", "one file"] as const satisfies readonly GatewayForm[];
const LABEL_WIDTH = 44;

/** One start of a workerd with nothing but the gateway in it, ms. */
interface Start {
  /** From the spawn of the process to the first answer of /health. */
  readonly health: number;
  /** The first chat call, which makes the Account object and loads what speaks to the provider. */
  readonly chat: number;
  /** The second, for comparison: what the first costs beyond it is the start of things. */
  readonly second: number;
}

/** How an isolate of the gateway starts, in the modules of a deploy and in one file, run by run in turn. Prints medians and their ratio. */
export async function measureStart(bench: Bench): Promise<void> {
  const { buildPath } = bench.workspace;
  const seed = await bundleWorker(join(import.meta.dirname, "..", "targets", "seed.ts"), buildPath, "seed", false);
  const starts: Record<(typeof FORMS)[number], Start[]> = { split: [], "one file": [] };
  const bundles = {
    split: await bundleGatewayInto(buildPath, "split"),
    "one file": await bundleGatewayInto(buildPath, "one file"),
  };
  for (let run = 0; run < RUNS; run += 1) {
    // Whoever goes first finds a colder machine: they take turns.
    for (const form of run % 2 === 0 ? FORMS : FORMS.toReversed()) {
      starts[form].push(await startOnce(bench, bundles[form], seed));
    }
  }
  console.log(`\nStart of an isolate, ms (median, min–max of ${RUNS})`);
  const rows = [
    ["spawn to first /health", (start: Start) => start.health],
    ["first chat", (start: Start) => start.chat],
    ["second chat", (start: Start) => start.second],
    ["spawn to first /health and first chat", (start: Start) => start.health + start.chat],
  ] as const;
  for (const [label, pick] of rows) {
    const split = starts.split.map(pick);
    const whole = starts["one file"].map(pick);
    console.log(
      `  ${label.padEnd(LABEL_WIDTH)} split ${formatSpread(spread(split))}, one file ${formatSpread(spread(whole))}`,
    );
    console.log(`  ${"".padEnd(LABEL_WIDTH)} split / one file ${formatSpread(ratioSpread(split, whole))}`);
  }
}

async function startOnce(bench: Bench, gateway: Bundle, seed: Bundle): Promise<Start> {
  const { repositoryPath, workspace, cores, upstream } = bench;
  const modules = { gateway: gateway.modules, seed: seed.modules };
  const setup = await setUpGateway(join(repositoryPath, "wrangler.toml"), modules, upstream, false);
  const sockets = ["gateway", "seed"].map((service) => ({ name: service, service }));
  const config = { services: setup.services, storagePath: workspace.memoryPath, sockets };
  const spawnedAtMs = performance.now();
  const workerd = await startWorkerd("start", workspace.buildPath, config, cores, false);
  try {
    const url = `http://127.0.0.1:${portOf(workerd, "gateway")}`;
    await answered(fetch(`${url}/health`));
    const health = performance.now() - spawnedAtMs;
    await answered(fetch(`http://127.0.0.1:${portOf(workerd, "seed")}/`, { method: "POST", body: setup.seed }));
    const chat = async (): Promise<number> => {
      const askedAtMs = performance.now();
      const headers = { authorization: `Bearer ${setup.apiKey}`, "content-type": "application/json" };
      await answered(fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: chatBody(null) }));
      return performance.now() - askedAtMs;
    };
    return { health, chat: await chat(), second: await chat() };
  } finally {
    await workerd.process.stop();
  }
}

async function answered(response: Promise<Response>): Promise<void> {
  const { ok, status } = await response.then(async (answer) => {
    await answer.arrayBuffer();
    return answer;
  });
  if (!ok) throw new Error(`the gateway answered ${status}`);
}
