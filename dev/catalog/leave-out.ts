/**
 * Names of the price package that the catalogue leaves out, with the reason that a run prints. A pattern is matched
 * against the upstream name. What is not named here, has a price and can be called on our endpoints is in.
 */
export interface LeaveOut {
  readonly provider: string;
  readonly pattern: RegExp;
  readonly reason: string;
}

const COMPLETIONS_ONLY = "answers only the legacy completions endpoint";
const RESPONSES_ONLY = "answers only the Responses endpoint";
const OTHER_ENDPOINT = "realtime, OCR or another endpoint that we do not have";
const NO_AUDIO_PRICE = "takes audio, and the package has no audio price";
const SEARCH_FEE = "every call also costs a search fee that its usage does not report";
const FOREIGN_NAME = "not a name of this provider's own API";
const CITATION_FEE = "its citations are priced by a unit that no usage here has";
const OTHER_TASK = "translation or classification: no operation here";
const RETIRED = "retired by the provider";

const rule = (provider: string, pattern: RegExp, reason: string): LeaveOut => ({ provider, pattern, reason });

export const LEAVE_OUT: readonly LeaveOut[] = [
  rule("openai", /^(text-)?(ada|babbage|curie|davinci)(-00\d)?$|instruct/, COMPLETIONS_ONLY),
  rule("openai", /codex|-pro(-\d{4}|$)|deep-research|computer-use/, RESPONSES_ONLY),
  rule("openai", /realtime|^gpt-transcribe|^moderation/, OTHER_ENDPOINT),
  rule("openai", /^gpt-5(\.\d)?-image/, FOREIGN_NAME),
  rule("openai", /^gpt-4o(-mini)?-audio/, NO_AUDIO_PRICE),
  rule("openai", /search-preview/, SEARCH_FEE),
  rule("openai", /^ft:|\.ft-/, "a customer's own fine-tune"),
  rule(
    "openai",
    /^gpt-35|^gpt-\d-\d(?!\d{3})(-|$)|:extended|^o\d-mini-high|^gpt-oss|embedding-ada$|-v2$/,
    FOREIGN_NAME,
  ),
  rule("openai", /^gpt-(5\.1-mini|5\.\d-chat|5-chat)$|^gpt-3\.5-0301$|^gpt-5\.3$/, FOREIGN_NAME),
  rule("openai", /^gpt-3\.5-turbo-(0301|0613|16k)|^gpt-4-(32k|vision|0314|1106-vision|turbo-0125)|^gpt-4\.5/, RETIRED),
  rule("openai", /^o1-(mini|preview)|^chatgpt-4o-latest/, RETIRED),
  rule(
    "groq",
    /^gemma|^llama2|^llama3|^llama-3\.[12]-(?!8b-instant)|specdec|^llama-guard-3|^mixtral|^mistral-saba/,
    RETIRED,
  ),
  rule("groq", /^deepseek-r1/, RETIRED),
  rule("mistral", /-ocr-|^voxtral-mini/, OTHER_ENDPOINT),
  rule("mistral", /^voxtral/, NO_AUDIO_PRICE),
  rule("mistral", /^(?!.*(-latest|-\d{4})$)(?!open-mistral-nemo$|mistral-embed$)/, FOREIGN_NAME),
  rule("mistral", /-instruct-/, FOREIGN_NAME),
  rule("mistral", /^mistral-medium-2312|^mistral-large-2407|^codestral-2501/, RETIRED),
  rule("deepseek", /^deepseek-(chat|reasoner|r1)/, RETIRED),
  rule("deepseek", /^deepseek-v3/, FOREIGN_NAME),
  rule("xai", /voice/, OTHER_ENDPOINT),
  rule("xai", /^x-ai\//, FOREIGN_NAME),
  rule("xai", /^grok-2/, RETIRED),
  rule("xai", /multi-agent/, RESPONSES_ONLY),
  rule("cohere", /^command(-a|-r|-r-plus|-r7b)?$|^aya/, FOREIGN_NAME),
  rule("workers-ai", /indictrans|m2m100|distilbert/, OTHER_TASK),
  rule("fireworks", /deepseek-v3-0324|qwen2p5-vl/, RETIRED),
  rule("cerebras", /^cerebras[/:]/, FOREIGN_NAME),
  rule("perplexity", /deep-research/, CITATION_FEE),
  rule("perplexity", /^llama|^r1-1776|^sonar-reasoning$|sonar-pro-search/, RETIRED),
  rule("moonshot", /^kimi-k2\.[56]-/, FOREIGN_NAME),
  rule("zhipu", /^GLM/, FOREIGN_NAME),
  rule("minimax", /^minimax-|^m2-her/, FOREIGN_NAME),
];

/** Prices that the package's authors took from a reseller are not the provider's own. */
export const UNVERIFIED_COMMENT = /open ?router/i;
