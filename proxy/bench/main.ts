/**
 * `npm run bench -w proxy [-- NAME... --quick --rounds=N --only=CONTENDER,...]`: measures this proxy beside others in
 * one run and prints a table for each measurement. It asserts nothing.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { caddy } from './contenders/caddy.js';
import type { Contender } from './contenders/contender.js';
import { edge, edgeBare } from './contenders/edge.js';
import { haproxy } from './contenders/haproxy.js';
import { nginx } from './contenders/nginx.js';
import { plainNode } from './contenders/plain-node.js';
import { bodies, http1, http2, http2Single } from './measurements/cpu-per-request.js';
import { handshakes } from './measurements/handshakes.js';
import { latency } from './measurements/latency.js';
import { growth, idle } from './measurements/memory.js';
import { webSocket } from './measurements/websocket.js';
import { othersMicroseconds } from './support/cpu.js';
import { type Bench, progress } from './support/field.js';
import { describeMachine } from './support/machine.js';
import { makeSetting } from './support/setting.js';
import { render, type Table } from './support/table.js';

const contenders: readonly Contender[] = [nginx, haproxy, caddy, plainNode, edge, edgeBare];

const measurements: Readonly<Record<string, (bench: Bench) => Promise<Table | Table[]>>> = {
  h1: http1,
  h2: http2,
  'h2-single': http2Single,
  bodies,
  websocket: webSocket,
  handshakes,
  idle,
  latency,
  memory: growth,
};

/** Benchmarks of single parts, programs of their own: run only when named. */
const parts = ['detector', 'limits', 'routing'];

/** A clear end for a name that nobody knows. */
function pick<T>(kind: string, names: readonly string[], known: ReadonlyMap<string, T>): T[] {
  return names.map((name) => {
    const found = known.get(name);
    if (found === undefined) {
      console.error(`no ${kind} '${name}'; there are ${[...known.keys()].join(', ')}`);
      process.exit(2);
    }
    return found;
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
  },
});
for (const part of positionals.filter((name) => parts.includes(name))) {
  const file = fileURLToPath(new URL(`${part}.ts`, import.meta.url));
  if (spawnSync(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' }).status !== 0)
    process.exitCode = 1;
}
const wanted = positionals.filter((name) => !parts.includes(name));
if (positionals.length > 0 && wanted.length === 0) process.exit();
const names = wanted.length > 0 ? wanted : values.quick ? ['h1', 'h2'] : Object.keys(measurements);
const chosen = pick('measurement', names, new Map(Object.entries(measurements)));
const known = new Map(contenders.map((contender) => [contender.name, contender]));
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds=${values.rounds}: a whole number of rounds, at least 1`);
  process.exit(2);
}

const bench: Bench = {
  setting: await makeSetting(),
  options: { quick: values.quick, rounds },
  contenders: pick('contender', values.only?.split(',') ?? [...known.keys()], known),
};
console.log(describeMachine(bench.setting));
for (const [i, measurement] of chosen.entries()) {
  try {
    const [start, others] = [performance.now(), othersMicroseconds()];
    const tables = await measurement(bench);
    const share = (othersMicroseconds() - others) / (performance.now() - start) / 10;
    for (const table of [tables].flat()) console.log(render(table));
    // latency and rates suffer from company, CPU time much less
    console.log(`(other programs on the machine meanwhile: ${Math.max(0, share).toFixed(0)} % of a core)`);
  } catch (error) {
    progress(`${names[i]}: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
}
// ends the upstreams too
process.exit();
