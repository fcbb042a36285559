import { randomUUID } from 'node:crypto';
import { FakeServer, type Reply, type Seen } from './fake-server.js';
import * as forms from './kratos-forms.js';

export interface FakePerson {
  readonly id: string;
  state: string;
  readonly traits: Record<string, unknown>;
  metadata_public: Record<string, unknown>;
  readonly verifiable_addresses: readonly object[];
  readonly password: string;
  secondFactor: boolean;
}

export interface FakeSession {
  readonly id: string;
  readonly token: string;
  readonly person: FakePerson;
  aal: string;
  active: boolean;
  readonly device: string;
}

interface FakeFlow {
  readonly kind: string;
  readonly query: URLSearchParams;
  body: Record<string, unknown> & { ui: { nodes: object[]; messages?: object[] } };
  /** Answered instead of the flow. */
  trouble?: Reply;
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** As much of Kratos as the pages see of it, public and admin API on one port. */
export class FakeKratos extends FakeServer {
  readonly people = new Map<string, FakePerson>();
  readonly sessions = new Map<string, FakeSession>();
  readonly flows = new Map<string, FakeFlow>();
  readonly problems = new Map<string, object>();
  /** Origin of the pages. */
  pages = 'https://auth.studio.example';

  constructor() {
    super((seen) => this.answer(seen));
  }

  get browserUrl(): string {
    return `${this.pages}/kratos`;
  }

  person(given: Partial<FakePerson> = {}): FakePerson {
    const person: FakePerson = {
      id: randomUUID(),
      state: 'active',
      traits: { email: 'ana@studio.example', name: { first: 'Ana', last: 'Silva' } },
      metadata_public: { groups: ['employee'] },
      verifiable_addresses: [{ value: 'ana@studio.example', verified: true }],
      password: 'correct horse battery staple',
      secondFactor: false,
      ...given,
    };
    this.people.set(person.id, person);
    return person;
  }

  /** A session, and the cookie that stands for it. */
  session(person: FakePerson, given: Partial<FakeSession> = {}): FakeSession {
    const session = {
      id: randomUUID(),
      token: randomUUID(),
      person,
      aal: 'aal1',
      active: true,
      device: firefox,
      ...given,
    };
    this.sessions.set(session.token, session);
    return session;
  }

  /** A flow; `nodes` are those of a fresh one unless given. */
  flow(
    kind: string,
    given: Record<string, unknown> = {},
    nodes?: readonly object[],
    query = new URLSearchParams(),
  ): string {
    const id = randomUUID();
    const ui = {
      action: `${this.browserUrl}/self-service/${kind}?flow=${id}`,
      method: 'POST',
      nodes: [...(nodes ?? this.fresh(kind, given))],
    };
    this.flows.set(id, { kind, query, body: { id, type: 'browser', ui, ...given } });
    return id;
  }

  private fresh(kind: string, { requested_aal }: Record<string, unknown>): readonly object[] {
    const { settings } = forms;
    if (kind === 'login')
      return requested_aal === 'aal2' ? forms.secondFactors(this.browserUrl) : forms.password();
    if (kind === 'settings')
      return [
        settings.csrf,
        ...settings.profile,
        ...settings.password,
        ...settings.totpOff,
        ...settings.keys(this.browserUrl),
        ...settings.codesNone,
      ];
    return forms.recoveryAsk;
  }

  private who({ headers }: Seen): FakeSession | undefined {
    const token = /ory_kratos_session=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
    const session = this.sessions.get(token);
    return session?.active && session.person.state === 'active' ? session : undefined;
  }

  private answer(seen: Seen): Reply | undefined {
    const { method, path } = seen;
    const [, first = '', second = '', third = ''] = path.split('/');
    if (path === '/sessions/whoami') return this.whoami(seen);
    if (first === 'sessions') return this.ofSessions(seen, second);
    if (path === '/self-service/errors') {
      const error = this.problems.get(seen.query.get('id') ?? '');
      return error === undefined ? undefined : { json: { id: seen.query.get('id'), error } };
    }
    if (path.startsWith('/self-service/logout')) return this.logout(seen);
    if (first === 'self-service' && third === 'browser') return this.begin(seen, second);
    if (first === 'self-service' && third === 'flows') return this.show(seen);
    if (first === 'self-service' && method === 'POST') return this.submit(seen, second);
    if (path.startsWith('/admin/identities/')) {
      const person = this.people.get(third);
      return person === undefined ? undefined : { json: person };
    }
    return undefined;
  }

