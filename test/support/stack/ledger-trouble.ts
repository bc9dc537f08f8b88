import { expect } from "vitest";
import { faultsOf, readBooks, type Ledger } from "./books.ts";
import { readCredits, readSettlementLagMs, type Call } from "./calls.ts";
import type { Gate } from "./gate.ts";
import type { Organization, ProvingGround } from "./proving-ground.ts";
import { until } from "./until.ts";

/** The first flush of an organization gets no answer, the next no connection; later ones pass. */
export function troubleFlushes(postgres: Gate, { id }: Organization): void {
  let sends = 0;
  postgres.setRule((body) => {
    if (!body.includes(id)) return "pass";
    sends += 1;
    return (["lose-answer", "refuse"] as const)[sends - 1] ?? "pass";
  });
}

/** Every flush of an organization is sent two times at once. */
export function doubleFlushes(postgres: Gate, { id }: Organization): void {
  postgres.setRule((body) => (body.includes(id) ? "twice" : "pass"));
}

/** After both: the trouble was there, and of all answers to a flush, however often it was sent, all but one said so. */
export async function expectRepeatsKnown(postgres: Gate, { id }: Organization): Promise<void> {
  const sent = postgres.passed.filter(({ body }) => body.includes(id));
  expect(sent[0]?.passage).toBe("lose-answer");
  expect(sent.some(({ passage }) => passage === "twice")).toBe(true);
  const bodies = new Set(sent.map(({ body }) => body));
  for (const body of bodies) {
    const sends = await until("every copy is answered", () => {
      const found = postgres.passed.filter((one) => one.body === body);
      const isRepeated = found[0]?.passage !== "lose-answer" || found.length > 1;
      return (
        isRepeated && found.every(({ passage, answers }) => answers.length === (passage === "twice" ? 2 : 1)) && found
      );
    });
    expect(sends.flatMap(({ answers }) => answers.filter((answer) => !isRepeat(answer)))).toHaveLength(1);
  }
  // Frozen: an id never stands for other rows, however often it is sent.
  expect(new Set([...bodies].map(flushIdOf)).size).toBe(bodies.size);
}

const isRepeat = (answer: string): boolean => answer.includes(String.raw`\"repeated\": true`);

const flushIdOf = (body: string): string => /fls_[0-9a-z]{26}/.exec(body)?.[0] ?? "";

/** A model whose receipts the ledger refuses for good, of one organization. */
export const POISON_MODEL = "openai/gpt-4o";

type Owner = Pick<ProvingGround, "exec">;

export async function plantPoison(owner: Owner, { id }: Organization): Promise<void> {
  await owner.exec(
    `ALTER TABLE usage_receipt ADD CONSTRAINT planted_poison CHECK (org_id <> '${id}' OR model <> '${POISON_MODEL}')`,
  );
}

export async function removePoison(owner: Owner): Promise<void> {
  await owner.exec("ALTER TABLE usage_receipt DROP CONSTRAINT planted_poison");
}

/** The wallet has paid for the poisoned call and the ledger does not know: exactly this one is between them. */
export async function expectOnlySetAside(
  { ledger, gatewayUrl }: { readonly ledger: Ledger; readonly gatewayUrl: string },
  { id, apiKey }: Organization,
  poison: Call,
): Promise<void> {
  // What is set aside is not sent any more.
  await until("nothing waits for the ledger", async () => (await readSettlementLagMs(gatewayUrl, apiKey)) === 0);
  const { balanceNano } = await readCredits(gatewayUrl, apiKey);
  const books = await readBooks(ledger, id);
  expect(faultsOf(books, books.spendableNano)).toEqual([]);
  const missing = await fetch(`${gatewayUrl}/v1/generation?id=${poison.id ?? ""}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const body: unknown = await missing.json();
  expect(body).toMatchObject({ id: poison.id, posted: false });
  const costUsd = String(Reflect.get(Object(body), "cost_usd"));
  expect(books.spendableNano - balanceNano).toBe(BigInt(costUsd.replace(".", "")));
}
