import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../format.ts";
import { tokenFrom } from "../text.ts";
import { checkBearer, readBearer } from "./openai.ts";

/** Source: Cohere API reference, "Errors". 498: the prompt broke the usage guidelines. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: "invalid request: the directive asked for a refusal.",
  401: "invalid api token",
  402: "Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue.",
  403: "You do not have access to this resource.",
  404: "model 'command-sim' not found, make sure the correct model ID was used and that you have access to the model.",
  429: "You are past the per minute request limit, please wait and try again later.",
  498: "The request was blocked, as it may violate the usage guidelines.",
  503: "The server is overloaded, please try again later.",
};

/** Cohere's own: a Bearer key, errors with an id and a message and no type. */
export const COHERE: Dialect = {
  checkKey: ({ headers }) => (checkBearer(headers) === null ? null : refuse(401, "no api key supplied")),
  readKey: readBearer,
  badKey: () => refuse(401, MESSAGES[401] ?? ""),
  failure: (status) => refuse(status, MESSAGES[status] ?? (status >= 500 ? "internal server error" : "bad request")),
  renderError: ({ message }, { requestNumber }) => JSON.stringify({ id: cohereId(requestNumber), message }),
  headers: (requestNumber, promptTokens) => ({
    num_chars: String(promptTokens * 4),
    num_tokens: String(promptTokens),
    "x-debug-trace-id": tokenFrom(requestNumber, 32, "hex"),
  }),
};

const refuse = (status: number, message: string): Refusal => ({
  status,
  message,
  type: "error",
  param: null,
  code: null,
});

/** Cohere's ids are UUIDs. */
export function cohereId(requestNumber: number): string {
  const hex = tokenFrom(requestNumber, 32, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