  private json({ id, person, aal, active, device }: FakeSession): object {
    return {
      id,
      active,
      authenticator_assurance_level: aal,
      authenticated_at: '2026-01-02T03:04:05Z',
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      authentication_methods: [{ method: 'password' }],
      devices: [{ user_agent: device, ip_address: '192.0.2.7' }],
      identity: person,
    };
  }

  private whoami(seen: Seen): Reply {
    const session = this.who(seen);
    if (session === undefined) return { status: 401, json: { error: { id: 'session_inactive' } } };
    if (session.person.secondFactor && session.aal === 'aal1')
      return { status: 403, json: { error: { id: 'session_aal2_required' } } };
    return { json: this.json(session) };
  }

  private ofSessions(seen: Seen, id: string): Reply {
    const own = this.who(seen);
    if (own === undefined) return { status: 401, json: {} };
    const others = [...this.sessions.values()].filter(
      ({ person, token }) => person === own.person && token !== own.token,
    );
    if (seen.method === 'GET')
      return { json: others.filter(({ active }) => active).map((one) => this.json(one)) };
    for (const one of others) if (id === '' || one.id === id) one.active = false;
    return { status: 204 };
  }

  private logout(seen: Seen): Reply {
    const session = this.who(seen);
    if (seen.path.endsWith('/browser'))
      return session === undefined ? { status: 401, json: {} } : { json: { logout_token: session.token } };
    const gone = this.sessions.get(seen.query.get('token') ?? '');
    if (gone !== undefined) gone.active = false;
    return {
      status: 303,
      headers: { location: `${this.pages}/login`, 'set-cookie': 'ory_kratos_session=; Max-Age=0; Path=/' },
    };
  }

  private begin(seen: Seen, kind: string): Reply {
    const { query } = seen;
    if (kind === 'settings' && this.who(seen) === undefined)
      return {
        status: 303,
        headers: {
          location: `${this.pages}/login?return_to=${encodeURIComponent(`${this.pages}/settings`)}`,
        },
      };
    const id = this.flow(
      kind,
      { requested_aal: query.get('aal') ?? 'aal1', refresh: query.get('refresh') === 'true' },
      undefined,
      query,
    );
    return {
      status: 303,
      headers: {
        location: `${this.pages}/${kind}?flow=${id}`,
        'set-cookie': 'csrf_token_abc=of-kratos; Path=/; HttpOnly',
      },
    };
  }

  private show({ query }: Seen): Reply | undefined {
    const flow = this.flows.get(query.get('id') ?? '');
    return flow === undefined ? undefined : (flow.trouble ?? { json: flow.body });
  }

  private submit({ query, body }: Seen, kind: string): Reply | undefined {
    const id = query.get('flow') ?? '';
    const flow = this.flows.get(id);
    const back = (to: string) => ({ status: 303, headers: { location: `${this.pages}/${kind}?flow=${to}` } });
    if (flow === undefined || flow.trouble !== undefined) {
      const messages = [forms.said(4010001, 'The login flow expired 1 minute ago', 'error')];
      const next = this.flow(kind);
      const made = this.flows.get(next);
      if (made !== undefined) made.body.ui.messages = messages;
      return back(next);
    }
    if (kind !== 'login') return back(id);
    const form = new URLSearchParams(body);
    const email = form.get('identifier') ?? '';
    const person = [...this.people.values()].find(({ traits }) => traits.email === email);
    if (person === undefined || person.password !== form.get('password')) {
      flow.body.ui.nodes = forms.password({ identifier: email });
      flow.body.ui.messages = [forms.said(4000006, 'The provided credentials are invalid', 'error')];
      return back(id);
    }
    const session = this.session(person);
    return {
      status: 303,
      headers: {
        location: flow.query.get('return_to') ?? `${this.pages}/`,
        'set-cookie': [
          `ory_kratos_session=${session.token}; Path=/; HttpOnly`,
          'csrf_token_abc=next; Path=/',
        ],
      },
    };
  }
}
