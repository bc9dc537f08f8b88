import { openAiCompletionsClient } from "#wire";
import type { GatewayContext } from "../context.ts";
import { prepareText } from "../inference/prepare-text.ts";
import { BODY_SAYS } from "../inference/route-hints.ts";
import { runInference } from "../inference/run-inference.ts";

const COMPLETIONS = prepareText(openAiCompletionsClient, BODY_SAYS);

/** `POST /v1/completions`: OpenAI's older text completions. */
export const createCompletion = (context: GatewayContext): Promise<Response> => runInference(context, COMPLETIONS);
