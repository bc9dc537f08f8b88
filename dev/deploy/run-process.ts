import { spawn } from "node:child_process";

export interface ProcessRequest {
  /** The program and its arguments, as they are: no shell reads them. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of it: nothing of this process's own environment is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly timeoutMs: number;
}

export interface ProcessResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProcess = (request: ProcessRequest) => Promise<ProcessResult>;

const OUTPUT_MAX_BYTES = 4 * 1_048_576;
const KILLED_EXIT = 137;

/** Runs a program to its end. One that takes too long, or says too much, is killed and counts as failed. */
export const runProcess: RunProcess = ({ command: [program, ...args], cwd, env, stdin, timeoutMs }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], shell: false });
    let bytes = 0;
    let reason = "";
    const end = (why: string): void => {
      reason = `\n${why}`;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => end(`killed: no end after ${timeoutMs} ms`), timeoutMs);
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_MAX_BYTES) end(`killed: more than ${OUTPUT_MAX_BYTES} bytes of output`);
      else chunks.push(chunk);
    };
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", collect(stdout));
    child.stderr.on("data", collect(stderr));
    // A program that never reads its input may be gone before it is written: its exit code says what happened.
    child.stdin.on("error", () => undefined);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (exitCode) => {
      clearTimeout(timer);
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString("utf8");
      resolve({ exitCode: exitCode ?? KILLED_EXIT, stdout: text(stdout), stderr: text(stderr) + reason });
    });
    child.stdin.end(stdin);
  });
