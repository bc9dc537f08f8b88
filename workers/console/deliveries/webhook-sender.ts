import { DurableObject } from "cloudflare:workers";
import { compose } from "../compose.ts";
import { composeDeliveries } from "./compose-deliveries.ts";
import { deliverDue, type DeliveryReport, type DeliveryServices } from "./deliver-due.ts";

/** Under which the object keeps which endpoint it sends for: an alarm does not say. */
const ENDPOINT = "endpoint";

/**
 * Sends for one endpoint, by its alarm; its name is the endpoint's id. What is to be sent, and when, stands in Postgres
 * alone: an object that is lost, or an alarm that never rings, is woken again by the cron.
 */
export class WebhookSender extends DurableObject<ConsoleEnv> {
  #services: Promise<DeliveryServices> | null = null;

  /** Sends soon. */
  async wake(endpointId: string): Promise<void> {
    await this.ctx.storage.put(ENDPOINT, endpointId);
    const nowMs = Date.now();
    const alarmMs = await this.ctx.storage.getAlarm();
    if (alarmMs === null || alarmMs > nowMs) await this.ctx.storage.setAlarm(nowMs);
  }

  /** Sends now, and answers what became of it. */
  async deliver(endpointId: string): Promise<DeliveryReport> {
    await this.ctx.storage.put(ENDPOINT, endpointId);
    return this.#run(endpointId);
  }

  override async alarm(): Promise<void> {
    const endpointId = await this.ctx.storage.get<string>(ENDPOINT);
    if (endpointId !== undefined) await this.#run(endpointId);
  }

  async #run(endpointId: string): Promise<DeliveryReport> {
    const report = await deliverDue(await this.#composed(), endpointId);
    // Who was woken meanwhile comes again at once: an alarm that is set stays the earlier one.
    const alarmMs = await this.ctx.storage.getAlarm();
    if (report.nextMs === null) {
      // Nothing waits, and perhaps never will: nothing is kept here either.
      if (alarmMs === null) await this.ctx.storage.deleteAll();
      return report;
    }
    const nextMs = Date.now() + report.nextMs;
    if (alarmMs === null || alarmMs > nextMs) await this.ctx.storage.setAlarm(nextMs);
    return report;
  }

  /** Once per object. A failed start is tried again by the next alarm. */
  #composed(): Promise<DeliveryServices> {
    this.#services ??= composeDeliveries(this.env, compose(this.env)).catch((error: unknown) => {
      this.#services = null;
      throw error;
    });
    return this.#services;
  }
}
