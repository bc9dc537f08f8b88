import { models } from "./catalog.ts";

/** Longer text is no model name: only its beginning is compared, so that a hostile name costs no more than a real one. */
const TEXT_MAX_CHARACTERS = 96;
/** Edit distance is quadratic in length, so only the models that share most words are compared by it. */
const CANDIDATES_MAX = 24;
/** Below this likeness (0 to 1) a suggestion confuses more than it helps. */
const LIKENESS_MIN = 0.45;

interface Name {
  readonly id: string;
  /** The part after the provider: callers often leave the provider out or guess it wrong. */
  readonly bare: string;
  readonly words: readonly string[];
}

let names: readonly Name[] | null = null;

/**
 * Ids of the models most like a text that names none, best first, at most `max`. For error messages only.
 * Bounded in the length of the text and in the number of comparisons.
 */
export function nearMatches(text: string, max: number): readonly string[] {
  names ??= models().map(({ id }) => ({ id, bare: id.slice(id.indexOf("/") + 1), words: wordsOf(id) }));
  const wanted = text.slice(0, TEXT_MAX_CHARACTERS).toLowerCase();
  const wantedWords = new Set(wordsOf(wanted));
  const wantedBare = wanted.slice(wanted.indexOf("/") + 1);
  return names
    .map((name) => ({ name, shared: sharedLength(name.words, wantedWords) }))
    .sort((one, other) => other.shared - one.shared)
    .slice(0, CANDIDATES_MAX)
    .map(({ name }) => ({
      id: name.id,
      likeness: Math.max(likeness(name.id, wanted), likeness(name.bare, wantedBare)),
    }))
    .filter((match) => match.likeness >= LIKENESS_MIN)
    .sort((one, other) => other.likeness - one.likeness || compareText(one.id, other.id))
    .slice(0, max)
    .map((match) => match.id);
}

function wordsOf(text: string): string[] {
  return text.split(/[^a-z0-9]+/).filter((word) => word.length > 0);
}

/** How many characters of a name stand in words (or beginnings of words) that the text has too. */
function sharedLength(words: readonly string[], wanted: ReadonlySet<string>): number {
  let length = 0;
  for (const word of words) {
    if (wanted.has(word)) length += word.length + 1;
    else for (const other of wanted) if (other.startsWith(word) || word.startsWith(other)) length += 1;
  }
  return length;
}

/** 1 for equal texts, 0 for texts that share nothing: one less the edit distance per character of the longer. */
function likeness(one: string, other: string): number {
  const longer = Math.max(one.length, other.length);
  return longer === 0 ? 0 : 1 - editDistance(one, other) / longer;
}

/** Levenshtein distance with two rows. Both texts are bounded: ids by the catalogue, the other by TEXT_MAX_CHARACTERS. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      const insertion = (current[column - 1] ?? 0) + 1;
      const deletion = (previous[column] ?? 0) + 1;
      current.push(Math.min(substitution, insertion, deletion));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}

const compareText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
