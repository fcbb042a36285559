import { hasOwnNames } from './features.js';
import { upperBit } from './signals.js';
import type { RequestView } from './view.js';
import { groups } from './vocabulary.js';
import { hashByte, hashStart, words } from './words.js';

const scannerBit = upperBit('scanner-agent');
const noAgentBit = upperBit('no-agent');
const toolBit = upperBit('tool-agent');
const bareBit = upperBit('bare-browser');
const falseBotBit = upperBit('false-bot');

/** What each sign adds to the log-odds. Declared, not learned: in the data, header fields tell the file, not the intent. */
export const points = {
  /** The client names a program made for scanning. Enough to be refused by itself. */
  scannerAgent: 9,
  /** It says to be a search engine's bot and is not. */
  falseBot: 2,
  /** The route table has nothing for the path: scanners' daily bread, but also a favicon's. */
  unknownRoute: 1,
  /** No user agent where people come with browsers. */
  noAgent: 0.5,
  /** A program where people come with browsers. */
  toolAgent: 0.25,
  /** A browser by name without the languages every browser sends. */
  bareBrowser: 0.25,
} as const;

const isScanner = 64;
const isTool = 128;
const isBrowser = 256;
const cacheLimit = 1024;

/**
 * What a client looks like. All of it can be forged, so it only ever adds, and all but the first two can never limit a
 * request by themselves. A cookie is not looked at: it neither helps nor harms.
 */
export class Appearance {
  /** Log-odds the appearance of the last request adds, 0 or more. */
  points = 0;
  /** Its signals, as the upper half of a set. */
  signals = 0;
  /** Number from 0 to 31 that stands for its user agent. */
  agent = 0;
  readonly #agents = new Map<string, number>();

  look(view: RequestView): void {
    const { userAgent } = view;
    let known = this.#agents.get(userAgent);
    if (known === undefined) {
      known = readAgent(userAgent);
      // whoever sends a thousand names makes us forget the others, and nothing more
      if (this.#agents.size >= cacheLimit) this.#agents.clear();
      this.#agents.set(userAgent, known);
    }
    this.agent = known & 31;
    let sum = view.routeFound ? 0 : points.unknownRoute;
    let signals = 0;
    if ((known & isScanner) !== 0) {
      sum += points.scannerAgent;
      signals |= scannerBit;
    }
    if (view.bot === 'false') {
      sum += points.falseBot;
      signals |= falseBotBit;
    }
    if (
      !hasOwnNames(view.trafficClass) &&
      view.trafficClass !== 'api' &&
      view.trafficClass !== 'stream' &&
      !view.signedIn
    ) {
      if (userAgent === '') {
        sum += points.noAgent;
        signals |= noAgentBit;
      } else if ((known & isTool) !== 0) {
        sum += points.toolAgent;
        signals |= toolBit;
      } else if (
        (known & isBrowser) !== 0 &&
        view.acceptLanguage === '' &&
        !view.hasSecFetch &&
        view.bot !== 'verified'
      ) {
        sum += points.bareBrowser;
        signals |= bareBit;
      }
    }
    this.points = sum;
    this.signals = signals;
  }
}

/** Bit of a user agent, and what its words say. */
function readAgent(userAgent: string): number {
  let whole = hashStart;
  let word = hashStart;
  let flags = 0;
  const end = Math.min(userAgent.length, 512);
  for (let i = 0; i <= end; i++) {
    let code = i < end ? userAgent.charCodeAt(i) & 0xff : 0x20;
    if (code >= 0x41 && code <= 0x5a) code += 32;
    whole = hashByte(whole, code);
    const isLetter =
      (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f;
    if (isLetter) {
      word = hashByte(word, code);
      continue;
    }
    const mask = words.find(word);
    if ((mask & groups.scanner) !== 0) flags |= isScanner;
    if ((mask & groups.tool) !== 0) flags |= isTool;
    word = hashStart;
  }
  if (userAgent.startsWith('Mozilla/')) flags |= isBrowser;
  return flags | ((whole ^ (whole >>> 13)) & 31);
}
