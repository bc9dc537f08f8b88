import { describe, expect, it } from "vitest";
import { anthropicUpstream, converseUpstream, geminiUpstream, parseChatRequest } from "#wire";
import { refusal } from "../../support/wire/refusal.ts";

const STRICT = [
  { codec: anthropicUpstream, upstreamModel: "claude-opus-4-8" },
  { codec: converseUpstream, upstreamModel: "anthropic.claude-opus-4-8" },
  { codec: geminiUpstream, upstreamModel: "gemini-3-pro-preview" },
];
const user = { role: "user", content: "a" };
const calling = (...ids: readonly string[]) => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
});
const answer = (id: string) => ({ role: "tool", tool_call_id: id, content: "o" });
const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
const encode = ({ codec, upstreamModel }: (typeof STRICT)[number], messages: readonly object[]) =>
  codec.encodeRequest(parseChatRequest(JSON.stringify({ model: "m", messages, tools })).decode(), {
    upstreamModel,
    stream: false,
    outputTokens: 5,
  });

describe.each(STRICT)("calls and results asked of $codec.format", (target) => {
  it.each<[string, readonly object[]]>([
    ["a call without its result", [user, calling("c"), user]],
    ["one of two without", [user, calling("c", "d"), answer("c"), user]],
    ["a result a turn late", [user, calling("c"), user, { role: "assistant", content: "b" }, answer("c")]],
    ["a result of no call", [user, { role: "assistant", content: "b" }, answer("c")]],
    ["a result twice", [user, calling("c"), answer("c"), answer("c")]],
    ["a call that nobody asked for", [calling("c"), answer("c")]],
  ])("%s is refused as messages, before anything is sent", (_, messages) => {
    expect(refusal(() => encode(target, messages))).toMatchObject({ code: "invalid_parameter", param: "messages" });
  });

  it.each<[string, readonly object[]]>([
    ["all answered, in another order", [user, calling("c", "d"), answer("d"), answer("c"), user]],
    ["instructions between", [user, calling("c"), { role: "system", content: "s" }, answer("c")]],
    ["silence between", [user, calling("c"), { role: "user", content: "" }, answer("c")]],
    ["calls in two messages of one turn", [user, calling("c"), calling("d"), answer("c"), answer("d")]],
    ["an id again in a later turn", [user, calling("c"), answer("c"), calling("c"), answer("c")]],
  ])("%s stand", (_, messages) => {
    expect(JSON.stringify(encode(target, messages))).toContain('"o"');
  });
});
