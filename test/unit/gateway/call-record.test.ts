import { expect, it } from "vitest";
import type { SettleCommand, Settlement } from "#admission";
import { findModel, priceSheet, type Endpoint, type Model } from "#catalog";
import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import { configureProviders } from "#providers";
import { openAiChatClient, openAiChatUpstream, type AnswerSummary } from "#wire";
import { abortPolicyOf } from "../../../workers/gateway/inference/abort-policy.ts";
import { CallRecord, type CallEnd } from "../../../workers/gateway/inference/call-record.ts";
import { prepareText } from "../../../workers/gateway/inference/prepare-text.ts";
import { BODY_SAYS } from "../../../workers/gateway/inference/route-hints.ts";

const AT_MS = Date.parse("2026-11-22T12:00:00Z");
const found = findModel("openai/gpt-4o-mini");
const model: Model = found ?? expect.fail("the catalogue lost its test model");
const endpoint: Endpoint = model.endpoints[0] ?? expect.fail("a model without an endpoint");
const sheet = priceSheet(endpoint, AT_MS, null) ?? expect.fail("an endpoint without a price");
const provider =
  configureProviders({ OPENAI_API_KEY: "sk-test" }, () => expect.fail("no call is made here"), {
    nowMs: () => AT_MS,
  }).get("openai") ?? expect.fail("a provider without its key");
const adapter = await provider.spec.load();
const prepareChat = prepareText(openAiChatClient, BODY_SAYS);

interface Answers {
  readonly model?: string;
  readonly maxCostNano?: NanoUsd;
  readonly settlement?: () => Settlement;
  readonly checkpoint?: Promise<void>;
  readonly ownKey?: string;
}

function start(answers: Answers = {}) {
  const settles: SettleCommand[] = [];
  const logs: { level: string; message: string }[] = [];
  const clock = { now: AT_MS, nowMs: () => clock.now };
  let checkpoints = 0;
  const record = new CallRecord({
    id: "gen_1",
    call: prepareChat('{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"stream":true}'),
    lane: {
      target: {
        model,
        endpoint,
        provider,
        sheet,
        listSheet: sheet,
        hold: { baseNano: ZERO_NANO, inputTokens: 100, output: null },
      },
      ownKey: answers.ownKey ?? null,
    },
    model: answers.model ?? model.id,
    maxCostNano: answers.maxCostNano ?? null,
    byokFeePerMillion: 50_000n,
    admission: {
      orgId: "org_1",
      keyId: "key_1",
      heldNano: ZERO_NANO,
      outputTokens: 1_000,
      tokens: 1_100,
      limits: { requests: null, tokens: null },
      policy: { dataCollection: null, zdr: false, regions: null, providersOnly: null, providersIgnore: null },
      byok: [],
      guardrails: null,
      models: null,
    },
    teller: {
      extend: () => expect.fail("nothing grows here"),
      checkpoint: async () => {
        checkpoints += 1;
        await answers.checkpoint;
      },
      settle: async (command) => {
        settles.push(command);
        return answers.settlement?.() ?? "settled";
      },
    },
    clock,
    log: (level, { message }) => logs.push({ level, message: message ?? "" }),
    checkpointMs: 10,
  });
  record.answered(adapter, openAiChatUpstream);
  return { record, settles, logs, clock, checkpoints: () => checkpoints };
}

const summary = (more: Partial<AnswerSummary> = {}): AnswerSummary => ({
  end: "interrupted",
  usage: null,
  finishReasons: [],
  delivered: { events: 40, textBytes: 200, toolBytes: 0, outputTokens: 50, reasoningTokens: 0 },
  error: null,
  ...more,
});
const ending = (more: Partial<CallEnd> = {}): CallEnd => ({
  outcome: "aborted",
  status: 200,
  code: null,
  summary: summary(),
  firstByteAtMs: null,
  ...more,
});
const early = { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 };

it("G9: an early usage chunk does not make the rest of a broken-off stream free", async () => {
  for (const outcome of ["aborted", "interrupted"] as const) {
    const { record, settles } = start();
    await record.end(ending({ outcome, summary: summary({ usage: early }) }));
    expect(settles[0]?.end).toMatchObject({ kind: "estimated", units: { input: 9, output: 50 } });
  }
  const { record, settles } = start();
  await record.end(ending({ outcome: "completed", summary: summary({ usage: early, end: "complete" }) }));
  expect(settles[0]?.end).toMatchObject({ kind: "measured", cost_nano: "0" });
});

it("usage that the endpoint cannot have is not charged, is flagged and is logged as an error", async () => {
  const { record, settles, logs } = start();
  const usage = { prompt_tokens: 900_000, completion_tokens: 10, total_tokens: 900_010 };
  await record.end(ending({ outcome: "completed", summary: summary({ usage, end: "complete" }) }));
  expect(settles[0]?.end).toMatchObject({ kind: "estimated", flags: ["over_maximum"], units: { output: 50 } });
  expect(logs).toMatchObject([{ level: "error" }]);
  expect(record.costOf(usage)).toBeNull();
});

