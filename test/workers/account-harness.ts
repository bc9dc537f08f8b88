import { env } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, beforeEach, vi } from "vitest";
import type { AccountEvent, AdmitCommand, AuthorizeCommand, KeyRecord } from "#admission";
import { nanoUsd, newId } from "#kernel";
import type { FlushPayload } from "#ledger";
import type { Account } from "../../workers/gateway/account-object.ts";
import { systemClock, systemRandom } from "../../workers/http/platform.ts";
import { constantCost, keyRecord, ORG_ID } from "../unit/admission/account-fixture.ts";

export type AccountStub = DurableObjectStub<Account>;

/** An object nobody has used: locators are random, as real ones are. */
export function freshAccount(): AccountStub {
  return env.ACCOUNT.get(env.ACCOUNT.idFromName(`g:${crypto.randomUUID()}`));
}

export function openingEvents(balanceNano: bigint, key: Partial<KeyRecord> = {}): AccountEvent[] {
  return [
    { type: "organization", version: 1, organization: { id: ORG_ID, status: "active" } },
    { type: "key", version: 1, key: keyRecord(key) },
    { type: "credit", entryId: "txn_opening", amountNano: nanoUsd(balanceNano) },
  ];
}

export async function openAccount(balanceNano: bigint, key: Partial<KeyRecord> = {}): Promise<AccountStub> {
  const stub = freshAccount();
  await stub.apply(openingEvents(balanceNano, key));
  return stub;
}

export function admitCommand(costNano: bigint, change: Partial<AdmitCommand> = {}): AdmitCommand {
  return {
    keyHash: keyRecord().hash,
    scope: "inference",
    clientIp: null,
    hold: constantCost(costNano),
    maxCostNano: null,
    draft: {
      id: newId("generation", systemClock, systemRandom),
      occurred_at: new Date(systemClock.nowMs()).toISOString(),
      mode: "live",
      operation: "chat.completions",
      streamed: false,
      model: "openai/gpt-test",
      price_version: "test-1",
    },
    ...change,
  };
}

export const READER: AuthorizeCommand = {
  keyHash: keyRecord().hash,
  mode: "live",
  scope: "account:read",
  clientIp: null,
};

type Answer = "ok" | "down" | { readonly sqlstate: string };

/** Stands where Neon's HTTP endpoint is, and remembers every flush that reached it. */
export class PretendNeon {
  readonly flushes: FlushPayload[] = [];
  answer: (flush: FlushPayload) => Answer = () => "ok";

  install(): void {
    vi.stubGlobal("fetch", async (_url: string, init: { body: string }) => {
      const { params } = parseBody<{ params: [string] }>(init.body);
      const flush = parseBody<FlushPayload>(params[0]);
      this.flushes.push(flush);
      const answer = this.answer(flush);
      if (answer === "down") throw new TypeError("connection refused");
      if (answer !== "ok") return Response.json({ message: "refused", code: answer.sqlstate }, { status: 400 });
      const posting = {
        transaction_id: "txn_1",
        inserted: flush.receipts.length,
        duplicates: 0,
        corrected: flush.corrections.length,
        cost_nano: "0",
        upstream_cost_nano: "0",
        repeated: false,
      };
      return Response.json({ rows: [[JSON.stringify(posting)]] });
    });
  }

  receiptIds(): string[] {
    return this.flushes.flatMap((flush) => flush.receipts.map((receipt) => receipt.id));
  }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names what the object is known to send
function parseBody<Value>(text: string): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- production code made the text from a Value
  return JSON.parse(text) as Value;
}

/**
 * Before each test of this file: a clock that it sets, objects that nobody has used, and a Neon of its own, which the answer
 * looks at.
 */
export function usePretendNeon(): () => PretendNeon {
  let neon = new PretendNeon();
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    neon = new PretendNeon();
    neon.install();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await reset();
    vi.unstubAllGlobals();
  });
  return () => neon;
}
