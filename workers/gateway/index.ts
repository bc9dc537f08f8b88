export { Account } from "./account-object.ts";
export default {
  async fetch(): Promise<Response> {
    return new Response("x");
  },
};
