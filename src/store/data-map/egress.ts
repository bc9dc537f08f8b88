import type { EgressHost } from "#privacy";

/** Upstreams get the request's content, and nothing that says who sent it (policy sections 3 and 7). */
const modelProvider = (host: string): EgressHost => ({
  host,
  recipient: "model_provider",
  categories: ["content"],
  purposes: ["routing"],
  clause: "3",
});

/** Whom a person chose to sign in with: they get a code of their own making back, and our secret. */
const signInProvider = (host: string): EgressHost => ({
  host,
  recipient: "sign_in_provider",
  categories: ["account"],
  purposes: ["authentication"],
  clause: "7",
});

/** Every host that our Workers send data to. */
export const egressHosts: readonly EgressHost[] = [
  modelProvider("api.openai.com"),
  modelProvider("api.anthropic.com"),
  modelProvider("generativelanguage.googleapis.com"),
  modelProvider("api.cohere.com"),
  modelProvider("api.cloudflare.com"),
  modelProvider("api.groq.com"),
  modelProvider("api.mistral.ai"),
  modelProvider("api.deepseek.com"),
  modelProvider("api.x.ai"),
  modelProvider("api.together.xyz"),
  modelProvider("api.fireworks.ai"),
  modelProvider("api.cerebras.ai"),
  modelProvider("api.perplexity.ai"),
  modelProvider("api.moonshot.ai"),
  modelProvider("dashscope-intl.aliyuncs.com"),
  modelProvider("api.z.ai"),
  modelProvider("api.minimax.io"),
  modelProvider("integrate.api.nvidia.com"),
  modelProvider("router.huggingface.co"),
  modelProvider("openrouter.ai"),
  modelProvider("api.sambanova.ai"),
  modelProvider("api.novita.ai"),
  modelProvider("inference.baseten.co"),
  // The part between names the region that the operator chose.
  modelProvider("bedrock-runtime.*.amazonaws.com"),
  signInProvider("oauth2.googleapis.com"),
  signInProvider("www.googleapis.com"),
  signInProvider("github.com"),
  signInProvider("api.github.com"),
  {
    // What a mail says, and to whom: nothing else of the account.
    host: "api.resend.com",
    recipient: "email_provider",
    categories: ["account"],
    purposes: ["communications"],
    clause: "7",
  },
  {
    // The database's own host is part of the connection string; all of them are below this domain.
    host: "*.neon.tech",
    recipient: "neon",
    categories: ["account", "billing", "usage", "operational"],
    purposes: ["wallet_settlement", "access_control", "maintenance"],
    clause: "7",
  },
  {
    // Names of attempts are hashed before they are sent; the part in front names the operator's own database.
    host: "*.upstash.io",
    recipient: "rate_limit_provider",
    categories: ["device", "account", "operational"],
    purposes: ["abuse_detection", "fraud_prevention"],
    clause: "7",
  },
  {
    // Webhooks: what an organization asked to be told of, at the public https address that it gave. Never content.
    host: "*",
    recipient: "customer",
    categories: ["account", "usage", "billing"],
    purposes: ["communications"],
    clause: "7",
  },
];
