import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../cli/run.ts";
import type { ExitCode } from "../../cli/exit-codes.ts";
import type { Io } from "../../cli/io.ts";

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliMachine {
  readonly home: string;
  run(args: readonly string[], more?: Partial<Io>): Promise<CliRun>;
  remove(): Promise<void>;
}

/** A machine with a home of its own, on which the program runs as often as it is asked to. Nobody waits on it. */
export async function cliMachine(env: Readonly<Record<string, string>> = {}): Promise<CliMachine> {
  const home = await mkdtemp(join(tmpdir(), "prismatic-cli-"));
  return {
    home,
    async run(args, more = {}) {
      let [stdout, stderr] = ["", ""];
      const exitCode = await runCli(args, {
        stdout: (text) => (stdout += text),
        stderr: (text) => (stderr += text),
        readStdin: () => Promise.resolve(""),
        env,
        home,
        hostname: "laptop",
        fetch: (request) => fetch(request),
        wait: () => Promise.resolve(),
        nowMs: () => Date.UTC(2026, 10, 30),
        isTerminal: false,
        ...more,
      });
      return { exitCode, stdout, stderr };
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
