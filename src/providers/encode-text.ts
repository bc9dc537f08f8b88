import {
  checkParameters,
  encodePrompt,
  spliceMembers,
  type MemberEdits,
  type ParameterOverrides,
  type TextRequest,
  type UpstreamCodec,
} from "#wire";
import type { ProviderCall } from "./spec.ts";

/** A call that asks for text, or for the count of its tokens. */
export type TextCall = Extract<ProviderCall, { request: TextRequest }>;

export interface EncodedText {
  readonly body: string;
  readonly droppedParams: readonly string[];
  /** The caller speaks the upstream's format: the answer passes as it comes. */
  readonly passes: boolean;
}

/** Our extensions, which no upstream may see. */
const OWN_MEMBERS = ["usage", "models", "provider"] as const;

/**
 * The body of a text call: the caller's own text with `edits`, where it speaks the format, else its meaning in the format.
 * Either way `overrides` refuse what the provider does not do, and leave out what they drop.
 * Throws AppError `unsupported_parameter` or `invalid_parameter`.
 */
export function encodeText(
  codec: UpstreamCodec,
  call: TextCall,
  edits: (request: TextRequest) => MemberEdits,
  overrides: ParameterOverrides = {},
): EncodedText {
  const { request, upstreamModel } = call;
  if (request.format !== codec.format) {
    const outputTokens = "outputTokens" in call ? call.outputTokens : null;
    const options = { upstreamModel, stream: request.stream, outputTokens };
    const { body, droppedParams } = encodePrompt(codec, request, options, overrides);
    return { body: JSON.stringify(body), droppedParams, passes: false };
  }
  const droppedParams = checkParameters({}, request, overrides);
  const changes = new Map<string, string | null>();
  // A name below the top level has no member to remove: the provider gets it as it is, and ignores it.
  for (const name of [...OWN_MEMBERS, ...droppedParams]) changes.set(name, null);
  for (const [name, value] of edits(request)) changes.set(name, value);
  return { body: spliceMembers(request.object, changes), droppedParams, passes: true };
}
