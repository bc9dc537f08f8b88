import { createMemberReader, type MemberReader } from "../member-reader.ts";
import type { PromptParameter, UsedParameters } from "../parameters.ts";
import type { TextExtra } from "../text-request.ts";
import type { MediaCounts } from "./count-input.ts";
import type { ReadTools } from "./read-tools.ts";

const INCLUDES_MAXIMUM = 64;
const DEFAULT_SERVICE_TIERS: ReadonlySet<string> = new Set(["auto", "default"]);
/** State between calls. `background` is one where it is true, and `conversation` may be a text or an object. */
const STATE_MEMBERS = ["previous_response_id", "conversation", "prompt", "context_management"] as const;

/** Asks for the log probabilities of what was said. */
export const LOGPROBS = "message.output_text.logprobs";

export const includes = (body: MemberReader): readonly string[] => body.texts("include", INCLUDES_MAXIMUM) ?? [];

/** An object that is a member, as a reader of its own; empty where absent. */
export const memberOf = (body: MemberReader, name: string): MemberReader =>
  createMemberReader(body.record(name) ?? {}, name);

/** Checks the types of the members, and says which parameters they use, in the caller's spelling. */
export function readUses(body: MemberReader, tools: ReadTools, media: MediaCounts): UsedParameters {
  const uses = new Map<PromptParameter, string>();
  const use = (parameter: PromptParameter, name: string, isUsed: boolean): void => {
    if (isUsed && !uses.has(parameter)) uses.set(parameter, name);
  };
  use("tools", "tools", tools.count > 0);
  const choice = body.raw("tool_choice") ?? "auto";
  use("tool_choice", "tool_choice", choice !== "auto");
  // True is what every provider does unasked.
  use("parallel_tool_calls", "parallel_tool_calls", body.flag("parallel_tool_calls") === false);
  readText(memberOf(body, "text"), use);
  use("reasoning", "reasoning", body.record("reasoning") !== null);
  use("temperature", "temperature", body.number("temperature") !== null);
  use("top_p", "top_p", body.number("top_p") !== null);
  use("logprobs", "top_logprobs", (body.count("top_logprobs", 0) ?? 0) > 0);
  use("logprobs", "include", includes(body).includes(LOGPROBS));
  use("user", "safety_identifier", body.text("safety_identifier") !== null);
  use("user", "user", body.text("user") !== null);
  use("metadata", "metadata", Object.keys(body.record("metadata") ?? {}).length > 0);
  use("service_tier", "service_tier", hasOtherTier(body));
  use("image_input", "input", media.images > 0);
  use("audio_input", "input", media.audios > 0);
  use("document_input", "input", media.files > 0);
  use("web_search", "tools", tools.searches);
  return uses;
}

function readText(text: MemberReader, use: (parameter: PromptParameter, name: string, isUsed: boolean) => void): void {
  const format = createMemberReader(text.record("format") ?? {}, "text.format").text("type") ?? "text";
  use("structured_output", "text.format", format === "json_schema");
  use("json_mode", "text.format", format === "json_object");
  use("verbosity", "text.verbosity", text.text("verbosity") !== null);
}

function hasOtherTier(body: MemberReader): boolean {
  const tier = body.text("service_tier");
  return tier !== null && !DEFAULT_SERVICE_TIERS.has(tier);
}

/** What is billed apart from tokens, or kept by the provider. */
export function readExtras(body: MemberReader, tools: ReadTools): readonly TextExtra[] {
  const extras: TextExtra[] = [];
  if (hasOtherTier(body)) extras.push("service_tier");
  if (tools.searches) extras.push("web_search");
  if (tools.serves) extras.push("server_tool");
  const keeps = STATE_MEMBERS.some((name) => (body.raw(name) ?? null) !== null);
  if (keeps || body.flag("background") === true) extras.push("server_state");
  return extras;
}
