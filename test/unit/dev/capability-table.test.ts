import { describe, expect, it } from "vitest";
import {
  anthropicClient,
  encodePrompt,
  geminiClient,
  openAiChatClient,
  openAiResponsesClient,
  PROMPT_PARAMETERS,
  type ClientCodec,
  type PromptParameter,
  type UpstreamCodec,
} from "#wire";
import { PROVIDERS } from "#providers";
import { capabilityTable, UPSTREAM_CODECS } from "../../../dev/docs/capability-table.ts";

const NO_ROUTE = { model: null, stream: null };
const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const FUNCTION = { name: "f", parameters: SCHEMA };
const chat = (fields: object) => ({ model: "m", messages: [{ role: "user", content: "x" }], ...fields });
const messages = (fields: object) => ({ max_tokens: 64, ...chat(fields) });

/** What a caller of each format sends to use a parameter, and the name by which it must be refused or reported. */
const USES: readonly (readonly [ClientCodec, PromptParameter, object, string])[] = [
  [openAiChatClient, "top_k", chat({ top_k: 5 }), "top_k"],
  [openAiChatClient, "seed", chat({ seed: 5 }), "seed"],
  [openAiChatClient, "n", chat({ n: 2 }), "n"],
  [openAiChatClient, "logprobs", chat({ logprobs: true }), "logprobs"],
  [openAiChatClient, "logit_bias", chat({ logit_bias: { "5": 1 } }), "logit_bias"],
  [openAiChatClient, "presence_penalty", chat({ presence_penalty: 0.5 }), "presence_penalty"],
  [openAiChatClient, "frequency_penalty", chat({ frequency_penalty: 0.5 }), "frequency_penalty"],
  [openAiChatClient, "user", chat({ user: "u" }), "user"],
  [openAiChatClient, "verbosity", chat({ verbosity: "low" }), "verbosity"],
  [openAiChatClient, "json_mode", chat({ response_format: { type: "json_object" } }), "response_format"],
  [openAiChatClient, "tools", chat({ tools: [{ type: "function", function: FUNCTION }] }), "tools"],
  [openAiResponsesClient, "verbosity", { model: "m", input: "x", text: { verbosity: "low" } }, "text.verbosity"],
  [anthropicClient, "top_k", messages({ top_k: 5 }), "top_k"],
  [anthropicClient, "stop", messages({ stop_sequences: ["a"] }), "stop_sequences"],
  [
    geminiClient,
    "seed",
    { contents: [{ parts: [{ text: "x" }] }], generationConfig: { seed: 1 } },
    "generationConfig.seed",
  ],
];

/** Converse knows some parameters for one maker's models only. */
const modelOf = ({ format }: UpstreamCodec) => (format === "bedrock-converse" ? "anthropic.claude-sonnet-4-5" : "m");

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

describe("the capability table", () => {
  it("states every parameter for every format, and covers every provider", async () => {
    const { parameters, providers } = await capabilityTable();
    expect(parameters.map(({ parameter }) => parameter)).toEqual([...PROMPT_PARAMETERS]);
    for (const { support } of parameters) {
      for (const { format } of UPSTREAM_CODECS)
        expect(support[format]).toMatch(/^(supported|translated|dropped|refused)$/);
    }
    expect(providers.map(({ id }) => id)).toEqual(PROVIDERS.map(({ id }) => id));
  });

  describe.each(USES.map(([client, parameter, body, name]) => ({ client, parameter, body, name })))(
    "$client.format $parameter",
    ({ client, parameter, body, name }) => {
      const route = client.format === "gemini" ? { model: "m", stream: false } : NO_ROUTE;
      it.each(UPSTREAM_CODECS.filter(({ format }) => format !== client.format).map((codec) => ({ codec })))(
        "is what the table says of $codec.format",
        ({ codec }) => {
          const request = client.parseRequest(JSON.stringify(body), route);
          const support = codec.parameters[parameter];
          const encode = () =>
            encodePrompt(codec, request, { upstreamModel: modelOf(codec), stream: false, outputTokens: 64 });
          expect(request.uses.get(parameter)).toBe(name);
          if (support === "refused") {
            expect(thrownBy(encode)).toMatchObject({ code: "unsupported_parameter", param: name });
          } else if (support === "dropped") expect(encode().droppedParams).toContain(name);
          else expect(encode().droppedParams).not.toContain(name);
        },
      );
    },
  );
});
