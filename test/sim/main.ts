import { parseArgs } from "node:util";
import { Statistics } from "./actors/statistics.ts";
import { runSeed, type Listener } from "./run-seed.ts";

/**
 * `npm run sim [-- --seeds K --from N --steps M]`, or `--seed N` to see one again. Prints what went wrong with the one
 * command that replays it, and ends with the line `N passed, N failed`.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "20" },
    from: { type: "string", default: "1" },
    steps: { type: "string", default: "20000" },
    /** Prints every event that names it: an id, an isolate, or "" for all. */
    about: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { about } = values;
const tell: Listener = (line) => {
  const text = line();
  if (text.includes(about ?? "")) console.log(text);
};
const steps = wholeOf(values.steps);
const first = wholeOf(values.seed ?? values.from);
const count = values.seed === undefined ? wholeOf(values.seeds) : 1;
const statistics = new Statistics();
const beganMs = performance.now();
let passed = 0;
let stepsDone = 0;

for (let seed = first; seed < first + count; seed += 1) {
  const result = await runSeed(seed, steps, about === undefined ? null : tell);
  statistics.add(result.statistics);
  stepsDone += result.steps;
  if (result.report === null) passed += 1;
  else console.log(result.report.join("\n"));
}

const seconds = (performance.now() - beganMs) / 1_000;
if (values.verbose) console.log(statistics.lines().join("\n"));
console.log(`${stepsDone} steps in ${seconds.toFixed(1)} s, ${Math.round(stepsDone / seconds)} a second`);
console.log(`${passed} passed, ${count - passed} failed`);
process.exitCode = passed === count ? 0 : 1;

function wholeOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is not a whole number`);
  return Number(text);
}
