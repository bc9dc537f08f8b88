/** One kind of credential, by the form that its maker gives it. */
export interface SecretPattern {
  readonly kind: string;
  readonly pattern: RegExp;
}

/**
 * Where a credential may begin: not inside a word. In JSON's text a line break is `\n`, whose letter ends no word.
 */
function after(kind: string, { source }: RegExp): SecretPattern {
  return { kind, pattern: new RegExp(`(?:\\b|(?<=\\\\(?:[bfnrt]|u[\\da-f]{4})))(?:${source})`, "g") };
}

/**
 * Credentials whose makers gave them a form that nothing else has. Each pattern begins with fixed letters and has no two
 * ways to match the same text, so that looking takes time in proportion to the text. Sources: the makers' documentation;
 * GitHub's list of supported secret scanning patterns.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  after("openai_key", /sk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}/),
  after("anthropic_key", /sk-ant-[A-Za-z0-9_-]{32,200}/),
  after("prismatic_key", /prism_(?:live|test)_[A-Za-z0-9_]{24,200}/),
  after("aws_access_key", /(?:AKIA|ASIA)[A-Z0-9]{16}\b/),
  after("github_token", /(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})/),
  after("gitlab_token", /glpat-[A-Za-z0-9_-]{20,64}/),
  after("google_key", /AIza[A-Za-z0-9_-]{35}/),
  after("slack_token", /xox[abeoprs]-[A-Za-z0-9-]{16,255}/),
  after("stripe_key", /[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/),
  after("npm_token", /npm_[A-Za-z0-9]{36}\b/),
  { kind: "private_key", pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\\\s]{0,8192}/g },
];

/** 13 to 19 digits, alone or in groups: what a card number may be before its checksum is asked. */
export const CARD_PATTERN = /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g;
