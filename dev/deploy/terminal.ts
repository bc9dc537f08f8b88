import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks a person at the terminal; what is hidden is not echoed. Null where stdin is no terminal. */
export function askAtTerminal(): ((question: string, options: { readonly hidden: boolean }) => Promise<string>) | null {
  if (!process.stdin.isTTY) return null;
  return (question, { hidden }) => (hidden ? askHidden(question) : askOpenly(question));
}

async function askOpenly(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}

/** The reader writes what is typed into nowhere. */
async function askHidden(question: string): Promise<string> {
  process.stdout.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stdout.write("\n");
  }
}
