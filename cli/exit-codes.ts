/** What the program ends with (docs/cli.md). Scripts rely on them: a number once published keeps its meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  refused: 4,
  notFound: 5,
  network: 6,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface CliErrorOptions {
  /** The service's own code for it, where it was the service. */
  readonly code?: string;
  /** To quote to support. */
  readonly requestId?: string;
  readonly cause?: unknown;
}

/** An end that the person can read and a script can tell from others. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly requestId: string | null;

  constructor(exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.code = options.code ?? nameOf(exitCode);
    this.requestId = options.requestId ?? null;
  }
}

const nameOf = (exitCode: ExitCode): string =>
  Object.entries(EXIT).find(([, code]) => code === exitCode)?.[0] ?? "failed";
