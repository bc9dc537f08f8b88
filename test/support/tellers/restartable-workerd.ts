import type { Started } from "../../bench/processes.ts";
import { startWorkerd, type RunningWorkerd } from "../../bench/start-workerd.ts";
import type { ConfigOptions } from "../../bench/workerd-config.ts";
import { LOOPBACK } from "../../../dev/stack/listen.ts";

/** A workerd of its own that a test kills and starts again. It takes other ports each time. */
export class RestartableWorkerd {
  readonly #name: string;
  readonly #directory: string;
  readonly #config: ConfigOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #running: RunningWorkerd | null = null;

  /** `directory` holds the built modules, and the configuration once it has started; `environment` is the process's own. */
  constructor(
    name: string,
    directory: string,
    config: ConfigOptions,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#name = name;
    this.#directory = directory;
    this.#config = config;
    this.#environment = environment;
  }

  /** The process as it runs now. */
  get process(): Started {
    return this.#now().process;
  }

  /** Where a socket listens now, without a trailing slash. */
  url(socket: string): string {
    return `http://${LOOPBACK}:${this.port(socket)}`;
  }

  port(socket: string): number {
    const port = this.#now().ports.get(socket);
    if (port === undefined) throw new Error(`${this.#name} has no socket ${socket}`);
    return port;
  }

  /** With another configuration this once, where one is given. */
  async start(config: ConfigOptions = this.#config): Promise<void> {
    if (this.#running !== null) throw new Error(`${this.#name} runs already`);
    this.#running = await startWorkerd(this.#name, this.#directory, config, null, false, this.#environment);
  }

  /** SIGKILL, as when a machine is lost; waits until the process is gone. */
  async kill(): Promise<void> {
    const { process: running } = this.#now();
    this.#running = null;
    process.kill(running.pid, "SIGKILL");
    await running.stop();
  }

  /** The orderly way. Does nothing when it does not run. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.process.stop();
  }

  #now(): RunningWorkerd {
    if (this.#running === null) throw new Error(`${this.#name} does not run`);
    return this.#running;
  }
}
