import { afterEach, describe, expect, test } from "vitest";
import { runProcess, type ProcessResult } from "../../../../dev/deploy/run-process.ts";
import { Wrangler } from "../../../../dev/deploy/wrangler.ts";
import { DeployWorld } from "../../../support/deploy/deploy-world.ts";

const worlds: DeployWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

describe("wrangler as a program", () => {
  test("a whole first deploy by argument lists, stdin and report files", { timeout: 60_000 }, async () => {
    const world = new DeployWorld({ wrangler: "program" });
    worlds.push(world);
    const { exitCode, output } = await world.run(["--env", "production", "--yes"]);
    expect(exitCode, output).toBe(0);
    expect(Object.keys(world.cloud.workers)).toEqual(["prismatic-gateway", "prismatic-console"]);
    const flags = new Set(world.cloud.calls.flatMap(({ argv }) => argv.filter((arg) => arg.startsWith("--"))));
    expect([...flags].toSorted()).toEqual([
      "--config",
      "--dry-run",
      "--format",
      "--json",
      "--message",
      "--outdir",
      "--tag",
    ]);
  });
});

function answering(...answers: readonly Partial<ProcessResult>[]) {
  let calls = 0;
  const wrangler = new Wrangler({
    command: ["wrangler"],
    root: ".",
    env: {},
    run: () => {
      const answer = answers[Math.min(calls, answers.length - 1)];
      calls += 1;
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...answer });
    },
    sleep: () => Promise.resolve(),
  });
  return { wrangler, calls: () => calls };
}

describe("wrangler's answers", () => {
  test("a question is asked again a bounded number of times, a change is made once", async () => {
    const away = { exitCode: 1, stderr: "fetch failed" };
    const reader = answering(away);
    await expect(reader.wrangler.secrets("c")).rejects.toThrow("wrangler secret list failed (1): fetch failed");
    expect(reader.calls()).toBe(3);
    const patient = answering(away, { stdout: '[{"name":"A","type":"secret_text"}]' });
    expect(await patient.wrangler.secrets("c")).toEqual(["A"]);
    const writer = answering(away);
    await expect(writer.wrangler.putSecrets("c", { A: "v" })).rejects.toThrow("wrangler secret bulk failed");
    expect(writer.calls()).toBe(1);
  });

  test("a Worker that is not there is told from a failure", async () => {
    const gone = { exitCode: 1, stderr: '✘ [ERROR] x\n\nWorker "prismatic-gateway" not found.\n' };
    expect(await answering(gone).wrangler.secrets("c")).toBeNull();
    expect(
      await answering({ exitCode: 1, stderr: "The Worker x has no deployments." }).wrangler.current("c"),
    ).toBeNull();
    await expect(answering({ exitCode: 1, stderr: "account not found" }).wrangler.secrets("c")).rejects.toThrow();
  });

  test("a deployment that several versions share is nobody's", async () => {
    const split = { versions: [50, 50].map((percentage, index) => ({ version_id: `${index}`, percentage })) };
    expect(await answering({ stdout: JSON.stringify(split) }).wrangler.current("c")).toBeNull();
  });

  test("a form that is not known is a failure, and is not quoted", async () => {
    await expect(answering({ stdout: "canary" }).wrangler.secrets("c")).rejects.toThrow(/^(?!.*canary)/);
    await expect(answering({}).wrangler.deploy("c", "t", "m")).rejects.toThrow("named no version");
  });
});

describe("a program that is started", () => {
  const node = (code: string, timeoutMs = 10_000, stdin = "") =>
    runProcess({ command: [process.execPath, "-e", code], cwd: ".", env: { ONLY: "this" }, stdin, timeoutMs });

  test("gets its arguments, its stdin and no environment but its own", async () => {
    const code = "process.stdin.pipe(process.stdout); console.error(Object.keys(process.env).join())";
    const { exitCode, stdout, stderr } = await node(code, 10_000, "by stdin");
    expect([exitCode, stdout]).toEqual([0, "by stdin"]);
    expect(stderr).toContain("ONLY");
    expect(stderr).not.toContain("PATH");
  });

  test("is killed when it takes too long, or says too much", async () => {
    expect(await node("setInterval(() => 0, 1000)", 300)).toMatchObject({ exitCode: 137 });
    const endless = "const x = 'x'.repeat(65536); setInterval(() => process.stdout.write(x.repeat(32)), 1)";
    expect((await node(endless)).stderr).toContain("bytes of output");
  });
});
