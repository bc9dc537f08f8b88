import { execFile, spawnSync } from "node:child_process";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const SOURCE = join(import.meta.dirname, "shifted-clock.c");
const OFFSET_BYTES = 8;

/** The wall clocks of processes on this machine, each as far off as a test says while it runs. */
export class ShiftedClocks {
  readonly #directory: string;
  readonly #library: string;
  readonly #offsets = new Map<string, number>();
  readonly #files = new Map<string, FileHandle>();

  private constructor(directory: string, library: string) {
    this.#directory = directory;
    this.#library = library;
  }

  /** Builds what is preloaded into the processes. Rejects where the machine has no C compiler, or is not Linux. */
  static async build(directory: string, names: readonly string[]): Promise<ShiftedClocks> {
    const library = join(directory, "shifted-clock.so");
    await promisify(execFile)("cc", ["-std=gnu11", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE]);
    const clocks = new ShiftedClocks(directory, library);
    for (const name of names) {
      clocks.#files.set(name, await open(clocks.#pathOf(name), "w"));
      await clocks.shift(name, 0);
    }
    return clocks;
  }

  /**
   * Whether this machine can build it. In CI it has to: there the answer is yes, and what is missing fails.
   */
  static isPossible(): boolean {
    if (process.env["CI"] !== undefined) return true;
    return process.platform === "linux" && spawnSync("cc", ["--version"], { stdio: "ignore" }).status === 0;
  }

  /** What a process is started with, so that it goes by its own clock here. */
  environmentOf(name: string): Readonly<Record<string, string>> {
    return { LD_PRELOAD: this.#library, CLOCK_OFFSET_FILE: this.#pathOf(name) };
  }

  /** From now on the clock is so many seconds before the real one; negative is behind it. */
  async shift(name: string, seconds: number): Promise<void> {
    const bytes = Buffer.alloc(OFFSET_BYTES);
    bytes.writeBigInt64LE(BigInt(seconds));
    await this.#files.get(name)?.write(bytes, 0, OFFSET_BYTES, 0);
    this.#offsets.set(name, seconds);
  }

  offsetOf(name: string): number {
    return this.#offsets.get(name) ?? 0;
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  #pathOf(name: string): string {
    return join(this.#directory, `${name}.offset`);
  }
}
