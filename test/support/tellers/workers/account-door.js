// Stands beside the gateway in the account host and hands calls from other processes to the Account objects there. No
// such door exists in production, where the platform carries a stub's calls to wherever the object is.
// Plain JavaScript, because the module "cloudflare:workers" has types only inside the Workers' own TypeScript project.
import { WorkerEntrypoint } from "cloudflare:workers";

export class AccountDoor extends WorkerEntrypoint {
  /**
   * @param {string} name of the object
   * @param {string} method
   * @param {unknown[]} args
   * @returns {Promise<unknown>} what the object answered; rejects as it did
   */
  async call(name, method, args) {
    return await this.env.ACCOUNT.getByName(name)[method](...args);
  }
}
