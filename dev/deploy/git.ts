import { DeployError } from "./deploy-error.ts";
import type { GitPort } from "./run.ts";
import type { RunProcess } from "./run-process.ts";

const GIT_TIMEOUT_MS = 30_000;
const NOT_A_CHECKOUT = 128;

export function gitOf(root: string, env: Readonly<Record<string, string>>, run: RunProcess): GitPort {
  const git = (...args: readonly string[]) =>
    run({ command: ["git", ...args], cwd: root, env, stdin: "", timeoutMs: GIT_TIMEOUT_MS });
  return {
    commit: async () => {
      const { exitCode, stdout } = await git("rev-parse", "HEAD").catch(() => NO_GIT);
      return exitCode === 0 ? stdout.trim() : null;
    },
    changes: async () => {
      const { exitCode, stdout } = await git("status", "--porcelain", "--untracked-files=normal");
      if (exitCode !== 0) throw new DeployError("git status failed");
      return stdout.split("\n").filter((line) => line !== "");
    },
  };
}

/** A machine without git has no checkout. */
const NO_GIT = { exitCode: NOT_A_CHECKOUT, stdout: "", stderr: "" };
