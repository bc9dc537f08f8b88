/**
 * `npm run mutants [-- name…]`: applies each patch of test/mutants/ to a copy of the tree and expects the test that its
 * header names to fail. A mutant that survives, a patch that no longer applies, or a test that fails without running a
 * single assertion is an error: each guard of money and isolation has been seen to work.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
/** Inside the repository, so that the copy finds node_modules by walking up; git ignores it. */
const copy = join(root, ".mutants");
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

function copyTree(): void {
  rmSync(copy, { recursive: true, force: true });
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}

type Verdict = "caught" | "survived" | "stale patch" | "broke the build";

function tryMutant(mutant: Mutant): Verdict {
  const apply = (...flags: string[]) =>
    spawnSync("git", ["apply", "--unsafe-paths", ...flags, `--directory=.mutants`, mutant.patch], { cwd: root });
  if (apply("--check").status !== 0) return "stale patch";
  apply();
  try {
    const report = join(copy, "report.json");
    spawnSync(
      "vitest",
      ["run", "--project", mutant.project, "--reporter=json", `--outputFile=${report}`, ...mutant.args],
      {
        cwd: copy,
        timeout: TEST_TIMEOUT_MS,
        stdio: "ignore",
      },
    );
    const parsed: unknown = JSON.parse(readFileSync(report, "utf8"));
    const failed = Reflect.get(Object(parsed), "numFailedTests");
    const passed = Reflect.get(Object(parsed), "numPassedTests");
    rmSync(report);
    if (typeof failed === "number" && failed > 0) return "caught";
    return typeof passed === "number" && passed > 0 ? "survived" : "broke the build";
  } catch {
    return "broke the build";
  } finally {
    apply("--reverse");
  }
}

const mutants = readMutants(process.argv.slice(2));
copyTree();
let caught = 0;
for (const mutant of mutants) {
  const verdict = tryMutant(mutant);
  if (verdict === "caught") caught += 1;
  console.log(`${verdict === "caught" ? "ok  " : "FAIL"} ${mutant.name}: ${verdict}. It breaks: ${mutant.breaks}`);
}
rmSync(copy, { recursive: true, force: true });
console.log(`${caught} passed, ${mutants.length - caught} failed`);
process.exitCode = caught === mutants.length ? 0 : 1;
