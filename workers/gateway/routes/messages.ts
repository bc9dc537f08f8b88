import { anthropicClient } from "#wire";
import type { GatewayContext } from "../context.ts";
import { prepareText } from "../inference/prepare-text.ts";
import { prepareTokenCount } from "../inference/prepare-token-count.ts";
import { BODY_SAYS } from "../inference/route-hints.ts";
import { runInference } from "../inference/run-inference.ts";

const MESSAGES = prepareText(anthropicClient, BODY_SAYS);
const TOKENS = prepareTokenCount(anthropicClient, BODY_SAYS);

/** `POST /v1/messages`: Anthropic's. */
export const createMessage = (context: GatewayContext): Promise<Response> => runInference(context, MESSAGES);

/** `POST /v1/messages/count_tokens`. */
export const countMessageTokens = (context: GatewayContext): Promise<Response> => runInference(context, TOKENS);
