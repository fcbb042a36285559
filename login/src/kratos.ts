import { z } from 'zod';
import { type Flow, type FlowKind, flowSchema } from './nodes.js';
import { type Upstream, type UpstreamAnswer, UpstreamError } from './upstream.js';

const name = z.union([z.object({ first: z.string().optional(), last: z.string().optional() }), z.string()]);

const identity = z.object({
  id: z.string(),
  state: z.string().default('active'),
  traits: z
    .looseObject({
      email: z.string().optional(),
      name: name.optional(),
      username: z.string().optional(),
      locale: z.string().optional(),
    })
    .default({}),
  metadata_public: z
    .looseObject({
      groups: z.array(z.string()).optional(),
      locale: z.string().optional(),
      expires_on: z.string().optional(),
    })
    .nullish(),
  verifiable_addresses: z
    .array(z.object({ value: z.string(), verified: z.boolean().default(false) }))
    .nullish(),
  updated_at: z.string().optional(),
});

const session = z.object({
  id: z.string(),
  active: z.boolean().default(true),
  expires_at: z.string().optional(),
  authenticated_at: z.string().optional(),
  authenticator_assurance_level: z.string().optional(),
  authentication_methods: z.array(z.object({ method: z.string().optional() })).nullish(),
  devices: z
    .array(z.object({ user_agent: z.string().optional(), ip_address: z.string().optional() }))
    .nullish(),
  identity: identity.optional(),
});

const failure = z.object({
  error: z
    .object({
      id: z.string().optional(),
      code: z.number().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  id: z.string().optional(),
});

/** A person. */
export type Identity = z.output<typeof identity>;
export type Session = z.output<typeof session>;
/** What a browser says of itself, for Kratos to judge. */
export type BrowserHeaders = Readonly<Record<string, string>>;

/** Who is asking: somebody, somebody who has to show the second factor yet, or nobody. */
export type Whoami =
  | { readonly is: 'known'; readonly session: Session; readonly person: Identity }
  | { readonly is: 'halfway' }
  | { readonly is: 'unknown' };

/** A flow, or why there is none. */
export type FlowAnswer =
  | { readonly is: 'flow'; readonly flow: Flow }
  | { readonly is: 'gone'; readonly status: number; readonly reason: string };

/** What Kratos wants a browser to do next. */
export interface Relay {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
}

/** Kratos, asked on behalf of a browser, and its admin API. */
export class Kratos {
  constructor(
    private readonly open: Upstream,
    private readonly admin: Upstream,
  ) {}

  async whoami(headers: BrowserHeaders): Promise<Whoami> {
    // without a session cookie the answer is known
    if (headers.cookie === undefined) return { is: 'unknown' };
    const { status, body } = await this.open.ask({ path: '/sessions/whoami', headers });
    if (status === 403) return { is: 'halfway' };
    if (status !== 200) return { is: 'unknown' };
    const found = this.read(session, body, 'whoami');
    if (found.identity === undefined || !found.active) return { is: 'unknown' };
    return { is: 'known', session: found, person: found.identity };
  }

  async flow(kind: FlowKind, id: string, headers: BrowserHeaders): Promise<FlowAnswer> {
    const path = `/self-service/${kind}/flows?id=${encodeURIComponent(id)}`;
    const { status, body } = await this.open.ask({ path, headers });
    if (status === 200) return { is: 'flow', flow: this.read(flowSchema, body, `${kind} flow`) };
    return { is: 'gone', status, reason: reasonOf(body) };
  }

  /** Begins a flow as the browser would, for its cookies and the place it is sent to. */
  async begin(kind: FlowKind, query: URLSearchParams, headers: BrowserHeaders): Promise<Relay> {
    const path = `/self-service/${kind}/browser?${query}`;
    return relay(await this.open.ask({ path, headers: { ...headers, accept: 'text/html' } }));
  }

  /** Hands a form on. */
  async submit(kind: FlowKind, flow: string, form: string, headers: BrowserHeaders): Promise<Relay> {
    return relay(
      await this.open.ask({
        method: 'POST',
        path: `/self-service/${kind}?flow=${encodeURIComponent(flow)}`,
        headers: { ...headers, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: form,
      }),
    );
  }

  /** Ends the browser's session; nothing to do is fine. */
  async signOut(headers: BrowserHeaders): Promise<Relay> {
    const { status, body } = await this.open.ask({ path: '/self-service/logout/browser', headers });
    const token = z.object({ logout_token: z.string() }).safeParse(body).data?.logout_token;
    if (status !== 200 || token === undefined) return { status, location: undefined, cookies: [] };
    const path = `/self-service/logout?token=${encodeURIComponent(token)}`;
    return relay(await this.open.ask({ path, headers: { ...headers, accept: 'text/html' } }));
  }

  /** The person's other sessions. */
  async otherSessions(headers: BrowserHeaders): Promise<readonly Session[]> {
    const { status, body } = await this.open.ask({ path: '/sessions?page_size=100', headers });
    return status === 200 ? this.read(z.array(session), body, 'sessions') : [];
  }

  /** Ends one of the person's other sessions, or all of them. */
  async endSession(headers: BrowserHeaders, id?: string): Promise<void> {
    const path = id === undefined ? '/sessions' : `/sessions/${encodeURIComponent(id)}`;
    await this.open.ask({ method: 'DELETE', path, headers });
  }

  /** An error Kratos keeps for the error page: its code, and its words. */
  async problem(id: string): Promise<string | undefined> {
    const { status, body } = await this.open.ask({
      path: `/self-service/errors?id=${encodeURIComponent(id)}`,
    });
    if (status !== 200) return undefined;
    const error = failure.safeParse(body).data?.error;
    return [error?.id, error?.reason, error?.message].filter((text) => text !== undefined).join(' ');
  }

  /** A person by id; undefined for nobody. */
  async person(id: string): Promise<Identity | undefined> {
    const { status, body } = await this.admin.ask({ path: `/admin/identities/${encodeURIComponent(id)}` });
    // what is no id at all is answered with 400
    if (status === 404 || status === 400) return undefined;
    if (status !== 200) throw new UpstreamError('kratos', 'nonsense', `identity: answered ${status}`);
    return this.read(identity, body, 'identity');
  }

  private read<T extends z.ZodType>(schema: T, body: unknown, what: string): z.output<T> {
    const read = schema.safeParse(body);
    if (read.success) return read.data;
    const at = read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).slice(0, 3);
    throw new UpstreamError('kratos', 'nonsense', `${what}: ${at.join('; ')}`);
  }
}

const relay = ({ status, headers }: UpstreamAnswer): Relay => ({
  status,
  location: headers.get('location') ?? undefined,
  cookies: headers.getSetCookie(),
});

function reasonOf(body: unknown): string {
  const error = failure.safeParse(body).data?.error;
  return error?.id ?? error?.reason ?? error?.message ?? '';
}
