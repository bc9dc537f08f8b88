/** A word or mark of SQL outside comments and string literals. `depth` counts open parentheses. */
export interface SqlToken {
  readonly kind: "word" | "quoted" | "mark";
  readonly text: string;
  readonly depth: number;
}

interface Scan {
  readonly sql: string;
  index: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * Splits SQL text into statements of tokens: comments and literals dropped, lower-cased words.
 * It may split too often (inside a BEGIN ATOMIC body) but never too rarely. Source: Postgres manual, section 4.1.
 */
export function splitStatements(sql: string): readonly (readonly SqlToken[])[] {
  const scan: Scan = { sql, index: 0 };
  const statements: SqlToken[][] = [];
  let current: SqlToken[] = [];
  let depth = 0;
  while (scan.index < sql.length) {
    const token = nextToken(scan, depth);
    if (token === null) continue;
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth = Math.max(0, depth - 1);
    if (token.kind === "mark" && token.text === ";") {
      if (current.length > 0) statements.push(current);
      current = [];
      depth = 0;
    } else current.push(token);
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

/** The next token, or null where white space, a comment or a literal was passed over. Always advances. */
function nextToken(scan: Scan, depth: number): SqlToken | null {
  const { sql, index } = scan;
  const character = sql.charAt(index);
  if (sql.startsWith("--", index)) return skipTo(scan, lineEnd(sql, index));
  if (sql.startsWith("/*", index)) return skipTo(scan, blockCommentEnd(sql, index));
  if (character === "'") return skipTo(scan, quoteEnd(sql, index, "'", false));
  if (character === '"') {
    scan.index = quoteEnd(sql, index, '"', false);
    return { kind: "quoted", text: sql.slice(index + 1, scan.index - 1), depth };
  }
  const dollar = matchAt(DOLLAR_QUOTE, sql, index);
  if (dollar !== null) {
    const end = sql.indexOf(dollar, index + dollar.length);
    return skipTo(scan, end < 0 ? sql.length : end + dollar.length);
  }
  const word = matchAt(WORD, sql, index);
  if (word !== null) {
    scan.index = index + word.length;
    // E'…' is the one literal in which a backslash escapes the quote.
    if (word.toLowerCase() === "e" && sql.charAt(scan.index) === "'") {
      return skipTo(scan, quoteEnd(sql, scan.index, "'", true));
    }
    return { kind: "word", text: word.toLowerCase(), depth };
  }
  scan.index = index + 1;
  return /\s/.test(character) ? null : { kind: "mark", text: character, depth };
}

function skipTo(scan: Scan, index: number): null {
  scan.index = index;
  return null;
}

function matchAt(pattern: RegExp, sql: string, index: number): string | null {
  pattern.lastIndex = index;
  return pattern.exec(sql)?.[0] ?? null;
}

function lineEnd(sql: string, start: number): number {
  const offset = sql.slice(start).search(/[\r\n]/);
  return offset < 0 ? sql.length : start + offset + 1;
}

/** Block comments nest in Postgres. */
function blockCommentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let index = start; index < sql.length; index += 1) {
    if (sql.startsWith("/*", index)) {
      depth += 1;
      index += 1;
    } else if (sql.startsWith("*/", index)) {
      depth -= 1;
      index += 1;
      if (depth === 0) return index + 1;
    }
  }
  return sql.length;
}

function quoteEnd(sql: string, start: number, quote: string, backslashEscapes: boolean): number {
  for (let index = start + 1; index < sql.length; index += 1) {
    const character = sql.charAt(index);
    if (character === "\\" && backslashEscapes) index += 1;
    else if (character === quote) {
      if (sql.charAt(index + 1) !== quote) return index + 1;
      index += 1;
    }
  }
  return sql.length;
}
