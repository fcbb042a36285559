import { Detector } from '../src/detect/detector.js';
import type { Weights } from '../src/detect/score.js';
import { names } from '../src/detect/signals.js';
import { actionNames } from '../src/detect/verdict.js';
import { RequestView } from '../src/detect/view.js';
import { browsing } from './browsing.js';
import { Random } from './random.js';
import { fill, type Row } from './rows.js';
import { suite } from './suite.js';

/** One line of the golden file. */
export interface Golden {
  readonly target: string;
  readonly trafficClass: string;
  readonly score: number;
  readonly action: string;
  readonly signals: readonly string[];
}

const probes = [
  '/wp-login.php',
  '/.env',
  '/.git/config',
  '/cgi-bin/test.cgi?x=|id',
  '/index.php?page=../../../../etc/passwd',
  '/static/..%2f..%2f..%2fetc/passwd',
  '/%c0%ae%c0%ae/%c0%ae%c0%ae/boot.ini',
  '/?q=%3Cscript%3Ealert(1)%3C/script%3E',
  "/?id=1'%20union%20all%20select%20null,version()--%20",
  '/?id=1%20and%20sleep(5)',
  '/?x=$%7Bjndi:ldap://x/a%7D',
  '/?__proto__[x]=1',
  '/actuator/heapdump',
  '/phpmyadmin/',
  '/web.config.bak',
  '/admin/',
  '/about',
  '/x%00',
];

/** The golden file, one line for each set of signals, as the formatter of the repository has it. */
export function goldenText(lines: readonly Golden[]): string {
  const entries = lines.map((line) => {
    const { signals, ...rest } = line;
    const head = JSON.stringify(rest, undefined, 4).slice(0, -2).replace('{', '  {');
    const quoted = signals.map((name) => `"${name}"`);
    const inline = `    "signals": [${quoted.join(', ')}]`;
    const long = `    "signals": [\n${quoted.map((name) => `      ${name}`).join(',\n')}\n    ]`;
    return `${head},\n${inline.length <= 110 ? inline : long}\n  }`;
  });
  return `[\n${entries.join(',\n')}\n]\n`;
}

/** Scores of a list of requests, each by itself: they change with the weights and with the code, never unnoticed. */
export function golden(weights: Weights): Golden[] {
  const detector = new Detector({ weights, clients: 8 });
  const view = new RequestView();
  const attacks: Row[] = probes.map((target) => ({
    method: 'GET',
    target,
    trafficClass: 'browser',
    attack: true,
    source: '',
    group: '',
    status: 0,
    time: 0,
    headers: {},
  }));
  const flows = suite(new Random(77), 22).map(({ rows }) => rows[Math.floor(rows.length / 2)] ?? rows[0]);
  const honest = [...flows, ...browsing(new Random(78), 20)].filter((row) => row !== undefined);
  return [...attacks, ...honest].map((row, i) => {
    const verdict = detector.judge(fill(view, row), i, ~i, i * 1e7);
    return {
      target: row.target,
      trafficClass: row.trafficClass,
      score: Number(verdict.score.toFixed(6)),
      action: actionNames[verdict.advice],
      signals: names(verdict.signals),
    };
  });
}
