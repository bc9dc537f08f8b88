import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/** Amazon Bedrock. Its key is `accessKeyId:secretAccessKey[:sessionToken]`, its region that of the base URL. */
export const BEDROCK: ProviderSpec = {
  id: "bedrock",
  defaultBaseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
  env: { apiKey: "BEDROCK_API_KEY", baseUrl: "BEDROCK_BASE_URL" },
  operations: ["chat.completions"],
  load: loadOnce(() => import("./adapter.ts")),
};
