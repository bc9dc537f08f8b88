import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { parseAnthropicRequest } from "../../../src/wire/anthropic-messages/request.ts";
import { parseGeminiRequest } from "../../../src/wire/gemini/request.ts";
import { parseChatRequest } from "../../../src/wire/openai-chat/request.ts";
import { parseResponsesRequest } from "../../../src/wire/openai-responses/request.ts";

interface Place {
  readonly name: string;
  /** The member that an error must name. */
  readonly param: string;
  readonly parse: (url: string) => unknown;
}

const chat = (part: object, member = "content") =>
  parseChatRequest(JSON.stringify({ model: "m", messages: [{ role: "assistant", content: "", [member]: [part] }] }));
const responses = (item: object) => parseResponsesRequest(JSON.stringify({ model: "m", input: [item] }));
const said = (part: object) => responses({ role: "user", content: [part] });
const anthropic = (block: object) =>
  parseAnthropicRequest(
    JSON.stringify({
      model: "m",
      max_tokens: 9,
      messages: [{ role: "user", content: [{ type: "text", text: "a" }, block] }],
    }),
  );
const gemini = (body: object) =>
  parseGeminiRequest(JSON.stringify({ contents: [{ parts: [{ text: "a" }] }], ...body }), { model: "m", stream: null });
const result = (part: object) => ({ functionResponse: { name: "f", response: {}, parts: [part] } });

const PLACES: readonly Place[] = [
  {
    name: "chat: an image",
    param: "messages[0].content[0].image_url.url",
    parse: (url) => chat({ type: "image_url", image_url: { url, detail: "low" } }),
  },
  {
    name: "chat: an image, its address alone",
    param: "messages[0].content[0].image_url",
    parse: (url) => chat({ type: "image_url", image_url: url }),
  },
  {
    name: "chat: an image of an earlier answer",
    param: "messages[0].images[0].image_url.url",
    parse: (url) => chat({ type: "image_url", image_url: { url } }, "images"),
  },
  {
    name: "chat: a file",
    param: "messages[0].content[0].file.file_data",
    parse: (url) => chat({ type: "file", file: { file_data: url } }),
  },
  {
    name: "chat: a sound",
    param: "messages[0].content[0].input_audio.data",
    parse: (url) => chat({ type: "input_audio", input_audio: { data: url, format: "wav" } }),
  },
  {
    name: "responses: an image",
    param: "input[0].content[0].image_url",
    parse: (url) => said({ type: "input_image", image_url: url }),
  },
  {
    name: "responses: a file",
    param: "input[0].content[0].file_url",
    parse: (url) => said({ type: "input_file", file_url: url }),
  },
  {
    name: "responses: a file's data",
    param: "input[0].content[0].file_data",
    parse: (url) => said({ type: "input_file", file_data: url }),
  },
  {
    name: "responses: an image that a tool gave",
    param: "input[0].output[0].image_url",
    parse: (url) =>
      responses({ type: "function_call_output", call_id: "c", output: [{ type: "input_image", image_url: url }] }),
  },
  {
    name: "responses: a screenshot",
    param: "input[0].output.image_url",
    parse: (url) =>
      responses({
        type: "computer_call_output",
        call_id: "c",
        output: { type: "computer_screenshot", image_url: url },
      }),
  },
  ...["image", "document"].map((type) => ({
    name: `messages: an ${type}`,
    param: "messages[0].content[1].source.url",
    parse: (url: string) => anthropic({ type, source: { type: "url", url } }),
  })),
  {
    name: "messages: an image that a tool gave",
    param: "messages[0].content[1].content[0].source.url",
    parse: (url) =>
      anthropic({
        type: "tool_result",
        tool_use_id: "t",
        content: [{ type: "image", source: { type: "url", url } }],
      }),
  },
  {
    name: "messages: an image inside a document",
    param: "messages[0].content[1].source.content[0].source.url",
    parse: (url) =>
      anthropic({
        type: "document",
        source: { type: "content", content: [{ type: "image", source: { type: "url", url } }] },
      }),
  },
  {
    name: "gemini: a file",
    param: "contents[1].parts[0].fileData.fileUri",
    parse: (fileUri) =>
      gemini({ contents: [{ parts: [] }, { parts: [{ fileData: { fileUri, mimeType: "image/png" } }] }] }),
  },
  {
    name: "gemini: a file in the other spelling",
    param: "contents[0].parts[0].file_data.file_uri",
    parse: (url) => gemini({ contents: [{ parts: [{ file_data: { file_uri: url } }] }] }),
  },
  {
    name: "gemini: a part without its list",
    param: "contents[0].parts[0].fileData.fileUri",
    parse: (fileUri) => gemini({ contents: [{ parts: { fileData: { fileUri } } }] }),
  },
  {
    name: "gemini: a file that a tool gave",
    param: "contents[0].parts[0].functionResponse.parts[0].fileData.fileUri",
    parse: (fileUri) => gemini({ contents: [{ parts: [result({ fileData: { fileUri } })] }] }),
  },
  {
    name: "gemini: a file of the instructions",
    param: "systemInstruction.parts[0].fileData.fileUri",
    parse: (fileUri) => gemini({ systemInstruction: { parts: [{ fileData: { fileUri } }] } }),
  },
];

