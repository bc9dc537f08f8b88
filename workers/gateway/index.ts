import { DurableObject } from "cloudflare:workers";
export class Account extends DurableObject {
  ping(): string {
    return "x";
  }
}
export default {
  async fetch(): Promise<Response> {
    return new Response("x");
  },
};
