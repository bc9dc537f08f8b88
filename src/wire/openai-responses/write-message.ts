import type { Citation, EncodableEvent, TokenLogprob } from "../answer-events.ts";
import type { ItemList } from "./write-output.ts";
import type { Json } from "./read-response.ts";

/** Says text and refusals as the parts of message items. */
export interface MessageWriter {
  say(event: Extract<EncodableEvent, { type: "text" | "refusal" }>): void;
  /** A source of what was said. */
  cite(citation: Citation): void;
  close(): void;
  hasRefusal(): boolean;
}

interface Part {
  readonly type: "text" | "refusal";
  readonly pieces: string[];
  readonly annotations: Json[];
  readonly logprobs: Json[];
  length: number;
}

interface Message {
  readonly at: number;
  readonly id: string;
  readonly parts: Part[];
}

/** Makes a writer for one answer. */
export function createMessageWriter(list: ItemList): MessageWriter {
  let open: Message | null = null;
  let refused = false;

  const begin = (): Message => {
    const id = list.newId("msg");
    const item = { id, type: "message", status: "in_progress", role: "assistant", content: [] };
    return { at: list.add(item), id, parts: [] };
  };
  const place = ({ id, at, parts }: Message) => ({
    item_id: id,
    output_index: at,
    content_index: parts.length - 1,
  });
  const endPart = (message: Message): void => {
    const part = message.parts.at(-1);
    if (!part) return;
    const text = part.pieces.join("");
    if (part.type === "refusal") list.emit("refusal.done", { ...place(message), refusal: text });
    else list.emit("output_text.done", { ...place(message), text, logprobs: part.logprobs });
    list.emit("content_part.done", { ...place(message), part: partOf(part) });
  };
  const partFor = (message: Message, type: Part["type"]): Part => {
    const last = message.parts.at(-1);
    if (last?.type === type) return last;
    endPart(message);
    const part: Part = { type, pieces: [], annotations: [], logprobs: [], length: 0 };
    message.parts.push(part);
    list.emit("content_part.added", { ...place(message), part: partOf(part) });
    return part;
  };

  return {
    say(event) {
      open ??= begin();
      const part = partFor(open, event.type);
      part.pieces.push(event.text);
      part.length += event.text.length;
      if (event.type === "refusal") {
        refused = true;
        return list.emit("refusal.delta", { ...place(open), delta: event.text });
      }
      const logprobs = (event.logprobs ?? []).map(logprobOf);
      part.logprobs.push(...logprobs);
      list.emit("output_text.delta", { ...place(open), delta: event.text, logprobs });
    },
    cite(citation) {
      const part = open?.parts.at(-1);
      if (!open || part?.type !== "text") return;
      const annotation = annotationOf(citation, part.length);
      if (!annotation) return;
      const index = part.annotations.push(annotation) - 1;
      list.emit("output_text.annotation.added", { ...place(open), annotation_index: index, annotation });
    },
    close() {
      if (!open) return;
      endPart(open);
      list.done(open.at, {
        id: open.id,
        type: "message",
        status: "completed",
        role: "assistant",
        content: open.parts.map(partOf),
      });
      open = null;
    },
    hasRefusal: () => refused,
  };
}

function partOf({ type, pieces, annotations, logprobs }: Part): Json {
  const text = pieces.join("");
  return type === "refusal" ? { type, refusal: text } : { type: "output_text", text, annotations, logprobs };
}

/** Where the provider gave no place, the source stands at the end of what was said so far. */
function annotationOf({ url, title, start, end }: Citation, length: number): Json | null {
  if (url === null) return null;
  return { type: "url_citation", url, title: title ?? url, start_index: start ?? length, end_index: end ?? length };
}

const logprobOf = ({ top, ...own }: TokenLogprob): Json => ({
  ...withBytes(own),
  top_logprobs: top.map(withBytes),
});

const withBytes = <Entry extends { readonly bytes: readonly number[] | null }>(entry: Entry) => ({
  ...entry,
  bytes: entry.bytes ?? [],
});
