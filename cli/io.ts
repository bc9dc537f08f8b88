import { setTimeout as sleep } from "node:timers/promises";
import { homedir, hostname } from "node:os";
import { text } from "node:stream/consumers";

/** Everything that the program has of the outside, so that tests give it another. */
export interface Io {
  /** What was asked for. */
  readonly stdout: (text: string) => void;
  /** What a person should know beside it. */
  readonly stderr: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly hostname: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly wait: (ms: number) => Promise<void>;
  /** For the names of backups. */
  readonly nowMs: () => number;
  /** Whether a person reads stderr, and not a file. */
  readonly isTerminal: boolean;
}

export function systemIo(): Io {
  return {
    stdout: (line) => process.stdout.write(line),
    stderr: (line) => process.stderr.write(line),
    readStdin: () => text(process.stdin),
    env: process.env,
    home: homedir(),
    hostname: hostname(),
    fetch: (request) => fetch(request),
    wait: (ms) => sleep(ms),
    nowMs: () => Date.now(),
    isTerminal: process.stderr.isTTY,
  };
}

/** Bold where a person reads it on a terminal and has not asked for none (no-color.org). */
export function bold({ env, isTerminal }: Io, words: string): string {
  const wants = isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return wants ? `\u001B[1m${words}\u001B[22m` : words;
}
