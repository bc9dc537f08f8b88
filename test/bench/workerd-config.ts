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
  readonly wrapped?: readonly WrappedBinding[];
}

/** A binding that the default export of a module makes of services: it is called once, with them as its environment. */
export interface WrappedBinding {
  readonly name: string;
  /** The built module, relative to the configuration file. */
  readonly module: string;
  /** Names of services, by the names that the module knows them under. */
  readonly services: Readonly<Record<string, string>>;
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
  readonly sockets: readonly SocketOptions[];
  readonly externals?: readonly ExternalService[];
  /** Which addresses a fetch may reach, judged by what a name resolves to. All by default. */
  readonly outbound?: readonly ("public" | "private" | "local")[];
}

export interface SocketOptions {
  readonly name: string;
  readonly service: string;
  /** Set: the socket takes workerd's own RPC for this entrypoint of the service, from an `ExternalService`. */
  readonly rpcEntrypoint?: string;
}

/** An RPC socket of another workerd, as a service of this one. */
export interface ExternalService {
  readonly name: string;
  /** `host:port`. */
  readonly address: string;
}

const STORAGE = "storage";
const OUTBOUND = "outbound";
const REACHES_ALL = ["public", "private", "local"] as const;
/** What a CONNECT request names when workerd asks workerd for RPC. Both sides only have to agree. */
const RPC_HOST = "rpc";

/**
 * The whole file. Every socket takes a free loopback port (workerd reports it on `--control-fd`). The outbound network
 * allows private and local addresses unless it is told otherwise, because the upstream is on loopback:
 * `global_fetch_strictly_public` then changes nothing here, where no zone of ours exists.
 */
export function writeConfig(options: ConfigOptions): string {
  const services = [
    ...options.services.map(writeWorker),
    ...(options.externals ?? []).map(
      ({ name, address }) =>
        `(name = ${quote(name)}, external = (address = ${quote(address)}, http = (capnpConnectHost = "${RPC_HOST}")))`,
    ),
    ...(options.storagePath === null
      ? []
      : [`(name = "${STORAGE}", disk = (path = ${quote(options.storagePath)}, writable = true))`]),
    `(name = "${OUTBOUND}", network = (allow = ${list((options.outbound ?? REACHES_ALL).map(quote))}))`,
  ];
  const extensions = options.services.flatMap(({ wrapped = [] }) =>
    wrapped.map(
      ({ module }) =>
        `(modules = [(name = ${quote(wrapperName(module))}, internal = true, esModule = embed ${quote(module)})])`,
    ),
  );
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  services = [\n    ${services.join(",\n    ")}\n  ],`,
    `  sockets = [\n    ${options.sockets.map(writeSocket).join(",\n    ")}\n  ]${extensions.length === 0 ? "" : ","}`,
    ...(extensions.length === 0 ? [] : [`  extensions = ${list(extensions)}`]),
    ");",
    "",
  ].join("\n");
}

function writeSocket({ name, service, rpcEntrypoint }: SocketOptions): string {
  const [http, designator] =
    rpcEntrypoint === undefined
      ? ["()", quote(service)]
      : [`(capnpConnectHost = "${RPC_HOST}")`, `(name = ${quote(service)}, entrypoint = ${quote(rpcEntrypoint)})`];
  return `(name = ${quote(name)}, address = "127.0.0.1:0", http = ${http}, service = ${designator})`;
}

function writeWorker(service: WorkerService): string {
  const bindings = [
    ...Object.entries(service.text).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`),
    ...service.objects.map(
      (object) =>
        `(name = ${quote(object.name)}, durableObjectNamespace = (className = ${quote(object.className)}${object.service === null ? "" : `, serviceName = ${quote(object.service)}`}))`,
    ),
    ...(service.wrapped ?? []).map(writeWrapped),
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

function writeWrapped({ name, module, services }: WrappedBinding): string {
  const inner = Object.entries(services).map(
    ([binding, service]) => `(name = ${quote(binding)}, service = ${quote(service)})`,
  );
  return `(name = ${quote(name)}, wrapped = (moduleName = ${quote(wrapperName(module))}, innerBindings = ${list(inner)}))`;
}

/** workerd wants the name of an extension's module to look like a URL. */
const wrapperName = (module: string): string => `wrapper:${basename(module)}`;

const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** A Cap'n Proto text literal. Control characters never occur in our values, so they are refused rather than escaped. */
export function quote(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new RangeError("control character in a configuration text");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
