import type { UpstreamFormat } from "./formats.ts";
import type { Signature } from "./prompt.ts";

/**
 * Signatures travel through clients that speak another format than the provider that made them. There they carry their
 * maker's name, so that they come back to nobody else: a provider refuses a foreign signature, and the whole request with it.
 */
const PREFIX = "prismatic.";

const FORMATS: ReadonlySet<string> = new Set<UpstreamFormat>([
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
  "bedrock-converse",
  "cohere-chat",
]);

/** The text that stands in an answer of `format`: plain where the signature is of that format, else with its maker's name. */
export function signatureText(signature: Signature, format: string): string {
  return signature.format === format ? signature.value : `${PREFIX}${signature.format}.${signature.value}`;
}

/** The inverse: reads a signature that a caller of `format` sent back. */
export function readSignature(text: string, format: UpstreamFormat): Signature {
  if (!text.startsWith(PREFIX)) return { format, value: text };
  const at = text.indexOf(".", PREFIX.length);
  const maker = at < 0 ? "" : text.slice(PREFIX.length, at);
  return isUpstreamFormat(maker) ? { format: maker, value: text.slice(at + 1) } : { format, value: text };
}

const isUpstreamFormat = (name: string): name is UpstreamFormat => FORMATS.has(name);
