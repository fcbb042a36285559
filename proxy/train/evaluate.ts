import { Detector } from '../src/detect/detector.js';
import type { Weights } from '../src/detect/score.js';
import { limit, pass, refuse } from '../src/detect/verdict.js';
import { RequestView } from '../src/detect/view.js';
import { originalFires } from './original.js';
import { Random } from './random.js';
import { fill, type Row } from './rows.js';

/** What became of requests. */
export interface Counts {
  readonly rows: number;
  readonly limited: number;
  readonly refused: number;
  /** How many a signal of the original's hits. */
  readonly original: number;
  /** Of the groups (templates, sites, clients): how many had a request caught. */
  readonly groups: number;
  readonly groupsCaught: number;
}

/** What became of a scan by one client. */
export interface Scan {
  readonly rows: number;
  readonly caught: number;
  readonly refused: number;
  /** Number of the first request that was limited or refused; of the one at which the client was blocked. From 1; 0 is never. */
  readonly first: number;
  readonly blocked: number;
}

/** Each request by itself: every one from another client, without a past. */
export function single(rows: readonly Row[], weights: Weights): Counts {
  const view = new RequestView();
  const detector = new Detector({ weights, clients: 8 });
  let limited = 0;
  let refused = 0;
  let original = 0;
  const groups = new Map<string, boolean>();
  rows.forEach((row, i) => {
    const { advice } = detector.judge(fill(view, row), i, ~i, i * 1e7);
    if (advice === limit) limited++;
    if (advice === refuse) refused++;
    if (originalFires(row)) original++;
    groups.set(row.group, (groups.get(row.group) ?? false) || advice !== pass);
  });
  const groupsCaught = [...groups.values()].filter(Boolean).length;
  return { rows: rows.length, limited, refused, original, groups: groups.size, groupsCaught };
}

/** All of them by one client, against a box that has none of it and says so: 404, or 403 once refused. */
export function scan(rows: readonly Row[], weights: Weights, perSecond: number, seed: number): Scan {
  const view = new RequestView();
  const detector = new Detector({ weights, clients: 8 });
  let caught = 0;
  let refused = 0;
  let first = 0;
  let blocked = 0;
  new Random(seed).shuffle(rows).forEach((row, i) => {
    const now = (i * 1000) / perSecond;
    const verdict = detector.judge(fill(view, row), 1, 1, now);
    if (verdict.advice !== pass) caught++;
    if (verdict.advice === refuse) refused++;
    if (first === 0 && verdict.advice !== pass) first = i + 1;
    if (blocked === 0 && verdict.blocked) blocked = i + 1;
    detector.observe(1, 1, verdict.trace, verdict.advice === refuse ? 403 : 404, now);
  });
  return { rows: rows.length, caught, refused, first, blocked };
}

/** The same in pieces: many clients that ask for fifty things each. Gives how many requests were caught. */
export function shortScans(rows: readonly Row[], weights: Weights, perSecond: number, seed: number): number {
  const shuffled = new Random(seed).shuffle(rows);
  let caught = 0;
  for (let at = 0; at < shuffled.length; at += 50)
    caught += scan(shuffled.slice(at, at + 50), weights, perSecond, seed).caught;
  return caught;
}

/** Clients as they were recorded: each group is one, with its own times and the answers it got. */
export function asRecorded(
  rows: readonly Row[],
  weights: Weights,
): { rows: number; limited: number; refused: number } {
  const view = new RequestView();
  const detector = new Detector({ weights });
  const clients = new Map<string, number>();
  const counts = { rows: 0, limited: 0, refused: 0 };
  for (const row of [...rows].sort((a, b) => a.time - b.time)) {
    const client = clients.get(row.group) ?? clients.size + 1;
    clients.set(row.group, client);
    const verdict = detector.judge(fill(view, row), client, client, row.time);
    if (!row.attack) {
      counts.rows++;
      if (verdict.advice === limit) counts.limited++;
      if (verdict.advice === refuse) counts.refused++;
    }
    detector.observe(client, client, verdict.trace, row.status === 0 ? 200 : row.status, row.time);
  }
  return counts;
}
