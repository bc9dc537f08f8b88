import type { MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";

/** OpenAI allows 128. */
export const TOOLS_MAXIMUM = 1_024;

/** Tools that the client runs. A namespace is a list of functions. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set(["function", "custom", "namespace"]);
/** Tools that the client runs by a definition that OpenAI adds itself. */
const BUILT_IN_CLIENT_TOOLS: ReadonlySet<string> = new Set(["local_shell", "apply_patch"]);
/** More than any of those definitions can be; OpenAI does not publish them. */
const HIDDEN_TOOL_BYTES = 4_096;
/** `web_search_preview` is none of them: OpenAI's list has another price for it, by whether the model reasons. */
const SEARCH_TOOL = /^web_search(?:_\d{4}_\d{2}_\d{2})?$/;

export interface ReadTools {
  readonly count: number;
  readonly searches: boolean;
  /** Some tool is one that the provider runs, other than a web search that has a price. */
  readonly serves: boolean;
  readonly hiddenBytes: number;
}

export const isSearchTool = (type: string): boolean => SEARCH_TOOL.test(type);

/** Sorts the tools by who runs them. Throws AppError `invalid_parameter` that names the first tool at fault. */
export function readTools(body: MemberReader): ReadTools {
  const tools = body.list("tools", TOOLS_MAXIMUM) ?? [];
  let searches = false;
  let serves = false;
  let hidden = 0;
  for (const [index, tool] of tools.entries()) {
    if (!isRecord(tool)) throw invalidParameter(`tools[${index}]`, "must be an object.");
    const { type } = tool;
    if (typeof type !== "string") throw invalidParameter(`tools[${index}].type`, "is required and must be a string.");
    if (CLIENT_TOOLS.has(type)) continue;
    hidden += 1;
    if (isSearchTool(type)) searches = true;
    else if (!BUILT_IN_CLIENT_TOOLS.has(type)) serves = true;
  }
  return { count: tools.length, searches, serves, hiddenBytes: hidden * HIDDEN_TOOL_BYTES };
}
