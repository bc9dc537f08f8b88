import type { Citation, EncodableEvent, MeteredUsage } from "../answer-events.ts";
import type { EncoderOptions } from "../codec.ts";
import { encodeUsage } from "./encode-usage.ts";
import { createCandidateWriter, encodeGrounding, type Part } from "./write-candidates.ts";

interface Candidate {
  readonly parts: Part[];
  readonly citations: Citation[];
  finishReason: string | null;
}

/** Says a whole answer as the body of `:generateContent`. Neighbouring texts become one part. */
export function encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const writer = createCandidateWriter();
  const candidates = new Map<number, Candidate>();
  let usage: MeteredUsage | null = null;
  let id = options.requestId;
  let model = options.model;
  const candidateOf = (index: number): Candidate => {
    const known = candidates.get(index);
    if (known) return known;
    const candidate: Candidate = { parts: [], citations: [], finishReason: null };
    candidates.set(index, candidate);
    return candidate;
  };
  for (const event of events) {
    if (event.type === "start") {
      id = event.id ?? id;
      model = event.model ?? model;
    } else if (event.type === "usage") usage = event;
    else if (event.type === "finish") {
      const candidate = candidateOf(event.choice);
      for (const part of writer.flush(event.choice)) addPart(candidate.parts, part);
      candidate.finishReason = writer.finishReason(event);
    } else if (event.type === "citation") candidateOf(event.choice).citations.push(event.citation);
    else for (const part of writer.write(event)) addPart(candidateOf(event.choice).parts, part);
  }
  return JSON.stringify({
    candidates: [...candidates].map(([index, candidate]) => encodeCandidate(index, candidate)),
    ...(usage ? { usageMetadata: encodeUsage(usage) } : {}),
    modelVersion: model,
    responseId: id,
  });
}

function encodeCandidate(index: number, { parts, finishReason, citations }: Candidate) {
  return {
    content: { parts, role: "model" },
    ...(finishReason === null ? {} : { finishReason }),
    index,
    ...(citations.length === 0 ? {} : { groundingMetadata: encodeGrounding(citations) }),
  };
}

function addPart(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  const isText = (one: Part | undefined): boolean => typeof one?.["text"] === "string" && !("thoughtSignature" in one);
  if (last && isText(last) && isText(part) && last["thought"] === part["thought"]) {
    parts[parts.length - 1] = { ...last, text: String(last["text"]) + String(part["text"]) };
  } else parts.push(part);
}
