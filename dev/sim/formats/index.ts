import type { Format } from "../format.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiEmbeddings } from "./openai-embeddings/index.ts";

/** Every wire format the simulator speaks, by its path below a provider's base. */
export const FORMATS: ReadonlyMap<string, Format> = new Map(
  [openaiChat, openaiEmbeddings].map((format) => [format.path, format]),
);
