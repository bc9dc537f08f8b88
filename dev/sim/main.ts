import { startSim } from "./index.ts";
import { PROVIDERS } from "./providers.ts";

const PORT_BASE_DEFAULT = 8780;
const SIM_PORT_OFFSET = 10;

const port = Number(process.env["PORT"] ?? Number(process.env["PORT_BASE"] ?? PORT_BASE_DEFAULT) + SIM_PORT_OFFSET);
const sim = await startSim({ port });
console.log(`simulated providers: ${sim.url}/{${[...PROVIDERS.keys()].join(",")}}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void sim.stop());
