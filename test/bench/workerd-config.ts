import { basename } from "node:path";

/** Writes workerd's configuration as Cap'n Proto text. Only what the bench needs of `workerd.capnp`. */
export interface WorkerService {
  readonly name: string;
  /** The built modules, relative to the configuration file; the first is the Worker. */
  readonly modules: readonly string[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly text: Readonly<Record<string, string>>;
  readonly objects: readonly ObjectBinding[];
  /** SQLite-backed classes this Worker defines, kept in the named disk service. */
  readonly classes: readonly string[];
}

export interface ObjectBinding {
  readonly name: string;
  readonly className: string;
  /** The Worker that defines the class; null for the same one. */
  readonly service: string | null;
}

export interface ConfigOptions {
  readonly services: readonly WorkerService[];
  /** Directory for object storage; null when no service has objects. */
  readonly storagePath: string | null;
  readonly sockets: readonly { readonly name: string; readonly service: string }[];
}

const STORAGE = "storage";
const OUTBOUND = "outbound";

/**
 * The whole file. Every socket takes a free loopback port (workerd reports it on `--control-fd`). The outbound network
 * allows private and local addresses, because the upstream is on loopback: `global_fetch_strictly_public` then changes
 * nothing here, where no zone of ours exists.
 */
export function writeConfig(options: ConfigOptions): string {
  const services = [
    ...options.services.map(writeWorker),
    ...(options.storagePath === null
      ? []
      : [`(name = "${STORAGE}", disk = (path = ${quote(options.storagePath)}, writable = true))`]),
    `(name = "${OUTBOUND}", network = (allow = ["public", "private", "local"]))`,
  ];
  const sockets = options.sockets.map(
    (socket) =>
      `(name = ${quote(socket.name)}, address = "127.0.0.1:0", http = (), service = ${quote(socket.service)})`,
  );
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  services = [\n    ${services.join(",\n    ")}\n  ],`,
    `  sockets = [\n    ${sockets.join(",\n    ")}\n  ]`,
    ");",
    "",
  ].join("\n");
}

function writeWorker(service: WorkerService): string {
  const bindings = [
    ...Object.entries(service.text).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`),
    ...service.objects.map(
      (object) =>
        `(name = ${quote(object.name)}, durableObjectNamespace = (className = ${quote(object.className)}${object.service === null ? "" : `, serviceName = ${quote(object.service)}`}))`,
    ),
  ];
  const fields = [
    `modules = ${list(service.modules.map((path) => `(name = ${quote(basename(path))}, esModule = embed ${quote(path)})`))}`,
    `compatibilityDate = ${quote(service.compatibilityDate)}`,
    `compatibilityFlags = ${list(service.compatibilityFlags.map(quote))}`,
    `bindings = ${list(bindings)}`,
    `globalOutbound = "${OUTBOUND}"`,
    ...(service.classes.length === 0
      ? []
      : [
          `durableObjectNamespaces = ${list(service.classes.map((name) => `(className = ${quote(name)}, uniqueKey = ${quote(`${service.name}-${name}`)}, enableSql = true)`))}`,
          `durableObjectStorage = (localDisk = "${STORAGE}")`,
        ]),
  ];
  return `(name = ${quote(service.name)}, worker = (\n      ${fields.join(",\n      ")}\n    ))`;
}

const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** A Cap'n Proto text literal. Control characters never occur in our values, so they are refused rather than escaped. */
export function quote(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new RangeError("control character in a configuration text");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
