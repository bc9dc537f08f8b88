import { afterAll, beforeAll, describe } from "vitest";
import { databaseStartMs } from "../database.ts";
import { bench, openBench } from "../webhooks/bench.ts";
import { registerDeliveries } from "./webhooks/deliveries.ts";
import { registerEndpoints } from "./webhooks/endpoints.ts";
import { registerEvents } from "./webhooks/events.ts";
import { registerRaces } from "./webhooks/races.ts";
import { registerTrouble } from "./webhooks/trouble.ts";

/** Webhooks' tables, triggers and sender, the same on PGlite and on real Postgres. */
export function registerWebhooksSuite(): void {
  beforeAll(openBench, databaseStartMs);
  afterAll(() => bench.db.close());
  describe("an event", registerEvents);
  describe("a delivery", registerDeliveries);
  describe("an endpoint that does not take it", registerTrouble);
  describe("an endpoint", registerEndpoints);
  describe("senders at once", registerRaces);
}
