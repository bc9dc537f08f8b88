import type { Citation, EncodableEvent } from "../answer-events.ts";
import { parseJson } from "../parse-json.ts";
import { isRecord } from "../parse-body.ts";
import { signatureText } from "../signature.ts";

export type Part = Readonly<Record<string, unknown>>;
type ChoiceEvent = Exclude<EncodableEvent, { type: "start" | "usage" | "finish" }>;
type Finish = Extract<EncodableEvent, { type: "finish" }>;

/** Turns events into the parts of a candidate. Calls are said whole, so that their pieces wait for their end. */
export interface CandidateWriter {
  write(event: ChoiceEvent): readonly Part[];
  /** Calls whose end never came. */
  flush(choice: number): readonly Part[];
  finishReason(event: Finish): string;
}

interface OpenCall {
  readonly choice: number;
  readonly id: string;
  readonly name: string;
  readonly pieces: string[];
}

/** Google's own word for each reason; what it has no word for is a stop, or `OTHER`. */
const FINISH_REASONS = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  refusal: "SAFETY",
  pause: "STOP",
  other: "OTHER",
} as const;

/** Makes a writer for one answer. */
export function createCandidateWriter(): CandidateWriter {
  const open = new Map<string, OpenCall>();
  /** Choices whose thoughts were shown since the last signature. */
  const shown = new Set<number>();
  const nameOf = (choice: number, index: number): string => `${choice}:${index}`;

  const close = (name: string, signature: string | null): readonly Part[] => {
    const call = open.get(name);
    if (!call) return [];
    open.delete(name);
    const args = parseJson(call.pieces.join(""));
    return [
      {
        functionCall: { id: call.id, name: call.name, args: isRecord(args) ? args : {} },
        ...(signature === null ? {} : { thoughtSignature: signature }),
      },
    ];
  };

  return {
    write(event) {
      switch (event.type) {
        case "text":
        case "refusal":
          return [{ text: event.text }];
        case "reasoning":
          shown.add(event.choice);
          return [{ text: event.text, thought: true }];
        case "reasoning-end": {
          // A signature of thoughts that nobody showed is no thought here, as with Google; `decode-contents.ts` tells them by it.
          const isThought = shown.delete(event.choice) || event.isRedacted;
          if (!event.signature) return [];
          const thoughtSignature = signatureText(event.signature, "gemini");
          return [{ text: "", ...(isThought ? { thought: true } : {}), thoughtSignature }];
        }
        case "image":
          return [{ inlineData: { mimeType: event.mediaType, data: event.data } }];
        case "tool-start":
          open.set(nameOf(event.choice, event.index), {
            choice: event.choice,
            id: event.id,
            name: event.name,
            pieces: [],
          });
          return [];
        case "tool-arguments":
          open.get(nameOf(event.choice, event.index))?.pieces.push(event.text);
          return [];
        case "tool-end":
          return close(nameOf(event.choice, event.index), event.signature && signatureText(event.signature, "gemini"));
        case "citation":
        default:
          // Google says its sources with the end of an answer.
          return [];
      }
    },
    flush: (choice) => [...open].filter(([, call]) => call.choice === choice).flatMap(([name]) => close(name, null)),
    finishReason: ({ reason }) => FINISH_REASONS[reason],
  };
}

/** The sources of a whole answer. */
export function encodeGrounding(citations: readonly Citation[]): Part {
  return { groundingChunks: citations.map(({ url, title }) => ({ web: { uri: url ?? "", title: title ?? "" } })) };
}
