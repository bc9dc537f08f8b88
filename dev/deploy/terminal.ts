import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks a person at the terminal; what is hidden is not echoed. Null where stdin is no terminal. */
export function askAtTerminal(): ((question: string, options: { readonly hidden: boolean }) => Promise<string>) | null {
  if (!process.stdin.isTTY) return null;
  return async (question, { hidden }) => {
    process.stdout.write(question);
    const echo = new Writable({
      write: (chunk, encoding, done) => {
        if (hidden) done();
        else process.stdout.write(chunk, encoding, () => done());
      },
    });
    const reader = createInterface({ input: process.stdin, output: echo, terminal: true });
    try {
      return await reader.question("");
    } finally {
      reader.close();
      if (hidden) process.stdout.write("\n");
    }
  };
}
