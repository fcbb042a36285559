/** The contenders of a run, and how they take turns. */
import { type Contender, type Running, startContender } from '../contenders/contender.js';
import type { Setting } from './setting.js';

/** How a run was asked for. */
export interface Options {
  /** Shorter and fewer rounds: a look, not a measurement. */
  readonly quick: boolean;
  readonly rounds: number;
}

/** What a measurement gets. */
export interface Bench {
  readonly setting: Setting;
  readonly options: Options;
  readonly contenders: readonly Contender[];
}

/** Figures of one contender, or why there are none. */
export interface Result<Sample> {
  readonly title: string;
  readonly name: string;
  readonly samples: Sample[];
  failure: string | undefined;
}

/** A line for each contender without figures. */
export function failures(results: readonly Result<unknown>[]): string[] {
  return results
    .filter((result) => result.failure !== undefined)
    .map((result) => `- ${result.title}: ${result.failure}`);
}

/** A line of progress on standard error. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Starts all contenders, then lets them take turns: once to warm up, which is thrown away, and `rounds` times to be
 * measured. Taking turns spreads whatever else the machine does over all of them.
 */
export async function takeTurns<Sample>(
  bench: Bench,
  label: string,
  measure: (running: Running, warmUp: boolean) => Promise<Sample>,
  contenders = bench.contenders,
  rounds = bench.options.rounds,
): Promise<Result<Sample>[]> {
  const results: Result<Sample>[] = [];
  const field: { running: Running; result: Result<Sample> }[] = [];
  for (const contender of contenders) {
    const result: Result<Sample> = { ...contender, samples: [], failure: undefined };
    results.push(result);
    try {
      field.push({ running: await startContender(contender, bench.setting, bench.setting.core), result });
    } catch (error) {
      result.failure = message(error);
    }
  }
  for (let round = 0; round <= rounds; round++) {
    for (const { running, result } of field) {
      if (result.failure !== undefined) continue;
      progress(`${label}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${running.title}`);
      try {
        const sample = await measure(running, round === 0);
        if (round > 0) result.samples.push(sample);
      } catch (error) {
        const last = running.child.ended() ? `; it ended: ${running.child.output()}` : '';
        result.failure = `${message(error)}${last}`;
      }
    }
  }
  await Promise.all(field.map(({ running }) => running.child.stop()));
  return results;
}

/** Runs each contender alone, freshly started: for memory, which remembers what came before. */
export async function oneByOne<Sample>(
  bench: Bench,
  label: string,
  measure: (running: Running) => Promise<Sample>,
  contenders = bench.contenders,
): Promise<Result<Sample>[]> {
  const results: Result<Sample>[] = [];
  for (const contender of contenders) {
    progress(`${label}: ${contender.title}`);
    const result: Result<Sample> = { ...contender, samples: [], failure: undefined };
    results.push(result);
    try {
      const running = await startContender(contender, bench.setting, bench.setting.core);
      try {
        result.samples.push(await measure(running));
      } finally {
        await running.child.stop();
      }
    } catch (error) {
      result.failure = message(error);
    }
  }
  return results;
}

function message(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ').slice(0, 160);
}
