import type { Format } from "../../format.ts";
import { cohereChat } from "./chat.ts";
import { cohereEmbed } from "./embed.ts";
import { cohereRerank } from "./rerank.ts";

/** Cohere's API of version 2. */
export const COHERE_FORMATS: readonly Format[] = [cohereChat, cohereEmbed, cohereRerank];
