import { AppError } from "#kernel";
import type { EncodeRequestOptions, UpstreamCodec } from "./codec.ts";
import type { ParameterTable, PromptParameter } from "./parameters.ts";
import type { TextRequest } from "./text-request.ts";

export interface EncodedPrompt {
  readonly body: Readonly<Record<string, unknown>>;
  /** Parameters that the target does not have and that may be left out, in the caller's own spelling. */
  readonly droppedParams: readonly string[];
}

/** What a provider does with less than its format allows. */
export type ParameterOverrides = Partial<ParameterTable>;

/**
 * A request of one format as the body of another. What the target cannot honour is refused by name, or left out and
 * reported where the published table says so. Throws AppError `unsupported_parameter` or `invalid_parameter`.
 */
export function encodePrompt(
  codec: UpstreamCodec,
  request: TextRequest,
  options: EncodeRequestOptions,
  overrides: ParameterOverrides = {},
): EncodedPrompt {
  const droppedParams = checkParameters(codec.parameters, request, overrides);
  return { body: codec.encodeRequest(request.decode(), options), droppedParams };
}

/** Refuses what the table refuses, and returns the caller's names of what it drops. */
export function checkParameters(
  table: ParameterOverrides,
  request: Pick<TextRequest, "uses">,
  overrides: ParameterOverrides = {},
): readonly string[] {
  const dropped: string[] = [];
  for (const [parameter, name] of request.uses) {
    const support = supportOf(parameter, table, overrides);
    if (support === "refused") throw new AppError("unsupported_parameter", { param: name, params: { param: name } });
    if (support === "dropped") dropped.push(name);
  }
  return dropped;
}

const supportOf = (parameter: PromptParameter, table: ParameterOverrides, overrides: ParameterOverrides) =>
  overrides[parameter] ?? table[parameter] ?? "supported";
