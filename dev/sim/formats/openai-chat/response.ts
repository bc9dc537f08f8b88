import type { Identity } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import type { ChatFlavour } from "./flavours.ts";
import { makeChatId } from "./id.ts";
import { makeLogprobs } from "./logprobs.ts";
import type { ChatPlan, PlannedChoice } from "./plan.ts";

type Fields = Record<string, unknown>;

/** A completion that is not streamed. All but id and time is encoded once. */
export function responseTemplate(plan: ChatPlan, flavour: ChatFlavour) {
  const usage = plan.usage === null ? {} : { usage: flavour.usage(plan.usage) };
  const choices = plan.choices.map((choice) => choiceFields(choice, plan, flavour));
  const mistral = flavour.toolCalls === "mistral";
  const tail: Fields = mistral ? { ...usage, object: "chat.completion", choices } : { choices, ...usage };
  if (flavour.xGroq) tail["usage_breakdown"] = null;
  if (flavour.serviceTier !== null) tail["service_tier"] = flavour.serviceTier;
  if (flavour.fingerprint !== null) tail["system_fingerprint"] = flavour.fingerprint;
  if (flavour.xGroq) {
    tail["x_groq"] = { id: `req_${tokenFrom(plan.seed, 26)}`, seed: plan.seed % 2 ** 31 };
    tail["service_tier"] = "on_demand";
  }
  const indent = flavour.indented ? 2 : 0;
  const [open, gap, colon] = flavour.indented ? ["{\n  ", ",\n  ", ": "] : ["{", ",", ":"];
  const tailText = JSON.stringify(tail, null, indent).slice(open.length);
  const model = JSON.stringify(plan.model);
  const object = mistral ? "" : `"object"${colon}"chat.completion"${gap}`;
  return ({ number, createdSeconds }: Identity): string =>
    `${open}"id"${colon}"${makeChatId(flavour.id, number)}"${gap}${object}"created"${colon}${createdSeconds}${gap}"model"${colon}${model}${gap}${tailText}`;
}

function choiceFields(choice: PlannedChoice, plan: ChatPlan, flavour: ChatFlavour): Fields {
  const tokens = choice.toolCalls.length === 0 && !choice.refused ? choice.tokens : null;
  const logprobs = plan.topLogprobs === null || tokens === null ? null : makeLogprobs(tokens, plan.topLogprobs);
  if (flavour.toolCalls === "mistral") {
    return { index: choice.index, finish_reason: choice.finish, message: mistralMessage(choice) };
  }
  return { index: choice.index, message: messageFields(choice, flavour), logprobs, finish_reason: choice.finish };
}

function messageFields(choice: PlannedChoice, flavour: ChatFlavour): Fields {
  const reasoning =
    flavour.reasoningShown && choice.reasoningTokens.length > 0
      ? { reasoning_content: choice.reasoningTokens.join("") }
      : {};
  const closing = flavour.obfuscation ? { refusal: null, annotations: [] } : {};
  if (choice.refused && flavour.obfuscation) {
    return { role: "assistant", content: null, ...reasoning, refusal: choice.tokens.join(""), annotations: [] };
  }
  if (choice.toolCalls.length === 0) {
    return { role: "assistant", content: choice.tokens.join(""), ...reasoning, ...closing };
  }
  const calls = choice.toolCalls.map(({ id, name, argumentTokens }) => ({
    id: flavour.toolCalls === "whole" ? id.slice(0, 9) : `call_${id}`,
    type: "function",
    function: { name, arguments: argumentTokens.join("") },
  }));
  const content = flavour.xGroq ? {} : { content: null };
  return { role: "assistant", ...content, ...reasoning, tool_calls: calls, ...closing };
}

function mistralMessage(choice: PlannedChoice): Fields {
  if (choice.toolCalls.length === 0) return { role: "assistant", tool_calls: null, content: choice.tokens.join("") };
  const calls = choice.toolCalls.map(({ id, name, argumentTokens }, index) => ({
    id: id.slice(0, 9),
    function: { name, arguments: argumentTokens.join("") },
    index,
  }));
  return { role: "assistant", tool_calls: calls, content: "" };
}
