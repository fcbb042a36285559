import { readFileSync } from 'node:fs';
import type { Config } from '../config/schema.js';
import { ProxyError } from '../core/errors.js';
import { BotVerifier } from './bots.js';
import { Detector } from './detector.js';
import type { Weights } from './score.js';
import { weights } from './weights.js';
import { decodeWeights, type WeightsText } from './weights-format.js';

/** What judges requests, as a configuration says. */
export interface Guard {
  readonly detector: Detector;
  readonly bots: BotVerifier;
}

/**
 * The detector a configuration asks for; undefined when it asks for none.
 * @throws ProxyError EDGE_CONFIG when the weights on trial cannot be read
 */
export function makeGuard(config: Config['detection']): Guard | undefined {
  const { mode, limitAt, refuseAt, blockSeconds, bots, shadowWeights } = config;
  if (mode === 'off') return undefined;
  const shadow = shadowWeights === undefined ? {} : { shadow: readWeights(shadowWeights) };
  return {
    detector: new Detector({ weights, mode, limitAt, refuseAt, blockSeconds, ...shadow }),
    bots: new BotVerifier({ rules: bots }),
  };
}

/** Weights in a file, as `npm run train -w proxy -- --json FILE` writes them. */
function readWeights(file: string): Weights {
  try {
    return decodeWeights(JSON.parse(readFileSync(file, 'utf8')) as WeightsText);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError('EDGE_CONFIG', `detection.shadowWeights: '${file}' cannot be read (${why})`, {
      cause,
    });
  }
}
