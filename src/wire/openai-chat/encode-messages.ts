import { fromBase64 } from "../anthropic-messages/base64-text.ts";
import { invalidParameter } from "../parse-body.ts";
import type {
  AudioPart,
  DocumentPart,
  ImagePart,
  Prompt,
  PromptMessage,
  PromptPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../prompt.ts";
import { writeReasoningDetail } from "./reasoning-details.ts";

type Json = Readonly<Record<string, unknown>>;
type UserPart = TextPart | ImagePart | AudioPart | DocumentPart;

const FORMAT = "openai-chat";
/** Between the texts of what had parts and has none here. */
const PARAGRAPH = "\n\n";
const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["mpeg", "mp3"],
  ["wave", "wav"],
]);

/** The messages of a prompt. Instructions become one message: some chat templates refuse a second one. */
export function encodeMessages({ system, messages }: Prompt, takesReasoning: boolean): readonly Json[] {
  const encoded = messages.flatMap((message) => encodeMessage(message, takesReasoning));
  return system.length === 0 ? encoded : [{ role: "system", content: joinTexts(system) }, ...encoded];
}

function encodeMessage({ role, parts }: PromptMessage, takesReasoning: boolean): readonly Json[] {
  if (role === "assistant") return [encodeAssistant(parts, takesReasoning)];
  if (role === "system") return [{ role, content: joinTexts(parts) }];
  return encodeUser(parts);
}

/** Results go first, each a message of its own, as they must follow the calls; what they hold beside text comes after them. */
function encodeUser(parts: readonly PromptPart[]): readonly Json[] {
  const results = parts.filter((part) => part.type === "tool-result");
  const media = results.flatMap(attachedMedia);
  const own = parts.filter(isUserPart);
  const content = [...media, ...own];
  const messages: Json[] = results.map(encodeResult);
  if (content.length > 0) messages.push({ role: "user", content: encodeContent(content) });
  return messages;
}

const isUserPart = (part: PromptPart): part is UserPart =>
  part.type === "text" || part.type === "image" || part.type === "audio" || part.type === "document";

function encodeResult({ callId, parts, isError }: ToolResultPart): Json {
  const text = joinTexts(parts);
  // There is no flag for it, and a model that is not told takes the text for a result.
  return { role: "tool", tool_call_id: callId, content: isError ? `Error: ${text}` : text };
}

function attachedMedia({ callId, parts }: ToolResultPart): readonly UserPart[] {
  const media = parts.filter((part) => part.type !== "text");
  return media.length === 0 ? [] : [{ type: "text", text: `Attached to the result of ${callId}:` }, ...media];
}

const joinTexts = (parts: readonly PromptPart[]): string =>
  parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(PARAGRAPH);

/** One text is a string: some providers take nothing else. */
function encodeContent(parts: readonly UserPart[]): string | readonly Json[] {
  const [only] = parts;
  return parts.length === 1 && only?.type === "text" ? only.text : parts.map(encodePart);
}

function encodePart(part: UserPart): Json {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image": {
      const { source, detail } = part;
      const url = source.type === "url" ? source.url : dataUrl(source);
      return { type: "image_url", image_url: detail === null ? { url } : { url, detail } };
    }
    case "audio":
      return { type: "input_audio", input_audio: encodeAudio(part) };
    case "document":
    default:
      return encodeDocument(part);
  }
}

function encodeAudio({ source }: AudioPart): Json {
  if (source.type === "url")
    throw invalidParameter("messages", "hold sound by its address, which this model cannot read.");
  const subtype = source.mediaType.replace(/^audio\/(?:x-)?/, "");
  return { data: source.data, format: AUDIO_FORMATS.get(subtype) ?? subtype };
}

function encodeDocument({ source, name }: DocumentPart): Json {
  if (source.type === "url") {
    throw invalidParameter("messages", "hold a document by its address, which this model cannot read.");
  }
  if (!source.mediaType.startsWith("text/")) {
    return { type: "file", file: { filename: name ?? "document.pdf", file_data: dataUrl(source) } };
  }
  const text = fromBase64(source.data);
  if (text === null) throw invalidParameter("messages", "hold a text document that is not UTF-8.");
  return { type: "text", text: name === null ? text : `${name}${PARAGRAPH}${text}` };
}

const dataUrl = ({ mediaType, data }: { readonly mediaType: string; readonly data: string }): string =>
  `data:${mediaType};base64,${data}`;

function encodeAssistant(parts: readonly PromptPart[], takesReasoning: boolean): Json {
  const calls = parts.filter((part) => part.type === "tool-call").map(encodeCall);
  const images = parts.filter((part) => part.type === "image").map(encodePart);
  const texts = parts.filter((part) => part.type === "text");
  const refusal = parts.flatMap((part) => (part.type === "refusal" ? [part.text] : [])).join("");
  const content = texts.map(({ text }) => text).join("");
  const hasNoText = texts.length === 0 && (calls.length > 0 || refusal !== "");
  return {
    role: "assistant",
    ...(takesReasoning ? encodeReasoning(parts.filter((part) => part.type === "reasoning")) : {}),
    content: hasNoText ? null : content,
    ...(refusal === "" ? {} : { refusal }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function encodeCall({ id, name, arguments: text, signature }: ToolCallPart): Json {
  const extra = { google: { thought_signature: signature?.value } };
  return {
    id,
    type: "function",
    function: { name, arguments: text },
    ...(signature?.format === FORMAT ? { extra_content: extra } : {}),
  };
}

/** DeepSeek, Moonshot and vLLM read the text; OpenRouter reads the entries, which it made. */
function encodeReasoning(parts: readonly ReasoningPart[]): Json {
  const text = parts.map((part) => part.text).join("");
  const own = parts.filter(({ signature }) => signature?.format === FORMAT);
  return {
    ...(text === "" ? {} : { reasoning_content: text }),
    ...(own.length === 0
      ? {}
      : { reasoning_details: own.map((part, index) => writeReasoningDetail({ ...part, index })) }),
  };
}
