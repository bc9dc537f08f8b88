import type {
  DocumentPart,
  ImagePart,
  MediaSource,
  PromptMessage,
  PromptPart,
  ReasoningPart,
  ToolResultPart,
} from "../prompt.ts";
import { invalidParameter } from "../parse-body.ts";
import type { Json } from "./read-response.ts";
import { reasoningToken } from "./reasoning-token.ts";

const NAME_OF_UNNAMED = "document";
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "pdf"],
  ["text/plain", "txt"],
]);

/** The conversation as items: neighbouring texts and media of one message are one item, calls and results one each. */
export function encodeItems(messages: readonly PromptMessage[]): readonly Json[] {
  const items: Json[] = [];
  for (const { role, parts } of messages) {
    let content: Json[] = [];
    const flush = (): void => {
      if (content.length > 0) items.push({ type: "message", role: role === "system" ? "developer" : role, content });
      content = [];
    };
    for (const part of parts) {
      const inside = encodeContent(part, role);
      if (inside) {
        content.push(inside);
        continue;
      }
      flush();
      const item = encodeItem(part, items.length);
      if (item) items.push(item);
    }
    flush();
  }
  return items;
}

/** A part that stands inside a message; null for one that is an item of its own. */
function encodeContent(part: PromptPart, role: PromptMessage["role"]): Json | null {
  switch (part.type) {
    case "text":
      if (role !== "assistant") return { type: "input_text", text: part.text };
      return { type: "output_text", text: part.text, annotations: [] };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      return role === "assistant" ? null : encodeImage(part);
    case "document":
      return encodeDocument(part);
    case "audio":
      throw invalidParameter("messages", "hold audio, which this model does not take.");
    case "tool-call":
    case "tool-result":
    case "reasoning":
    default:
      return null;
  }
}

function encodeItem(part: PromptPart, at: number): Json | null {
  if (part.type === "tool-call") {
    return { type: "function_call", call_id: part.id, name: part.name, arguments: part.arguments };
  }
  if (part.type === "tool-result") {
    return { type: "function_call_output", call_id: part.callId, output: encodeOutput(part) };
  }
  if (part.type === "reasoning") return encodeReasoning(part);
  return part.type === "image" ? encodeOwnImage(part, at) : null;
}

/** Nobody's reasoning but OpenAI's own can be sent to it. */
function encodeReasoning({ text, signature }: ReasoningPart): Json | null {
  if (signature?.format !== "openai-responses") return null;
  const { id, encrypted } = reasoningToken(signature);
  return {
    type: "reasoning",
    ...(id === null ? {} : { id }),
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: encrypted,
  };
}

/** A picture that the model made. What came by address cannot be one, and is left out. */
function encodeOwnImage({ source }: ImagePart, at: number): Json | null {
  if (source.type === "url") return null;
  return { type: "image_generation_call", id: `ig_${at}`, status: "completed", result: source.data };
}

function encodeOutput({ parts }: ToolResultPart): unknown {
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  if (texts.length === parts.length && texts.length < 2) return texts.join("");
  return parts.map((part) => {
    if (part.type === "text") return { type: "input_text", text: part.text };
    return part.type === "image" ? encodeImage(part) : encodeDocument(part);
  });
}

const encodeImage = ({ source, detail }: ImagePart): Json => ({
  type: "input_image",
  image_url: urlOf(source),
  detail: detail ?? "auto",
});

function encodeDocument({ source, name }: DocumentPart): Json {
  if (source.type === "url") return { type: "input_file", file_url: source.url };
  const filename = name ?? `${NAME_OF_UNNAMED}.${EXTENSIONS.get(source.mediaType) ?? "pdf"}`;
  return { type: "input_file", filename, file_data: urlOf(source) };
}

const urlOf = (source: MediaSource): string =>
  source.type === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
