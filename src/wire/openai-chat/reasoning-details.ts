import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { ReasoningPart, Signature } from "../prompt.ts";
import { readSignature, signatureText } from "../signature.ts";

type Json = Readonly<Record<string, unknown>>;

const FORMAT = "openai-chat";

/** One entry of OpenRouter's `reasoning_details`, or a piece of one. */
export interface ReasoningDetail {
  readonly text: string;
  readonly signature: Signature | null;
  readonly isRedacted: boolean;
  /** Pieces of one entry share it. */
  readonly index: unknown;
}

/**
 * Reads OpenRouter's `reasoning_details`, the convention by which signatures travel in this format. A signature that we
 * put there for another format comes back as that; one of the upstream's own is kept as its whole entry but the text,
 * since the upstream wants all of it again.
 */
export function readReasoningDetails(details: unknown): readonly ReasoningDetail[] {
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail: unknown) => {
    if (!isRecord(detail)) return [];
    const { text, summary, signature, data, ...rest } = detail;
    const isRedacted = detail["type"] === "reasoning.encrypted";
    const token = isRedacted ? data : signature;
    return [
      {
        text: typeof text === "string" ? text : typeof summary === "string" ? summary : "",
        signature:
          typeof token === "string" && token !== ""
            ? readToken(token, { ...rest, [tokenName(isRedacted)]: token })
            : null,
        isRedacted,
        index: detail["index"],
      },
    ];
  });
}

function readToken(token: string, entry: Json): Signature {
  const signature = readSignature(token, FORMAT);
  return signature.format === FORMAT ? { format: FORMAT, value: JSON.stringify(entry) } : signature;
}

const tokenName = (isRedacted: boolean): string => (isRedacted ? "data" : "signature");

/** The entries of a message as blocks of reasoning: pieces of one, which clients may just have collected, joined. */
export function joinReasoningDetails(details: readonly ReasoningDetail[]): readonly ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let previous: ReasoningDetail | null = null;
  for (const detail of details) {
    const { text, signature, isRedacted } = detail;
    const last = parts.at(-1);
    const joins =
      last && previous && !isRedacted && !last.isRedacted && !last.signature && previous.index === detail.index;
    if (joins) parts[parts.length - 1] = { ...last, text: last.text + text, signature };
    else parts.push({ type: "reasoning", text, signature, isRedacted });
    previous = detail;
  }
  return parts;
}

/** The inverse: one entry, or a piece of one. */
export function writeReasoningDetail({ text, signature, isRedacted, index }: ReasoningDetail): Json {
  const type = isRedacted ? "reasoning.encrypted" : "reasoning.text";
  const said = isRedacted ? {} : { text };
  if (!signature) return { type, ...said, index };
  const own = signature.format === FORMAT ? parseJson(signature.value) : null;
  if (isRecord(own)) return { type, ...said, index, ...own };
  return { type, ...said, index, [tokenName(isRedacted)]: signatureText(signature, FORMAT) };
}