const REFUSED = [
  "http://example.com/a.png",
  "https://127.0.0.1/a.png",
  "https://2130706433/a.png",
  "https://[::ffff:7f00:1]/a.png",
  "https://[fe80::1]/a.png",
  "https://169.254.169.254/latest/meta-data",
  "https://10.0.0.1/",
  "https://intranet/a.png",
  "https://example.com:8443/a.png",
  "https://key:word@example.com/a.png",
  "HTTPS://LOCALHOST/a.png",
  "http:127.0.0.1",
  " \u0001https://127.0.0.1/",
  "ht\ntps://127.0.0.1/",
  "https://example.com\\@127.0.0.1/",
  "https://127.0.0.1\n.example.com/",
] as const;

const ALLOWED = [
  "https://pictures.example.com/a b.png?x=1",
  " https://pictures.example.com/a.png\n",
  "data:image/png;base64,aHR0cDovLzEyNy4wLjAuMS8=",
  "gs://bucket/a.png",
  "s3://bucket/a.png",
  "aHR0cA==",
  "http",
] as const;

/** The code and the member of the refusal; null where there was none. */
function refusalOf(act: () => unknown): readonly unknown[] | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof AppError ? [error.code, error.param] : [error];
  }
}

describe("G20: addresses of media in a text request, before anything passes on", () => {
  it.each(PLACES)("G20: $name must be public where it is http or https", ({ parse, param }) => {
    for (const url of REFUSED)
      expect(
        refusalOf(() => parse(url)),
        url,
      ).toEqual(["invalid_parameter", param]);
  });

  it.each(PLACES)("G20: $name may be public, data, or known to the provider alone", ({ parse }) => {
    for (const url of ALLOWED)
      expect(
        refusalOf(() => parse(url)),
        url,
      ).toBeNull();
  });

  it("G20: the refusal says nothing of the address", () => {
    const refused = () => chat({ type: "image_url", image_url: { url: "https://u:SECRET@example.com/" } });
    expect(refused).toThrow(AppError);
    expect(refused).not.toThrow(/SECRET/);
  });

  it("G20: an address of Responses that is no text is refused", () => {
    const act = () => said({ type: "input_image", image_url: { url: "https://127.0.0.1/" } });
    expect(refusalOf(act)).toEqual(["invalid_parameter", "input[0].content[0].image_url"]);
  });

  it("G20: a part of Gemini's without its list counts as the medium that it is", () => {
    const part = { fileData: { fileUri: "gs://b/a.png", mimeType: "image/png" } };
    expect(
      parseGeminiRequest(JSON.stringify({ contents: [{ parts: part }] }), { model: "m", stream: null }).input,
    ).toMatchObject({
      images: 1,
      textBytes: 0,
    });
  });
});
