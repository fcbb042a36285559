import type { TrafficClass } from '../src/detect/view.js';
import type { Random } from './random.js';
import type { Row } from './rows.js';
import { nouns } from './words.js';

/** Makes the requests of one kind of client. */
export type FlowMaker = (w: FlowWriter) => void;

export const enc = encodeURIComponent;

/** A name of several segments, each encoded. */
export const key = (name: string) => name.split('/').map(enc).join('/');

/** Collects the requests of one flow; time runs with them. */
export class FlowWriter {
  readonly rows: Row[] = [];
  time: number;
  headers: Record<string, string> = {};
  trafficClass: TrafficClass = 'browser';

  constructor(
    readonly kind: string,
    readonly random: Random,
  ) {
    // tabs go back a little
    this.time = random.whole(60_000, 61_000);
  }

  send(method: string, target: string, status = 200, gap = 30): void {
    this.time += this.random.next() * 2 * gap;
    this.rows.push({
      method,
      target,
      trafficClass: this.trafficClass,
      attack: false,
      source: 'suite',
      group: this.kind,
      status,
      time: this.time,
      headers: this.headers,
      signedIn: false,
    });
  }

  get(target: string, status = 200, gap = 30): void {
    this.send('GET', target, status, gap);
  }

  /** A page of an app: document, scripts, styles, fonts, pictures, all at once. */
  page(path: string, assets = this.random.whole(20, 120)): void {
    const { random } = this;
    this.trafficClass = 'browser';
    this.get(path, 200, 800);
    for (let i = 0; i < assets; i++) {
      const folder = random.pick([
        '/_next/static/chunks',
        '/assets',
        '/static/css',
        '/static/media',
        '/locales/fr',
        '/fonts',
        '/images',
      ]);
      const ending = random.pick(['js', 'css', 'woff2', 'svg', 'png', 'json', 'webp', 'mjs']);
      this.get(
        `${folder}/${random.pick(nouns)}${random.pick(['-', '.'])}${random.hex(8)}.${ending}`,
        random.chance(0.03) ? 404 : random.chance(0.2) ? 304 : 200,
        10,
      );
    }
    if (random.chance(0.4)) this.get('/favicon.ico', random.pick([200, 404]), 5);
    if (random.chance(0.15)) this.get('/apple-touch-icon-precomposed.png', 404, 5);
    if (random.chance(0.1)) this.get('/manifest.webmanifest', random.pick([200, 404]), 5);
    if (random.chance(0.05)) this.get('/.well-known/security.txt', 404, 5);
    if (random.chance(0.05)) this.get('/robots.txt', random.pick([200, 404]), 5);
  }
}
