import { AppError } from "#kernel";
import { invalidParameter, isRecord } from "../parse-body.ts";
import type { PromptParameter } from "../parameters.ts";
import { checkPartUrl } from "../public-url.ts";
import type { TextTally } from "../text-tally.ts";

/** What the content of a request holds. Texts go into the tally. */
export interface ContentCounts {
  images: number;
  files: number;
  /** Some block is of a kind whose input we cannot bound: what a server tool found, a file of a container. */
  hasOtherBlocks: boolean;
  readonly tally: TextTally;
  readonly uses: Map<PromptParameter, string>;
}

type Block = Readonly<Record<string, unknown>>;

/** Blocks that are nothing but their texts. Signatures and encrypted results are text too: they hold what the model reads. */
const TEXT_BLOCKS: ReadonlySet<string> = new Set([
  "text",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "server_tool_use",
  "web_search_tool_result",
  "search_result",
]);

const LABELS: ReadonlySet<string> = new Set(["type", "id", "tool_use_id", "media_type", "ttl"]);

/**
 * Checks and counts the content of one message: a string, or blocks. It checks what would otherwise cost an upstream call
 * to learn; a new member passes. Throws AppError `invalid_parameter` or `unsupported_parameter`.
 */
export function countContent(content: unknown, path: string, counts: ContentCounts): void {
  if (typeof content === "string") return counts.tally.add(content);
  if (!Array.isArray(content)) throw invalidParameter(path, "must be a string or an array of content blocks.");
  for (const [index, block] of content.entries()) {
    const at = `${path}[${index}]`;
    if (!isRecord(block)) throw invalidParameter(at, "must be an object.");
    countBlock(block, at, counts);
  }
}

function countBlock(block: Block, at: string, counts: ContentCounts): void {
  const { type } = block;
  if (typeof type !== "string") throw invalidParameter(`${at}.type`, "is required and must be a string.");
  if (isRecord(block["cache_control"])) use(counts, "prompt_cache", `${at}.cache_control`);
  if (type === "image") {
    counts.images += 1;
    use(counts, "image_input", at);
    countMedia(block, at, counts);
  } else if (type === "document") {
    use(counts, "document_input", at);
    countDocument(block, at, counts);
  } else if (type === "tool_result") {
    requireText(block, "tool_use_id", at);
    if (block["content"] !== undefined) countContent(block["content"], `${at}.content`, counts);
    countMembers(block, counts, ["content"]);
  } else {
    if (type === "text") requireText(block, "text", at);
    if (type === "tool_use") checkToolUse(block, at);
    if (!TEXT_BLOCKS.has(type)) counts.hasOtherBlocks = true;
    countMembers(block, counts, []);
  }
}

function checkToolUse(block: Block, at: string): void {
  requireText(block, "id", at);
  requireText(block, "name", at);
  if (!isRecord(block["input"])) throw invalidParameter(`${at}.input`, "is required and must be an object.");
}

function countDocument(block: Block, at: string, counts: ContentCounts): void {
  const source = sourceOf(block, at);
  const { type } = source;
  if (type === "text") countMembers(block, counts, []);
  else if (type === "content") {
    countContent(source["content"], `${at}.source.content`, counts);
    countMembers(block, counts, ["source"]);
  } else {
    counts.files += 1;
    countMedia(block, at, counts);
  }
}

/** A medium counts as an item; whatever stands beside its payload is text. */
function countMedia(block: Block, at: string, counts: ContentCounts): void {
  const source = sourceOf(block, at);
  const payload = source["type"] === "url" ? "url" : "data";
  const text = requireText(source, payload, `${at}.source`);
  if (payload === "url") checkPartUrl(text, `${at}.source.url`);
  countMembers(block, counts, ["source"]);
  countMembers(source, counts, [payload]);
}

/** Uploaded files belong to an account at the provider, and that account is ours. */
function sourceOf(block: Block, at: string): Block {
  const { source } = block;
  if (!isRecord(source)) throw invalidParameter(`${at}.source`, "is required and must be an object.");
  if (source["type"] === "file") {
    const param = `${at}.source`;
    throw new AppError("unsupported_parameter", { param, params: { param } });
  }
  return source;
}

function requireText(block: Block, name: string, at: string): string {
  const { [name]: text } = block;
  if (typeof text !== "string") throw invalidParameter(`${at}.${name}`, "is required and must be a string.");
  return text;
}

function countMembers(block: Block, { tally }: ContentCounts, except: readonly string[]): void {
  for (const [name, value] of Object.entries(block)) if (!except.includes(name)) countValue(value, tally, name);
}

/** Objects count as the model reads them: with their names and numbers. */
function countValue(value: unknown, tally: TextTally, name: string): void {
  if (typeof value === "string") {
    if (LABELS.has(name)) tally.addLabel(value);
    else tally.add(value);
  } else if (typeof value === "object" && value !== null) tally.add(JSON.stringify(value));
}

function use({ uses }: ContentCounts, parameter: PromptParameter, name: string): void {
  if (!uses.has(parameter)) uses.set(parameter, name);
}
