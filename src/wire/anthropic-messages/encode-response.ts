import type { EncodableEvent } from "../answer-events.ts";
import type { EncoderOptions } from "../codec.ts";
import { parseJson } from "../parse-json.ts";
import type { Block, Delta, StreamEvent } from "./stream-events.ts";
import { createEventWriter } from "./write-events.ts";

/** A whole answer as one message: the fold of what a stream would say, so that the two can never differ. */
export function encodeResponse(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const writer = createEventWriter(options);
  let message: Readonly<Record<string, unknown>> = {};
  const content: Block[] = [];
  const pieces: string[][] = [];
  for (const event of [...events.flatMap((one) => writer.write(one)), ...writer.finish()]) {
    if (event.type === "message_start") message = event.message;
    else if (event.type === "message_delta") message = { ...message, ...event.delta, usage: event.usage };
    else foldBlock(event, content, pieces);
  }
  return JSON.stringify({ ...message, content: content.map((block, index) => joinPieces(block, pieces[index] ?? [])) });
}

function foldBlock(event: StreamEvent, content: Block[], pieces: string[][]): void {
  if (event.type === "content_block_start") {
    content[event.index] = event.content_block;
    pieces[event.index] = [];
  } else if (event.type === "content_block_delta") {
    const block = content[event.index];
    if (block) content[event.index] = addDelta(block, event.delta, pieces[event.index] ?? []);
  }
}

/** Texts wait as pieces, so that a long answer is joined once. */
function addDelta(block: Block, delta: Delta, pieces: string[]): Block {
  if (delta.type === "text_delta") pieces.push(delta.text);
  else if (delta.type === "thinking_delta") pieces.push(delta.thinking);
  else if (delta.type === "input_json_delta") pieces.push(delta.partial_json);
  else if (delta.type === "signature_delta" && block.type === "thinking")
    return { ...block, signature: delta.signature };
  else if (delta.type === "citations_delta" && block.type === "text") {
    return { ...block, citations: [...(block.citations ?? []), delta.citation] };
  }
  return block;
}

function joinPieces(block: Block, pieces: readonly string[]): Block {
  const text = pieces.join("");
  if (block.type === "text") return { ...block, text };
  if (block.type === "thinking") return { ...block, thinking: text };
  // A model may break off in the middle of a call: what came is then shown as it is.
  if (block.type === "tool_use")
    return { ...block, input: text === "" ? {} : (parseJson(text) ?? { partial_json: text }) };
  return block;
}
