import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { runProgram } from '../process.js';
import { type BoxPostgres, boxAddress, issueLogin, startBoxPostgres } from './box-postgres.js';
import { about, type Bench, expect } from './program.js';
import { Secrets, type Values } from './secrets.js';
import { Stage, type StageOptions } from './stage.js';

/** A program of Ory with its database, before it is started. */
export interface OryStage {
  readonly stage: Stage;
  readonly secrets: Secrets;
  readonly postgres: BoxPostgres;
  /** The trust bundle, which trust-manager makes in the cluster. */
  readonly trust: Readonly<Record<string, Values>>;
}

export interface OryOptions extends Pick<StageOptions, 'instead' | 'edit'> {
  readonly name: 'kratos' | 'hydra';
  /** PEM texts of further authorities that the box's trust bundle has. */
  readonly authorities?: readonly string[];
}

/** Lays out Kratos or Hydra with a login to its database, made as the vault makes it, and runs its migrations. */
export async function stageOry(bench: Bench, options: OryOptions): Promise<OryStage> {
  const { name, authorities = [] } = options;
  const { box } = bench;
  const first = await Secrets.of(box);
  const postgres = await startBoxPostgres(bench, first);
  const login = await issueLogin(postgres, box, first, name);
  const secrets = await Secrets.of(box, { [name]: login });
  const authoritiesOfAll = [readFileSync(postgres.server.caFile, 'utf8'), ...authorities];
  const trust = { 'box-trust': { 'ca.crt': authoritiesOfAll.join('\n') } };
  const stage = new Stage({
    box,
    secrets,
    kind: 'Deployment',
    place: `ory/${name}`,
    instead: { [boxAddress]: postgres.address, ...options.instead },
    given: trust,
    ...(options.edit === undefined ? {} : { edit: options.edit }),
  });
  await about(`Deployment ory/${name}, container migrate`, () =>
    runToEnd(bench, name, stage.args('migrate'), stage.env('migrate')),
  );
  return { stage, secrets, postgres, trust };
}

/** Runs the program once and wants it to succeed. */
async function runToEnd(
  bench: Bench,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { code, stdout, stderr } = await runProgram({
    name,
    command: bench.program,
    args,
    env,
    seconds: 180,
  });
  const tail = `${stdout}${stderr}`.trimEnd().split('\n').slice(-12).join('\n');
  expect(code === 0, `${name} ${args.slice(0, 2).join(' ')} ended with code ${code}:\n${tail}`);
}

/**
 * A YAML file without keys that an older program does not know.
 * @throws when a key is not there: then nothing has to be left out for it
 */
export function withoutKeys(content: string, keys: readonly string[]): string {
  const document = parseDocument(content);
  for (const key of keys)
    expect(document.deleteIn(key.split('.')), `nothing says ${key} any more; this check leaves it out`);
  return document.toString();
}

/** Runs a CronJob of the program once, with its own environment. @param more arguments besides its own */
export async function runCronJob(
  bench: Bench,
  { secrets, postgres, trust }: OryStage,
  place: string,
  more: readonly string[] = [],
): Promise<void> {
  const { box } = bench;
  const instead = { [boxAddress]: postgres.address };
  const stage = new Stage({ box, secrets, kind: 'CronJob', place, instead, given: trust });
  await about(`CronJob ${place}`, () => runToEnd(bench, place, [...stage.args(), ...more], stage.env()));
}
