import { ProxyError } from '../core/errors.js';
import { Appearance } from './appearance.js';
import { ClientState } from './client-state.js';
import { FeatureExtractor, hasOwnNames } from './features.js';
import { agentOf, isCustomary, missWeight, pathOf, traceOf, weightOf } from './misses.js';
import { Ensemble, limitScore, refuseScore, type Weights } from './score.js';
import { clientFeatures, requestFeatures, signalNames, signalSet, upperBit } from './signals.js';
import { type Action, limit, pass, refuse, Verdict } from './verdict.js';
import type { RequestView } from './view.js';

/** How the detector is set up. */
export interface DetectorOptions {
  readonly weights: Weights;
  /** 'off': nothing is scored. 'observe': verdicts are reported. 'enforce': they are to be acted upon. Default: 'enforce'. */
  readonly mode?: 'off' | 'observe' | 'enforce';
  /** Score from which a request is limited. Default: 0.5. */
  readonly limitAt?: number;
  /** Score from which it is refused. Default: 0.9. */
  readonly refuseAt?: number;
  /** Seconds of the first block; it doubles up to an hour, if it was not longer from the start. Default: 600. */
  readonly blockSeconds?: number;
  /** Refusals within about a minute after which a client is blocked. Default: 4. */
  readonly strikesToBlock?: number;
  /** Clients remembered. Default: 16,384. */
  readonly clients?: number;
  /** Weights on trial: scored beside, never acted upon. */
  readonly shadow?: Weights;
}

/** Score a request of a validated session must reach to be refused: overwhelming evidence, and only that request. */
const refuseSignedInAt = 0.995;

const blockedBit = upperBit('blocked');

/**
 * Finds scanners and floods. `judge` before a request is served, `observe` when it has been answered; both with the same
 * key of the client. The same code runs live, in replay and in training, with the time given from outside.
 *
 * Nothing a client sends can lower a score: header fields only add, a cookie counts for nothing, and only a session that
 * the edge itself validated is spared (all but overwhelming evidence).
 */
export class Detector {
  readonly mode: 'off' | 'observe' | 'enforce';
  readonly clients: ClientState;
  readonly #limitAt: number;
  readonly #refuseAt: number;
  readonly #blockSeconds: number;
  readonly #strikesToBlock: number;
  readonly #request: Ensemble;
  readonly #client: Ensemble;
  readonly #shadowRequest: Ensemble | undefined;
  readonly #shadowClient: Ensemble | undefined;
  readonly #features = new FeatureExtractor();
  readonly #appearance = new Appearance();
  readonly #history = new Float32Array(clientFeatures);
  readonly #verdict = new Verdict();

  constructor(options: DetectorOptions) {
    const { limitAt = limitScore, refuseAt = refuseScore, blockSeconds = 600, strikesToBlock = 4 } = options;
    if (!(limitAt > 0 && limitAt <= refuseAt && refuseAt <= 1))
      throw new ProxyError(
        'EDGE_CONFIG',
        `detector: limits at ${limitAt} and refuses at ${refuseAt}: must be above 0, up to 1, and in this order`,
      );
    if (!(blockSeconds > 0 && blockSeconds <= 86_400))
      throw new ProxyError(
        'EDGE_CONFIG',
        `detector: blocks for ${blockSeconds} s: must be above 0 and up to 86400`,
      );
    this.mode = options.mode ?? 'enforce';
    this.clients = new ClientState(options.clients);
    this.#limitAt = limitAt;
    this.#refuseAt = refuseAt;
    this.#blockSeconds = blockSeconds;
    this.#strikesToBlock = strikesToBlock;
    this.#request = new Ensemble(options.weights.request);
    this.#client = new Ensemble(options.weights.client);
    this.#shadowRequest = options.shadow && new Ensemble(options.shadow.request);
    this.#shadowClient = options.shadow && new Ensemble(options.shadow.client);
  }

