import { openAiResponsesClient } from "#wire";
import type { GatewayContext } from "../context.ts";
import { prepareText } from "../inference/prepare-text.ts";
import { prepareTokenCount } from "../inference/prepare-token-count.ts";
import { BODY_SAYS } from "../inference/route-hints.ts";
import { runInference } from "../inference/run-inference.ts";

const RESPONSES = prepareText(openAiResponsesClient, BODY_SAYS);
const TOKENS = prepareTokenCount(openAiResponsesClient, BODY_SAYS);

/** `POST /v1/responses`: OpenAI's. */
export const createResponse = (context: GatewayContext): Promise<Response> => runInference(context, RESPONSES);

/** `POST /v1/responses/input_tokens`. */
export const countResponseTokens = (context: GatewayContext): Promise<Response> => runInference(context, TOKENS);
