import { readAddress } from '../core/address.js';
import { KeyedHash } from '../core/keyed-hash.js';
import type { Detector } from './detector.js';
import { TimeHeap } from './heap.js';
import { fillFromLine, type LogLine, readLine } from './log-line.js';
import { names } from './signals.js';
import { type Action, actionNames, limit, pass, refuse, type Verdict } from './verdict.js';
import { RequestView } from './view.js';

/** Requests by what the detector advises. */
export interface ActionCounts {
  pass: number;
  limit: number;
  refuse: number;
}

/** A refused request that was answered all the same: look at it before you enforce. */
export interface Doubt {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly score: number;
  readonly signals: readonly string[];
}

/** What came of a replay. */
export interface ReplayReport {
  /** Lines that were requests, and others. */
  judged: number;
  skipped: number;
  readonly actions: ActionCounts;
  readonly byRoute: Map<string, ActionCounts>;
  readonly byClass: Map<string, ActionCounts>;
  /** Refused, but answered with 2xx or 3xx at the time; the first hundred with their particulars. */
  doubts: number;
  readonly examples: Doubt[];
  /** Requests whose score is the one in the log to four digits, of those that have one. */
  sameScore: number;
  withScore: number;
}

/** Lines kept to bring them into the order in which requests came: a log has them in the order in which they ended. */
const window = 10_000;
const exampleLimit = 100;

interface Answer {
  readonly high: number;
  readonly low: number;
  readonly trace: number;
  readonly status: number;
  readonly time: number;
}

/**
 * Runs an access log (lines of JSON) through a detector, with the times of the log: the very code that judges live. Keys
 * of clients are hashed with a fixed seed, so that a replay can be repeated; the redacted parts of queries are missing
 * from the log and from what is scored.
 * @param each called for each request with its verdict, which is reused
 */
export async function replay(
  lines: AsyncIterable<string>,
  detector: Detector,
  each?: (line: LogLine, verdict: Verdict) => void,
): Promise<ReplayReport> {
  const report: ReplayReport = {
    judged: 0,
    skipped: 0,
    actions: zero(),
    byRoute: new Map(),
    byClass: new Map(),
    doubts: 0,
    examples: [],
    sameScore: 0,
    withScore: 0,
  };
  const hash = new KeyedHash(new Uint8Array(8));
  const requests = new TimeHeap<LogLine>();
  const answers = new TimeHeap<Answer>();
  const view = new RequestView();
  const judge = (line: LogLine) => {
    while (answers.next <= line.time) observe(detector, answers.pop());
    fillFromLine(view, line);
    const address = readAddress(line.client, hash);
    const [high, low] = address === undefined ? [0, 0] : [address.keyHi, address.keyLo];
    const verdict = detector.judge(view, high, low, line.time);
    const time = line.time + line.duration;
    answers.push(time, { high, low, trace: verdict.trace, status: line.status || 499, time });
    count(report, line, view, verdict);
    each?.(line, verdict);
  };
  for await (const text of lines) {
    if (text === '') continue;
    const line = readLine(text);
    if (line === undefined) {
      report.skipped++;
      continue;
    }
    requests.push(line.time, line);
    if (requests.size > window) judge(requests.pop() ?? line);
  }
  for (let line = requests.pop(); line !== undefined; line = requests.pop()) judge(line);
  return report;
}

function observe(detector: Detector, answer: Answer | undefined): void {
  if (answer !== undefined)
    detector.observe(answer.high, answer.low, answer.trace, answer.status, answer.time);
}

function count(report: ReplayReport, line: LogLine, view: RequestView, verdict: Verdict): void {
  const { advice } = verdict;
  report.judged++;
  add(report.actions, advice);
  add(countsOf(report.byRoute, line.route === '' ? 'none' : line.route), advice);
  add(countsOf(report.byClass, view.trafficClass), advice);
  if (line.score >= 0) {
    report.withScore++;
    if (Math.abs(line.score - verdict.score) < 1e-4) report.sameScore++;
  }
  if (advice !== refuse || line.status < 200 || line.status >= 400) return;
  report.doubts++;
  if (report.examples.length < exampleLimit)
    report.examples.push({
      id: line.id,
      method: view.method,
      path: view.path,
      status: line.status,
      score: verdict.score,
      signals: names(verdict.signals),
    });
}

function zero(): ActionCounts {
  return { pass: 0, limit: 0, refuse: 0 };
}

function countsOf(map: Map<string, ActionCounts>, name: string): ActionCounts {
  let counts = map.get(name);
  if (counts === undefined) {
    counts = zero();
    map.set(name, counts);
  }
  return counts;
}

function add(counts: ActionCounts, advice: Action): void {
  if (advice === pass) counts.pass++;
  else if (advice === limit) counts.limit++;
  else counts.refuse++;
}

/** The report as text for people. */
export function replayText(report: ReplayReport): string {
  const { judged, skipped, actions, doubts, examples, sameScore, withScore } = report;
  const row = (name: string, counts: ActionCounts) =>
    `${name.padEnd(32)} ${actionNames.map((action) => String(counts[action]).padStart(9)).join(' ')}`;
  const section = (title: string, map: ReadonlyMap<string, ActionCounts>) => [
    '',
    `${title.padEnd(32)} ${actionNames.map((action) => action.padStart(9)).join(' ')}`,
    ...[...map]
      .sort(([, a], [, b]) => b.refuse - a.refuse || b.pass - a.pass)
      .map(([name, counts]) => row(name, counts)),
  ];
  return [
    `${judged} requests; ${skipped} lines skipped`,
    ...section('', new Map([['all', actions]])),
    ...section('class', report.byClass),
    ...section('route', report.byRoute),
    '',
    withScore === 0 ? 'no scores in the log' : `same score as in the log: ${sameScore} of ${withScore}`,
    `refused, but answered with 2xx or 3xx: ${doubts}`,
    ...examples.map(
      ({ id, method, path, status, score, signals }) =>
        `  ${score.toFixed(3)} ${status} ${method} ${path} [${signals.join(', ')}] ${id}`,
    ),
  ].join('\n');
}