it("a call with the customer's own key is charged the fee, not nothing and not the price, and says so", async () => {
  const usage = { prompt_tokens: 100_000, completion_tokens: 1_000, total_tokens: 101_000 };
  const end = ending({ outcome: "completed", summary: summary({ usage, end: "complete" }) });
  const [ours, theirs] = [start(), start({ ownKey: "sk-theirs" })];
  await Promise.all([ours.record.end(end), theirs.record.end(end)]);
  const [price, fee] = [ours, theirs].map(({ settles }) => BigInt(settles[0]?.end.cost_nano ?? "0"));
  expect(price).toBeGreaterThan(0n);
  expect((fee ?? 0n) * 20n).toBe(price);
  expect(theirs.settles[0]?.end).toMatchObject({ upstream_cost_nano: "0", flags: ["byok"] });
});

it("a clock that goes backwards yields no negative duration", async () => {
  const { record, settles, clock } = start();
  clock.now -= 5_000;
  await record.end(ending({ firstByteAtMs: clock.now }));
  expect(settles[0]?.end).toMatchObject({ duration_ms: 0, first_byte_ms: 0 });
});

it("a hold that nobody knows is an error in the log", async () => {
  for (const settlement of ["unknown", "unacknowledged"] as const) {
    const { record, logs } = start({ settlement: () => settlement });
    await record.end(ending());
    expect(logs).toEqual([{ level: "error", message: `call ${settlement}` }]);
  }
});

it("an end that throws is logged and never rejects: nothing waits for it in vain", async () => {
  const { record, logs } = start({
    settlement: () => {
      throw new RangeError("a fault of ours");
    },
  });
  await record.end(ending());
  expect(logs).toEqual([{ level: "error", message: "call not settled: RangeError" }]);
});

it("sends one checkpoint at a time, and its end waits for the one under way", async () => {
  const checkpoint = Promise.withResolvers<void>();
  const { record, clock, checkpoints, settles } = start({ checkpoint: checkpoint.promise });
  for (let chunk = 0; chunk < 3; chunk += 1) {
    clock.now += 20;
    record.progress(() => summary());
  }
  expect(checkpoints()).toBe(1);
  let isOver = false;
  const ended = record.end(ending()).finally(() => {
    isOver = true;
  });
  await new Promise((resolve) => void setImmediate(resolve));
  expect([settles.length, isOver]).toEqual([1, false]);
  checkpoint.resolve();
  await ended;
});

it("a reasoning model's call is read on when its client leaves: hidden reasoning is in no estimate", () => {
  const reasoning = findModel("openai/gpt-5");
  expect(reasoning?.endpoints[0]?.abort).toBe("cancel");
  expect(abortPolicyOf(reasoning ?? model, { abort: "cancel" })).toBe("drain");
  expect(abortPolicyOf(model, { abort: "cancel" })).toBe("cancel");
  expect(abortPolicyOf(model, { abort: "drain" })).toBe("drain");
});

it("a call that nobody was asked for names no provider, and costs nothing", async () => {
  const { record, settles } = start();
  await record.end({ outcome: "aborted", status: 499, code: null, summary: null, firstByteAtMs: null });
  expect(settles[0]?.end).toMatchObject({ provider: null, endpoint: null, cost_nano: "0", attempts: [] });
});

it("a receipt names the model that answered where it is not the one that was admitted", async () => {
  const { record, settles } = start({ model: "other/model" });
  record.begin({ target: record.target, ownKey: null });
  await record.end({ outcome: "completed", status: 200, code: null, summary: summary(), firstByteAtMs: null });
  expect(settles[0]?.end).toMatchObject({ model: model.id, provider: "openai" });
});

it("a stream that was cut costs no more than is held, and says so in the log", async () => {
  const { record, settles } = start();
  const covered: NanoUsd[] = [];
  const cover = async (costNano: NanoUsd) => {
    covered.push(costNano);
    return nanoUsd(7n);
  };
  await record.end(ending({ outcome: "interrupted", code: "insufficient_credit", cover }));
  expect(settles).toMatchObject([{ capNano: 7n, end: { outcome: "interrupted", error_code: "insufficient_credit" } }]);
  // The whole cost stands beside it: the account caps it, and flags what it capped.
  expect(covered).toEqual([BigInt(settles[0]?.end.cost_nano ?? "0")]);
  expect(covered[0]).toBeGreaterThan(7n);
});

it("what a stream would be charged here is what it is charged when it breaks off here", async () => {
  const { record, settles } = start();
  const soFar = record.costSoFar(summary());
  expect(record.usageSoFar(summary())).toMatchObject({ units: { output: 50 }, costUsd: null });
  await record.end(ending({ outcome: "interrupted", code: "insufficient_credit" }));
  expect(settles[0]?.end.cost_nano).toBe(String(soFar));
});

it("no more is shown than what is charged", () => {
  const { record } = start({ maxCostNano: nanoUsd(7n) });
  record.begin({ target: record.target, ownKey: null });
  expect(record.costOfAnswer(summary())).toBe("0.000000007");
});
