import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Loaded, loadConfig } from './config/load.js';
import { ProxyError } from './core/errors.js';
import { makeGuard } from './detect/make.js';
import { replay, replayText } from './detect/replay.js';
import { explain } from './routing/explain.js';
import type { Route } from './routing/route.js';
import { RouteTable } from './routing/table.js';

const usage = `proxy [serve] [FILE]           serve what FILE says, or the file named by CONFIG
proxy check FILE               say what is wrong with a configuration; exit code 1 when it would be refused
proxy routes FILE              print all routes in the order in which they are tried
proxy explain FILE URL         say which route a request takes, what it must pass and what the upstream is asked
      --method METHOD            default: GET
      --header 'Name: value'     may stand several times
proxy replay FILE LOG          what the detector of FILE says of the requests in an access log; LOG may be -
proxy --help
`;

/** A command line that makes no sense. */
class UsageError extends Error {}

type Options = { method?: string; header?: string[] };
type Command = (args: readonly string[], options: Options) => number | Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  serve,
  check,
  routes,
  explain: explainUrl,
  replay: replayLog,
};

/**
 * Runs the command line.
 * @returns exit code: 0 well, 1 problems in what was asked about, 2 the command line makes no sense
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        method: { type: 'string' },
        header: { type: 'string', multiple: true },
      },
    });
    if (values.help === true) {
      process.stdout.write(usage);
      return 0;
    }
    const [first = 'serve', ...rest] = positionals;
    const command = commands[first];
    if (command !== undefined) return await command(rest, values);
    // a file alone is to be served
    if (positionals.length === 1 && /[./]/.test(first)) return await serve([first]);
    throw new UsageError(`there is no command '${first}'`);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof ProxyError) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  // parseArgs marks its own by code
  const isUsage =
    error instanceof UsageError || (error instanceof TypeError && /^ERR_PARSE_ARGS/.test(codeOf(error)));
  if (!isUsage) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  return 2;
}

const codeOf = (error: Error) => String(Reflect.get(error, 'code') ?? '');

async function serve(args: readonly string[]): Promise<number> {
  const file = args[0] ?? process.env.CONFIG;
  if (file === undefined)
    throw new UsageError('there is no configuration: name a file, or set CONFIG to one');
  const server = await import('./serve.js');
  await server.serve(file);
  return 0;
}

function check(args: readonly string[]): number {
  const { config } = load(args, 1);
  const count = config.hosts.reduce((sum, host) => sum + host.routes.length, 0);
  process.stdout.write(`${args[0]} is valid: ${config.hosts.length} hosts, ${count} routes\n`);
  return 0;
}

function routes(args: readonly string[]): number {
  const table = RouteTable.compile(load(args, 1).config);
  const rows = [...table.hosts.values()].flatMap((host) => host.routes.map(rowOf));
  process.stdout.write(aligned([['HOST', 'PATH', 'KIND', 'CLASS', 'METHODS', 'GATE', 'TO'], ...rows]));
  return 0;
}

function rowOf(route: Route): string[] {
  const { config } = route;
  return [
    route.host,
    route.exact ? `${route.path} exact` : route.path,
    route.kind,
    config.kind === 'proxy' ? route.trafficClass : '-',
    route.methods === undefined ? 'all' : [...route.methods].join(),
    route.gated ? (route.gateGroups?.join() ?? 'signed in') : '-',
    targetText(route),
  ];
}

function targetText({ config, upstream }: Route): string {
  switch (config.kind) {
    case 'proxy':
      return upstream + (config.replacePrefix ?? '');
    case 'media':
      return upstream + config.prepend;
    case 'static':
      return config.root;
    case 'redirect':
      return `${config.status} ${config.to}`;
    case 'portal':
      return '-';
    default:
      return String(config.status);
  }
}

function explainUrl(args: readonly string[], { method, header = [] }: Options): number {
  const { config } = load(args, 2);
  const headers = new Map(
    header.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new UsageError(`'${line}' is not a field; write it as 'Name: value'`);
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const question = { url: args[1] ?? '', method: method?.toUpperCase() ?? 'GET', headers };
  try {
    const { rows } = explain(config, RouteTable.compile(config), question);
    process.stdout.write(aligned(rows));
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
  return 0;
}

async function replayLog(args: readonly string[]): Promise<number> {
  const { config } = load(args, 2);
  const log = args[1] as string;
  // what is off now is asked what it would say
  const guard = makeGuard({ ...config.detection, mode: 'enforce' });
  if (guard === undefined) return 1;
  const input = log === '-' ? process.stdin : createReadStream(log);
  try {
    const report = await replay(
      createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }),
      guard.detector,
    );
    process.stdout.write(replayText(report));
    return 0;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError('EDGE_CONFIG', `cannot read the log '${log}': ${why}`, { cause });
  }
}

function load(args: readonly string[], count: number): Loaded {
  const [file] = args;
  if (file === undefined || args.length !== count)
    throw new UsageError(
      `expected ${count === 1 ? 'a file' : 'a file and one thing more'}, got ${args.length} arguments`,
    );
  const loaded = loadConfig(file);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  return loaded;
}

/** Rows in columns; the last is not padded. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')}\n`,
    )
    .join('');
}
