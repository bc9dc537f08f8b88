/** One kind of credential, by the form that its maker gives it. */
export interface SecretPattern {
  readonly kind: string;
  readonly pattern: RegExp;
}

/**
 * Credentials whose makers gave them a form that nothing else has. Each pattern begins with fixed letters and has no two
 * ways to match the same text, so that looking takes time in proportion to the text. Sources: the makers' documentation;
 * GitHub's list of supported secret scanning patterns.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { kind: "openai_key", pattern: /\bsk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}/g },
  { kind: "anthropic_key", pattern: /\bsk-ant-[A-Za-z0-9_-]{32,200}/g },
  { kind: "prismatic_key", pattern: /\bprism_(?:live|test)_[A-Za-z0-9_]{24,200}/g },
  { kind: "aws_access_key", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { kind: "github_token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})/g },
  { kind: "gitlab_token", pattern: /\bglpat-[A-Za-z0-9_-]{20,64}/g },
  { kind: "google_key", pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { kind: "slack_token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{16,255}/g },
  { kind: "stripe_key", pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  { kind: "npm_token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { kind: "private_key", pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\\\s]{0,8192}/g },
];

/** 13 to 19 digits, alone or in groups: what a card number may be before its checksum is asked. */
export const CARD_PATTERN = /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g;
