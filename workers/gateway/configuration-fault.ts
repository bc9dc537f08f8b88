/** The isolate could not be put together from its environment. Its message names the variable at fault, never a value. */
export class ConfigurationFault extends Error {
  override readonly name = "ConfigurationFault";

  constructor(cause: unknown) {
    super(`configuration: ${variableOf(cause) ?? "a variable"} is missing or malformed`, { cause });
  }
}

/** Errors of ours begin with the variable's name; the rest of any other's text may quote a secret. */
function variableOf(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?=[ :])/.exec(cause.message)?.[0] ?? null;
}
