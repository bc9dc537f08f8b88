/** How `npm run deploy` ends, so that a pipeline can tell. */
export const EXIT = {
  done: 0,
  /** A step failed: the same command goes on where it stopped. */
  failed: 1,
  /** Refused before anything outside was changed: arguments, a dirty tree, something that was not given. */
  refused: 2,
  /** Both Workers are deployed, and do not answer as they should. */
  notVerified: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What whoever deploys is told, in one message without a secret in it. */
export class DeployError extends Error {
  override readonly name = "DeployError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export const refused = (message: string): DeployError => new DeployError(message, EXIT.refused);
