import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openLinks, type Link } from "../../support/tellers/links.ts";
import { tellerConfig } from "../../support/tellers/worker-services.ts";
import { bundleGatewayInto, bundleWorker } from "../bundle.ts";
import {
  besideGateway,
  describeWorker,
  GATEWAY,
  gatewayVariables,
  makePeppers,
  mintOrganization,
  type SeededOrganization,
} from "../gateway-setup.ts";
import { portOf, type Bench } from "../start-targets.ts";
import { startWorkerd } from "../start-workerd.ts";

const NAMESPACE = join(import.meta.dirname, "../../support/tellers/workers/account-namespace.js");

const counted = z.object({
  status: z.object({ rowsWritten: z.number(), counters: z.object({ settled: z.number() }) }),
  calls: z.record(z.string(), z.number()),
});
export type Counted = z.output<typeof counted>;

/** One gateway whose Account objects are in another process, at the end of a link that takes its time. */
export interface FarAccount {
  readonly gatewayPort: number;
  readonly link: Link;
  organization(strict: boolean): Promise<SeededOrganization>;
  /** Calls to an organization's object by method, and its own counts. */
  count(organization: SeededOrganization): Promise<Counted>;
  close(): Promise<void>;
}

export async function startFarAccount({ repositoryPath, workspace, upstream }: Bench): Promise<FarAccount> {
  const { buildPath, memoryPath } = workspace;
  const target = (name: string) => join(repositoryPath, "test/bench/targets", name);
  const [modules, seed, door, namespace] = await Promise.all([
    bundleGatewayInto(buildPath, "split"),
    bundleWorker(target("seed.ts"), buildPath, "seed", false),
    bundleWorker(target("door.js"), buildPath, "door", true),
    bundleWorker(NAMESPACE, buildPath, "account-namespace", true),
  ]);
  const peppers = makePeppers();
  const variables = gatewayVariables(peppers, upstream);
  const gateway = describeWorker(join(repositoryPath, "wrangler.toml"), GATEWAY, modules.modules, variables);
  const storage = (name: string): string => {
    const path = join(memoryPath, name);
    mkdirSync(path);
    return path;
  };
  const services = [
    gateway,
    besideGateway("seed", seed.modules, gateway),
    besideGateway("door", door.modules, gateway),
  ];
  const host = await startWorkerd(
    "account-host",
    buildPath,
    {
      services,
      storagePath: storage("account-host"),
      sockets: [
        { name: "accounts", service: "door", rpcEntrypoint: "AccountDoor" },
        { name: "counts", service: "door" },
        { name: "seed", service: "seed" },
      ],
    },
    null,
    false,
  );
  const ways = await openLinks(1);
  const [link] = ways.links;
  if (!link) throw new Error("there is no link");
  await link.leadTo(portOf(host, "accounts"));
  const built = {
    gateway: modules.modules,
    console: [],
    door: door.modules,
    accountNamespace: namespace.modules.join(""),
  };
  const teller = await startWorkerd(
    "teller",
    buildPath,
    tellerConfig(built, variables, storage("teller"), link.port),
    null,
    false,
  );
  return {
    gatewayPort: portOf(teller, "http"),
    link,
    organization: async (strict) => {
      const organization = await mintOrganization(peppers, strict);
      const answer = await fetch(`http://127.0.0.1:${portOf(host, "seed")}/`, {
        method: "POST",
        body: organization.seed,
      });
      if (!answer.ok) throw new Error(`the organization was not seeded: ${await answer.text()}`);
      return organization;
    },
    count: async ({ object }) => {
      const address = `http://127.0.0.1:${portOf(host, "counts")}/?object=${encodeURIComponent(object)}`;
      return counted.parse(await (await fetch(address)).json());
    },
    close: async () => {
      await teller.process.stop();
      await host.process.stop();
      await ways.close();
    },
  };
}
