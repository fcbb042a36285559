import { randomUUID } from 'node:crypto';
import { FakeServer, type Reply, type Seen } from './fake-server.js';

/** An answer the pages gave. */
export interface Answered {
  readonly step: string;
  readonly what: string;
  readonly challenge: string;
  readonly body: Record<string, unknown>;
}

/** As much of Hydra's admin API as the pages use. */
export class FakeHydra extends FakeServer {
  readonly requests = new Map<string, Record<string, unknown>>();
  readonly over = new Map<string, string | undefined>();
  readonly answered: Answered[] = [];
  pages = 'https://auth.studio.example';

  constructor() {
    super((seen) => this.answer(seen));
  }

  /** Something Hydra asks; gives its challenge. */
  asks(request: Record<string, unknown>): string {
    const challenge = randomUUID();
    this.requests.set(challenge, { challenge, ...request });
    return challenge;
  }

  get last(): Answered | undefined {
    return this.answered.at(-1);
  }

  private answer({ method, path, query, body }: Seen): Reply | undefined {
    if (path === '/health/ready') return { json: { status: 'ok' } };
    if (method === 'DELETE' && path.startsWith('/admin/oauth2/auth/sessions/')) return { status: 204 };
    const [, step = '', what] = /^\/admin\/oauth2\/auth\/requests\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
    const challenge = query.get(`${step}_challenge`) ?? '';
    if (this.over.has(challenge)) return { status: 410, json: { redirect_to: this.over.get(challenge) } };
    const request = this.requests.get(challenge);
    if (request === undefined) return undefined;
    if (what === undefined) return { json: request };
    this.answered.push({ step, what, challenge, body: body === '' ? {} : JSON.parse(body) });
    if (step === 'logout' && what === 'reject') return { status: 204 };
    return { json: { redirect_to: `${this.pages}/oauth2/next?${step}_verifier=${what}` } };
  }
}
