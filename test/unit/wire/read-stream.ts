import * as z from "zod";

/** What a client makes of a chat stream. Written apart from src/wire, so that tests compare two readings. */
export interface ClientView {
  readonly text: string;
  readonly toolArguments: readonly string[];
  readonly finishReason: string | null;
  readonly usage: unknown;
  readonly done: boolean;
  readonly chunks: number;
}

const chunk = z.looseObject({
  choices: z.array(
    z.looseObject({
      delta: z.looseObject({
        content: z.string().nullish(),
        tool_calls: z
          .array(z.looseObject({ index: z.number(), function: z.looseObject({ arguments: z.string().nullish() }) }))
          .nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.unknown().optional(),
});

export function readAsClient(bytes: Uint8Array): ClientView {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  const toolArguments: string[] = [];
  let data: string[] = [];
  let text = "";
  let finishReason: string | null = null;
  let usage: unknown = null;
  let done = false;
  let chunks = 0;
  const see = (event: string): void => {
    if (event === "[DONE]") {
      done = true;
      return;
    }
    chunks += 1;
    const parsed = chunk.parse(JSON.parse(event));
    usage = parsed.usage ?? usage;
    for (const choice of parsed.choices) {
      text += choice.delta.content ?? "";
      finishReason = choice.finish_reason ?? finishReason;
      for (const call of choice.delta.tool_calls ?? []) {
        toolArguments[call.index] = (toolArguments[call.index] ?? "") + (call.function.arguments ?? "");
      }
    }
  };
  for (const line of lines) {
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    else if (line === "" && data.length > 0) {
      see(data.join("\n"));
      data = [];
    }
  }
  return { text, toolArguments, finishReason, usage, done, chunks };
}