  /**
   * Judges a request that has come in.
   * @param high @param low key of the client: IPv4 by /32, IPv6 by /64, hashed with a secret
   * @param now milliseconds, of the same clock as in `observe`
   */
  judge(view: RequestView, high: number, low: number, now: number): Verdict {
    const verdict = this.#verdict;
    verdict.action = pass;
    verdict.advice = pass;
    verdict.score = 0;
    verdict.requestScore = 0;
    verdict.shadowScore = -1;
    verdict.signals = 0;
    verdict.blocked = false;
    verdict.trace = 0;
    if (this.mode === 'off') return verdict;

    const x = this.#features.extract(view);
    const appearance = this.#appearance;
    appearance.look(view);
    const { pathHash } = this.#features;
    const { agent } = appearance;
    const ownNames = hasOwnNames(view.trafficClass);
    const own = this.#request.score(x, appearance.points);

    const slot = this.clients.enter(high, low, now);
    this.clients.arrive(slot, pathHash, agent, view.hostFound, ownNames || view.signedIn ? 0.1 : 1);
    const history = this.#history;
    this.clients.features(slot, history);
    const past = this.#client.score(history);
    let score = 1 - (1 - own) * (1 - past);
    // nothing is there to be missed: whoever asks for what no route serves can wait
    if (!view.routeFound && score < this.#limitAt && !isCustomary(view.path)) score = this.#limitAt;
    verdict.requestScore = own;
    if (this.#shadowRequest !== undefined && this.#shadowClient !== undefined)
      verdict.shadowScore =
        1 - (1 - this.#shadowRequest.score(x, appearance.points)) * (1 - this.#shadowClient.score(history));

    // evidence of the request by itself counts against the client; that of the client alone does not feed on itself
    const isForgiven = view.signedIn || view.bot === 'verified';
    if (own >= this.#refuseAt && !isForgiven) {
      if (this.clients.strike(slot, agent) >= this.#strikesToBlock) this.#block(slot, now);
    } else if (past >= this.#refuseAt && !isForgiven && view.bot !== 'pending') this.#block(slot, now);

    let higher = appearance.signals;
    let advice: Action = score >= this.#refuseAt ? refuse : score >= this.#limitAt ? limit : pass;
    if (view.signedIn) {
      if (advice === refuse && own < refuseSignedInAt) advice = limit;
      if (advice === limit && own < this.#limitAt) advice = pass;
    } else if (view.bot === 'verified' || view.bot === 'pending') {
      if (advice === refuse && own < this.#refuseAt) advice = limit;
    }
    let reported = score;
    if (!isForgiven && this.clients.blockedUntil(slot) > now) {
      verdict.blocked = true;
      higher |= blockedBit;
      if (this.clients.isSuspect(slot, agent)) {
        advice = refuse;
        reported = 1;
      } else if (advice === pass || own < this.#refuseAt) advice = limit;
    }
    verdict.advice = advice;
    verdict.action = this.mode === 'enforce' ? advice : pass;
    verdict.score = reported;
    let lower = 0;
    for (let i = 0; i < requestFeatures; i++) if ((x[i] as number) > 0) lower |= 1 << i;
    for (let i = 0; i < clientFeatures; i++) if ((history[i] as number) >= 0.5) higher |= 1 << i;
    verdict.signals = signalSet(lower, higher);
    verdict.trace = traceOf(pathHash, agent, missWeight(view, x, own >= this.#limitAt, ownNames));
    return verdict;
  }

  /**
   * Tells how a request was answered.
   * @param trace the verdict's
   * @param status of the answer; 499 when the client left before it was there
   */
  observe(high: number, low: number, trace: number, status: number, now: number): void {
    if (this.mode === 'off') return;
    const slot = this.clients.find(high, low, now);
    if (slot < 0) return;
    this.clients.answer(slot, status, pathOf(trace), agentOf(trace), weightOf(trace));
  }

  /**
   * What a request is held against, strongest first: each signal with what the score would lose without it. For logs and
   * `proxy explain`; allocates.
   */
  explain(view: RequestView): { name: string; weight: number; value: number }[] {
    const x = this.#features.extract(view).slice();
    this.#appearance.look(view);
    const { points, signals } = this.#appearance;
    const whole = this.#request.score(x, points);
    const found: { name: string; weight: number; value: number }[] = [];
    for (let i = 0; i < requestFeatures; i++) {
      const value = x[i] as number;
      if (value === 0) continue;
      x[i] = 0;
      found.push({ name: signalNames[i] ?? '', weight: whole - this.#request.score(x, points), value });
      x[i] = value;
    }
    // an unknown route has its own feature; its points are in the appearance's sum
    if (points > 0)
      for (let i = clientFeatures; i < signalNames.length - requestFeatures; i++)
        if ((signals & (1 << i)) !== 0)
          found.push({
            name: signalNames[requestFeatures + i] ?? '',
            weight: whole - this.#request.score(x),
            value: 1,
          });
    return found.sort((a, b) => b.weight - a.weight);
  }

  /** Clients blocked now, by their keys, with what they do; walks the table. */
  *blockedClients(now: number): Generator<{ high: number; low: number; leftMs: number; reasons: string[] }> {
    const history = new Float32Array(clientFeatures);
    for (const { slot, high, low, leftMs } of this.clients.blockedSlots(now)) {
      this.clients.features(slot, history);
      const reasons = Array.from(history, (value, i) =>
        value >= 0.5 ? signalNames[requestFeatures + i] : undefined,
      );
      yield { high, low, leftMs, reasons: reasons.filter((name) => name !== undefined) };
    }
  }

  #block(slot: number, now: number): void {
    if (this.clients.blockedUntil(slot) <= now) this.clients.block(slot, this.#blockSeconds, now);
  }
}
