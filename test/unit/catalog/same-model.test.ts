import { describe, expect, it } from "vitest";
import { SAME_MODEL } from "../../../dev/catalog/same-model.ts";
import { endpointsOf, findModel, models } from "#catalog";

describe("one model with several endpoints", () => {
  it("is its maker's, whose own endpoint comes first", () => {
    const model = findModel("anthropic/claude-sonnet-4-5");
    expect(model?.endpoints.map(({ id }) => id)).toEqual([
      "anthropic/claude-sonnet-4-5",
      "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]);
    for (const one of models()) {
      const own = one.endpoints.findIndex(({ id }) => id === one.id);
      expect(own, one.id).toBeLessThanOrEqual(0);
    }
  });

  it("is listed once, its endpoints are not listed as models, and no endpoint serves two", () => {
    const ids = models().map(({ id }) => id);
    const endpoints = models().flatMap((model) => endpointsOf(model).map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(endpoints).size).toBe(endpoints.length);
    for (const joined of Object.values(SAME_MODEL).flat()) expect(ids).not.toContain(joined);
  });

  it("has every endpoint that the table names, and an upstream name of the table is sent as it is", () => {
    for (const [id, joined] of Object.entries(SAME_MODEL)) {
      const found = findModel(id)?.endpoints ?? [];
      for (const endpoint of joined) {
        const one = found.find((candidate) => candidate.id === endpoint);
        expect(one && `${one.provider}/${one.upstreamModel}`, endpoint).toBe(endpoint);
      }
    }
  });

  it("is pinned to one endpoint by that endpoint's id, under the same public id", () => {
    for (const model of models()) {
      for (const endpoint of endpointsOf(model)) {
        if (endpoint.id === model.id) continue;
        const pinned = findModel(endpoint.id);
        expect(pinned?.id).toBe(model.id);
        expect(pinned?.endpoints).toEqual([endpoint]);
      }
    }
  });

  it("is pinned by a bare upstream name that nothing else has", () => {
    const pinned = findModel("llama-3.3-70b-versatile");
    expect(pinned?.id).toBe("meta/llama-3.3-70b-instruct");
    expect(pinned?.endpoints.map(({ id }) => id)).toEqual(["groq/llama-3.3-70b-versatile"]);
  });

  it("can do what any of its endpoints can, and an endpoint that does less says so", () => {
    const model = findModel("openai/gpt-oss-120b");
    const logprobs = (id: string) => {
      const endpoint = model?.endpoints.find((candidate) => candidate.id === id);
      return (endpoint?.capabilities ?? model?.capabilities)?.includes("logprobs");
    };
    expect(model?.capabilities).toContain("logprobs");
    expect(logprobs("cerebras/gpt-oss-120b")).toBe(true);
    expect(logprobs("groq/openai/gpt-oss-120b")).toBe(false);
    expect(findModel("groq/openai/gpt-oss-120b")?.capabilities).not.toContain("logprobs");
    for (const { capabilities, endpoints } of models()) {
      const all = new Set(endpoints.flatMap((endpoint) => endpoint.capabilities ?? capabilities));
      expect([...all].sort()).toEqual([...capabilities].sort());
    }
  });

  it("keeps a provider's data policy except where one endpoint keeps more", () => {
    const policy = (id: string) =>
      findModel(id)?.endpoints.find(({ provider }) => provider === "bedrock")?.dataPolicy.retention;
    expect(policy("anthropic/claude-opus-4-8")).toBe("none");
    expect(policy("anthropic/claude-fable-5")).toBe("temporary");
  });

  it("names the quantization where it is published", () => {
    const quantizations = findModel("meta/llama-3.3-70b-instruct")?.endpoints.map(
      ({ provider, quantization }) => [provider, quantization] as const,
    );
    expect(new Map(quantizations).get("together")).toBe("fp8");
    expect(new Map(quantizations).get("groq")).toBeUndefined();
  });
});

describe("a model that searches the web", () => {
  it("has a price for it: one without is no such model (G3)", () => {
    const searching = models().filter((model) => model.capabilities.includes("web_search"));
    expect(searching.length).toBeGreaterThan(20);
    for (const model of searching) {
      for (const endpoint of endpointsOf(model)) {
        if (!(endpoint.capabilities ?? model.capabilities).includes("web_search")) continue;
        expect(endpoint.prices.at(-1)?.prices.searches, endpoint.id).toBeDefined();
      }
    }
  });
});
