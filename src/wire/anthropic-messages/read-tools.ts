import { createMemberReader, type MemberReader } from "../member-reader.ts";
import type { PromptParameter } from "../parameters.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import { SEARCHES_MAXIMUM, type TextExtra } from "../text-request.ts";

export const TOOLS_MAXIMUM = 1024;

/** What a request's tools mean for its price. */
export interface ReadTools {
  readonly count: number;
  /** Tools that the client runs and Anthropic describes to the model, at a length nobody else knows. */
  readonly providerWritten: number;
  readonly extras: readonly TextExtra[];
  /** Null where some search has no `max_uses`, or there is none. */
  readonly searchesMaximum: number | null;
}

const WEB_SEARCH = /^web_search_\d{8}$/;
const PROVIDER_WRITTEN = /^(?:bash|text_editor|memory|computer)_\d{8}$/;

/** Checks the tools and the choice among them. Whatever the provider runs itself, other than searches, is an extra that nobody priced. */
export function readTools(body: MemberReader, uses: Map<PromptParameter, string>): ReadTools {
  const tools = body.list("tools", TOOLS_MAXIMUM) ?? [];
  const extras = new Set<TextExtra>();
  const searches: (number | null)[] = [];
  let searchesLeft = SEARCHES_MAXIMUM;
  let providerWritten = 0;
  for (const [index, tool] of tools.entries()) {
    const path = `tools[${index}]`;
    if (!isRecord(tool)) throw invalidParameter(path, "must be an object.");
    const reader = createMemberReader(tool, path);
    const type = reader.text("type") ?? "custom";
    if (reader.record("cache_control") && !uses.has("prompt_cache")) uses.set("prompt_cache", `${path}.cache_control`);
    if (WEB_SEARCH.test(type)) {
      extras.add("web_search");
      const maximum = reader.count("max_uses", 1, searchesLeft);
      searchesLeft -= maximum ?? 0;
      searches.push(maximum);
      uses.set("web_search", path);
    } else if (PROVIDER_WRITTEN.test(type)) providerWritten += 1;
    else if (type !== "custom") extras.add("server_tool");
    else if (reader.text("name") === null) throw invalidParameter(`${path}.name`, "is required and must be a string.");
    else if (!uses.has("tools")) uses.set("tools", "tools");
  }
  readChoice(body, uses);
  return { count: tools.length, providerWritten, extras: [...extras], searchesMaximum: sum(searches) };
}

function readChoice(body: MemberReader, uses: Map<PromptParameter, string>): void {
  const record = body.record("tool_choice");
  if (!record) return;
  const choice = createMemberReader(record, "tool_choice");
  const type = choice.text("type");
  if (type === null) throw invalidParameter("tool_choice.type", "is required and must be a string.");
  // What everybody does anyway asks for nothing.
  if (type !== "auto") uses.set("tool_choice", "tool_choice");
  if (choice.flag("disable_parallel_tool_use") === true) {
    uses.set("parallel_tool_calls", "tool_choice.disable_parallel_tool_use");
  }
}

function sum(searches: readonly (number | null)[]): number | null {
  let total = 0;
  for (const maximum of searches) {
    if (maximum === null) return null;
    total += maximum;
  }
  return searches.length === 0 ? null : total;
}
