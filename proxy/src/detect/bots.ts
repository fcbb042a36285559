import { Resolver } from 'node:dns/promises';
import { type Address, NetworkSet, readAddress } from '../core/address.js';
import { ProxyError } from '../core/errors.js';
import { type BotRule, knownBots } from './bot-list.js';
import type { BotStanding } from './view.js';

/** The two questions to the DNS. Both reject when there is no answer, with a `code` as `node:dns` has it. */
export interface BotResolver {
  /** Names of an address (PTR). */
  reverse(address: string): Promise<string[]>;
  /** Addresses of a name, of the version asked for (A or AAAA). */
  addresses(name: string, version: 4 | 6): Promise<string[]>;
}

/** How bots are verified. */
export interface BotVerifierOptions {
  /** Rules besides the known ones, or in place of one with the same name. Default: none. */
  readonly rules?: readonly BotRule[];
  /** Default: the system's name servers, 5 seconds. */
  readonly resolver?: BotResolver;
  /** Seconds a verdict lasts. Default: 86,400. */
  readonly ttl?: number;
  /** Verdicts remembered. Default: 4,096. */
  readonly capacity?: number;
}

interface Rule extends BotRule {
  readonly token: string;
  readonly networks: NetworkSet;
}

interface Entry {
  standing: BotStanding;
  until: number;
}

/** Milliseconds after which a question nobody answered may be asked again. */
const retryAfter = 600_000;
/** Questions under way at once; whoever sends more names of bots than that is not looked up. */
const pendingLimit = 32;
const agentLimit = 1024;

/**
 * Tells search engines' bots from those who claim to be one: by network, or by the name of the address, which must be a
 * domain of the operator or lie below it (`.googlebot.com`, not `evilgooglebot.com`) and lead back to the address.
 *
 * The DNS is asked once a day and in the background: until it has answered a bot is 'pending', and judged with patience.
 * Being verified never opens a gate; it keeps a crawler that follows old links from being taken for a scanner.
 */
export class BotVerifier {
  readonly #rules: readonly Rule[];
  readonly #resolver: BotResolver;
  readonly #ttl: number;
  readonly #capacity: number;
  readonly #agents = new Map<string, number>();
  readonly #entries = new Map<string, Entry>();
  #pending = 0;

  /** @throws ProxyError for a rule that has neither domains nor networks: a user agent alone proves nothing */
  constructor(options: BotVerifierOptions = {}) {
    const { rules = [], resolver = systemResolver(), ttl = 86_400, capacity = 4096 } = options;
    for (const { name, domains, cidrs } of rules)
      if (domains.length === 0 && cidrs.length === 0)
        throw new ProxyError(
          'EDGE_CONFIG',
          `bot '${name}': has neither domains nor cidrs: a user agent alone proves nothing, add one of them`,
        );
    const own = new Set(rules.map(({ name }) => name));
    this.#rules = [...rules, ...knownBots.filter(({ name }) => !own.has(name))].map((rule) => ({
      ...rule,
      token: rule.userAgent.toLowerCase(),
      networks: new NetworkSet(rule.cidrs),
    }));
    this.#resolver = resolver;
    this.#ttl = ttl * 1000;
    this.#capacity = capacity;
  }

  /**
   * What is known of a client now.
   * @param now milliseconds
   */
  standing(userAgent: string, address: Address, now: number): BotStanding {
    const index = this.#ruleOf(userAgent);
    if (index < 0) return 'none';
    const rule = this.#rules[index];
    if (rule === undefined) return 'none';
    if (rule.networks.has(address)) return 'verified';
    if (rule.domains.length === 0) return 'false';
    const key = `${index} ${address.text}`;
    const known = this.#entries.get(key);
    if (known !== undefined && now < known.until) return known.standing;
    if (this.#pending >= pendingLimit) return 'none';
    const entry: Entry = { standing: 'pending', until: now + retryAfter };
    this.#remember(key, entry);
    this.#pending++;
    void this.#verify(rule, address)
      .then(
        (standing) => {
          entry.standing = standing;
          entry.until = now + this.#ttl;
        },
        () => {
          // no answer is no proof either way; patience would be for whoever owns the name server
          entry.standing = 'none';
        },
      )
      .finally(() => {
        this.#pending--;
      });
    return 'pending';
  }

  #ruleOf(userAgent: string): number {
    let index = this.#agents.get(userAgent);
    if (index === undefined) {
      const text = userAgent.toLowerCase();
      index = this.#rules.findIndex(({ token }) => text.includes(token));
      if (this.#agents.size >= agentLimit) this.#agents.clear();
      this.#agents.set(userAgent, index);
    }
    return index;
  }

  #remember(key: string, entry: Entry): void {
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#capacity) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, entry);
  }

  async #verify(rule: Rule, address: Address): Promise<BotStanding> {
    const names = await orNothing(this.#resolver.reverse(address.text));
    const name = names
      .map(plainName)
      .find((candidate) => rule.domains.some((domain) => isBelow(candidate, domain)));
    if (name === undefined) return 'false';
    const back = await orNothing(this.#resolver.addresses(name, address.version));
    return back.some((text) => readAddress(text)?.text === address.text) ? 'verified' : 'false';
  }
}

/** That a name does not exist is an answer; that nobody answered is not. */
async function orNothing(question: Promise<string[]>): Promise<string[]> {
  try {
    return await question;
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether a name is a domain or lies below it: by whole labels. */
function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function systemResolver(): BotResolver {
  const resolver = new Resolver({ timeout: 2500, tries: 2 });
  return {
    reverse: (address) => resolver.reverse(address),
    addresses: (name, version) => (version === 4 ? resolver.resolve4(name) : resolver.resolve6(name)),
  };
}
