/**
 * `npm run mutants [-- name…] [--part K/N]`: applies each patch of test/mutants/ to a copy of the tree and expects the test that its
 * header names to fail. A mutant that survives, a patch that no longer applies, or a test that fails without running a
 * single assertion is an error: each guard of money and isolation has been seen to work.
 *
 * With `--part K/N` every N-th is tried, from the K-th on, and of the others only that they still apply.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..", "..");
/** Inside the repository, so that a copy finds node_modules by walking up; git ignores it. One per run and hand. */
const copies = join(root, ".mutants", String(process.pid));
/** Mutants tried at once: most of a try is waiting for a stack to start. */
const HANDS = 2;
const TEST_TIMEOUT_MS = 180_000;

interface Mutant {
  readonly name: string;
  readonly patch: string;
  readonly project: string;
  readonly args: readonly string[];
  readonly breaks: string;
}

function readMutants(filter: readonly string[]): Mutant[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".patch"))
    .filter((file) => filter.length === 0 || filter.some((part) => file.includes(part)))
    .sort()
    .map((file) => {
      const text = readFileSync(join(import.meta.dirname, file), "utf8");
      const test = /^# test: (\w+) (\S+)(?: -t "(.+)")?$/m.exec(text);
      const breaks = /^# breaks: (.+)$/m.exec(text);
      if (!test?.[1] || !test[2] || !breaks?.[1])
        throw new Error(`${file}: header lines "# test:" and "# breaks:" wanted`);
      const args = test[3] === undefined ? [test[2]] : [test[2], "-t", test[3]];
      return {
        name: file.replace(/\.patch$/, ""),
        patch: join(import.meta.dirname, file),
        project: test[1],
        args,
        breaks: breaks[1],
      };
    });
}

function copyTree(copy: string): void {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}

/** Patches that no longer apply, by name: found for all of them, whichever part is tried. */
function staleOf(mutants: readonly Mutant[]): string[] {
  return mutants
    .filter(({ patch }) => spawnSync("git", ["apply", "--check", patch], { cwd: root }).status !== 0)
    .map(({ name }) => name);
}

/** Reads `K/N`, 1 ≤ K ≤ N. Throws RangeError. */
function readPart(text: string): { readonly part: number; readonly of: number } {
  const [part, of] = text.split("/").map(Number);
  if (part === undefined || of === undefined || !(part >= 1 && part <= of))
    throw new RangeError("--part is K/N, from 1/N to N/N");
  return { part, of };
}

type Verdict = "caught" | "survived" | "stale patch" | "broke the build";

async function tryMutant(mutant: Mutant, copy: string): Promise<Verdict> {
  const apply = (...flags: string[]) =>
    spawnSync("git", ["apply", "--unsafe-paths", ...flags, `--directory=${relative(root, copy)}`, mutant.patch], {
      cwd: root,
    });
  if (apply("--check").status !== 0) return "stale patch";
  apply();
  const report = join(copy, "report.json");
  try {
    await runTest(mutant, copy, report);
    const parsed: unknown = JSON.parse(readFileSync(report, "utf8"));
    const failed = Reflect.get(Object(parsed), "numFailedTests");
    const passed = Reflect.get(Object(parsed), "numPassedTests");
    if (typeof failed === "number" && failed > 0) return "caught";
    return typeof passed === "number" && passed > 0 ? "survived" : "broke the build";
  } catch {
    return "broke the build";
  } finally {
    rmSync(report, { force: true });
    apply("--reverse");
  }
}

async function runTest(mutant: Mutant, copy: string, report: string): Promise<void> {
  const reporting = ["--reporter=json", `--outputFile=${report}`, "--bail=1"];
  const child = spawn("vitest", ["run", "--project", mutant.project, ...reporting, ...mutant.args], {
    cwd: copy,
    timeout: TEST_TIMEOUT_MS,
    stdio: "ignore",
  });
  await once(child, "close");
}

/** Takes mutants from the common list until it is empty. */
async function work(hand: number, waiting: Mutant[]): Promise<number> {
  const copy = join(copies, String(hand));
  copyTree(copy);
  let caught = 0;
  for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
    const verdict = await tryMutant(mutant, copy);
    if (verdict === "caught") caught += 1;
    console.log(`${verdict === "caught" ? "ok  " : "FAIL"} ${mutant.name}: ${verdict}. It breaks: ${mutant.breaks}`);
  }
  return caught;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { part: { type: "string", default: "1/1" } },
});
const { part, of } = readPart(values.part);
const all = readMutants(positionals);
const mutants = all.filter((_, index) => index % of === part - 1);
const stale = staleOf(all.filter((mutant) => !mutants.includes(mutant)));
for (const name of stale) console.log(`FAIL ${name}: stale patch.`);
const waitingList = [...mutants];
try {
  const counts = await Promise.all(Array.from({ length: HANDS }, (_, hand) => work(hand, waitingList)));
  const caught = counts.reduce((sum, count) => sum + count, 0);
  const failed = mutants.length - caught + stale.length;
  console.log(`${caught} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(copies, { recursive: true, force: true });
}
