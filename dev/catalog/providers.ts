import type { EncodedProvider } from "../../src/catalog/encoded.ts";
import type { AbortPolicy, DataPolicy } from "../../src/catalog/types.ts";

export interface WiredProvider extends EncodedProvider {
  readonly id: string;
  /** Its ids in the price package; none when the package does not know it. */
  readonly packageIds: readonly string[];
  /** Where the abort policy was read. The published abort policy (docs) cites it. */
  readonly abortSource: Source | null;
}

interface Source {
  readonly url: string;
  readonly checked: string;
}

const read = (url: string, checked = "2026-11-25"): Source => ({ url, checked });

/** Names the providers that stop, and stop billing, at a cancelled stream, and those that do not. */
const CANCELLATION_TABLE = read("https://openrouter.ai/docs/api-reference/streaming", "2026-11-22");
/** Nothing found that binds the provider: it retains and trains. */
const UNKNOWN: DataPolicy = { retention: "unknown", training: "unknown", regions: null, source: null };

const known = (retention: DataPolicy["retention"], training: DataPolicy["training"], source: Source): DataPolicy => ({
  retention,
  training,
  regions: null,
  source,
});

/** A provider whose abort policy stands in the table; what it says about data stands next to it. */
function listed(
  id: string,
  packageIds: readonly string[],
  abort: AbortPolicy,
  dataPolicy: DataPolicy = UNKNOWN,
): WiredProvider {
  return { id, packageIds, abort, abortSource: CANCELLATION_TABLE, dataPolicy };
}

/** A provider of which nothing is known that binds it: the worst case of both policies. */
function unlisted(id: string, packageIds: readonly string[] = []): WiredProvider {
  return { id, packageIds, abort: "drain", abortSource: null, dataPolicy: UNKNOWN };
}

/**
 * The providers whose models the catalogue carries: adding one is an entry here, a row in src/providers, and a run of
 * `npm run catalog`. What a provider does not document is the worst case: `drain`, `unknown`. `temporary` retention
 * is the provider's default for an ordinary account (30 days for abuse monitoring), not what a contract may grant.
 */
export const WIRED_PROVIDERS: readonly WiredProvider[] = [
  listed(
    "openai",
    ["openai"],
    "cancel",
    known("temporary", "never", read("https://developers.openai.com/api/docs/guides/your-data", "2026-11-22")),
  ),
  listed(
    "anthropic",
    ["anthropic"],
    "cancel",
    known("temporary", "never", read("https://platform.claude.com/docs/en/manage-claude/api-and-data-retention")),
  ),
  // Of its paid services; a free key's content improves Google's products.
  listed("google", ["google"], "drain", known("temporary", "never", read("https://ai.google.dev/gemini-api/docs/zdr"))),
  // API inputs and outputs roll out after 30 days; whether they train depends on the plan, so that is unknown.
  listed(
    "mistral",
    ["mistral"],
    "drain",
    known("temporary", "unknown", read("https://legal.mistral.ai/terms/privacy-policy", "2026-11-22")),
  ),
  listed("deepseek", ["deepseek"], "cancel"),
  listed(
    "xai",
    ["x-ai"],
    "cancel",
    known("temporary", "never", read("https://docs.x.ai/docs/faq/security", "2026-11-22")),
  ),
  listed("cohere", ["cohere"], "cancel"),
  unlisted("moonshot", ["moonshotai"]),
  listed("qwen", [], "drain"),
  unlisted("zhipu", ["zai"]),
  listed("minimax", ["minimax"], "drain"),
  listed(
    "perplexity",
    ["perplexity"],
    "drain",
    known("none", "never", read("https://docs.perplexity.ai/docs/resources/privacy-security")),
  ),
  unlisted("nvidia"),
  // Groq retains nothing by default, but up to 30 days where abuse or a failure is looked into: so not `none`.
  listed(
    "groq",
    ["groq"],
    "drain",
    known("temporary", "unknown", read("https://console.groq.com/docs/your-data", "2026-11-22")),
  ),
  // Its retention mode `default`: nothing is kept but by the models that say so (facts/hosts.ts).
  listed(
    "bedrock",
    ["aws"],
    "drain",
    known("none", "never", read("https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html")),
  ),
  // Does not train; how long it keeps anything is not said.
  listed(
    "workers-ai",
    ["cloudflare"],
    "cancel",
    known("unknown", "never", read("https://developers.cloudflare.com/workers-ai/platform/data-usage/")),
  ),
  listed(
    "fireworks",
    ["fireworks"],
    "cancel",
    known("none", "never", read("https://docs.fireworks.ai/guides/security_compliance/data_security")),
  ),
  // Keeps prompts for no stated time unless an account switches that off; trains only with consent.
  listed(
    "together",
    ["together"],
    "cancel",
    known("unknown", "never", read("https://docs.together.ai/docs/zero-data-retention")),
  ),
  unlisted("cerebras", ["cerebras"]),
  listed(
    "huggingface",
    [
      "huggingface_groq",
      "huggingface_cerebras",
      "huggingface_fireworks-ai",
      "huggingface_sambanova",
      "huggingface_together",
      "huggingface_novita",
    ],
    "drain",
  ),
  listed("novita", ["novita"], "cancel"),
  // Not in the cancellation table. Stores no inputs or outputs of synchronous calls; of training it says nothing.
  {
    ...unlisted("baseten", ["baseten"]),
    dataPolicy: known("none", "unknown", read("https://docs.baseten.co/observability/security")),
  },
  listed("sambanova", [], "drain"),
  unlisted("openrouter"),
  // The operator's own machines: what they keep and cost is the operator's to say, by overrides.
  unlisted("ollama"),
  unlisted("vllm"),
  {
    id: "sandbox",
    packageIds: [],
    abort: "cancel",
    abortSource: null,
    // It runs inside the gateway: nothing leaves, nothing is kept.
    dataPolicy: known("none", "never", read("https://prismaticapi.com/docs/sandbox", "2026-11-22")),
  },
];
