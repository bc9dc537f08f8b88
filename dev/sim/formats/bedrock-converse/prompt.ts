import { countTokens } from "../../tokens.ts";
import type { Segment } from "../anthropic-messages/prompt.ts";
import type { ConverseBlock, ConverseRequest } from "./request.ts";

const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_IMAGE = 1_500;
const TOKENS_PER_DOCUMENT = 2_000;
const TOKENS_PER_VIDEO = 3_000;

/** Every text of the prompt, in order, the system's first. */
export function textsOf(request: ConverseRequest): string[] {
  const texts = (blocks: readonly { readonly text?: string | undefined }[]) => blocks.flatMap(({ text }) => text ?? []);
  return [...texts(request.system ?? []), ...request.messages.flatMap(({ content }) => texts(content))];
}

/** The prompt in the order that prefixes are made of (tools, system, messages). A cache point marks what stands before it. */
export function segmentsOf(request: ConverseRequest): Segment[] {
  const segments: Segment[] = [];
  const add = (cachePoint: ConverseBlock["cachePoint"], text: string, tokens: number) => {
    if (cachePoint === undefined) segments.push({ text, tokens, cacheControl: null });
    const last = segments.at(-1);
    if (cachePoint === undefined || last === undefined) return;
    segments[segments.length - 1] = { ...last, cacheControl: { type: "ephemeral", ttl: cachePoint.ttl ?? "5m" } };
  };
  for (const tool of request.toolConfig?.tools ?? []) {
    const text = JSON.stringify(tool);
    add(tool.cachePoint, text, countTokens(text));
  }
  for (const block of request.system ?? []) add(block.cachePoint, JSON.stringify(block), countBlock(block));
  for (const { role, content } of request.messages) {
    for (const [at, block] of content.entries()) {
      const tokens = countBlock(block) + (at === 0 ? TOKENS_PER_MESSAGE : 0);
      add(block.cachePoint, `${role} ${JSON.stringify(block)}`, tokens);
    }
  }
  return segments;
}

/** The tokens of a block by a rule that a test can repeat: texts, 3 per message, fixed sums for files. */
function countBlock(block: ConverseBlock): number {
  if (block.text !== undefined) return countTokens(block.text);
  if (block.image !== undefined) return TOKENS_PER_IMAGE;
  if (block.document !== undefined) return TOKENS_PER_DOCUMENT;
  if (block.video !== undefined) return TOKENS_PER_VIDEO;
  if (block.cachePoint !== undefined) return 0;
  const { reasoningContent, toolUse, toolResult } = block;
  if (reasoningContent !== undefined && "reasoningText" in reasoningContent) {
    return countTokens(reasoningContent.reasoningText.text);
  }
  if (toolUse !== undefined) return countTokens(toolUse.name) + countTokens(JSON.stringify(toolUse.input));
  if (toolResult === undefined) return countTokens(JSON.stringify(block));
  return toolResult.content.reduce((sum, inner) => {
    if ("text" in inner) return sum + countTokens(inner.text);
    if ("image" in inner) return sum + TOKENS_PER_IMAGE;
    return sum + ("json" in inner ? countTokens(JSON.stringify(inner.json)) : TOKENS_PER_DOCUMENT);
  }, 0);
}
