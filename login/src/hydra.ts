import { z } from 'zod';
import { type Upstream, UpstreamError } from './upstream.js';

const client = z.object({
  client_id: z.string().default(''),
  client_name: z.string().nullish(),
  client_uri: z.string().nullish(),
  policy_uri: z.string().nullish(),
  redirect_uris: z.array(z.string()).nullish(),
  skip_consent: z.boolean().nullish(),
  skip_logout_consent: z.boolean().nullish(),
});

const login = z.object({
  challenge: z.string(),
  skip: z.boolean().default(false),
  subject: z.string().default(''),
  session_id: z.string().nullish(),
  request_url: z.string().default(''),
  client: client.nullish(),
});

const consent = z.object({
  challenge: z.string(),
  skip: z.boolean().nullish(),
  subject: z.string().default(''),
  requested_scope: z.array(z.string()).nullish(),
  requested_access_token_audience: z.array(z.string()).nullish(),
  request_url: z.string().nullish(),
  client: client.nullish(),
});

const logout = z.object({
  challenge: z.string().nullish(),
  rp_initiated: z.boolean().default(false),
  subject: z.string().default(''),
  client: client.nullish(),
});

const next = z.object({ redirect_to: z.string() });

/** An app at Hydra. */
export type Client = z.output<typeof client>;
export type LoginRequest = z.output<typeof login>;
export type ConsentRequest = z.output<typeof consent>;
export type LogoutRequest = z.output<typeof logout>;

/** What Hydra asks, or that it is over: with the place it then sends people to, if any. */
export type Asked<T> =
  | { readonly is: 'open'; readonly request: T }
  | { readonly is: 'over'; readonly next: string | undefined };

type Step = 'login' | 'consent' | 'logout';

/** Our own apps are registered with `skip_consent`: nobody is asked about them. */
export const isOurs = (client: Client | null | undefined): boolean => client?.skip_consent === true;

/** Hydra's admin API. */
export class Hydra {
  constructor(private readonly admin: Upstream) {}

  login(challenge: string): Promise<Asked<LoginRequest>> {
    return this.asked('login', challenge, login);
  }

  consent(challenge: string): Promise<Asked<ConsentRequest>> {
    return this.asked('consent', challenge, consent);
  }

  logout(challenge: string): Promise<Asked<LogoutRequest>> {
    return this.asked('logout', challenge, logout);
  }

  /** Says yes; gives the address the browser goes to. */
  accept(step: Step, challenge: string, answer: object = {}): Promise<string> {
    return this.answer(step, 'accept', challenge, answer);
  }

  /** Says no; gives the address the browser goes to. */
  reject(step: 'login' | 'consent', challenge: string, error: string, description: string): Promise<string> {
    return this.answer(step, 'reject', challenge, {
      error,
      error_description: description,
      status_code: 403,
    });
  }

  /** Stays signed in. Hydra sends nobody anywhere after that. */
  async keepSession(challenge: string): Promise<void> {
    await this.admin.ask({ method: 'PUT', path: pathOf('logout', challenge, '/reject'), body: '{}' });
  }

  /** Forgets a remembered login, or all of a person. */
  async forgetLogin(by: { readonly sid: string } | { readonly subject: string }): Promise<void> {
    const query = new URLSearchParams(Object.entries(by));
    await this.admin.ask({ method: 'DELETE', path: `/admin/oauth2/auth/sessions/login?${query}` });
  }

  /** Takes back every token of a person. */
  async revokeTokens(subject: string): Promise<void> {
    const query = new URLSearchParams({ subject, all: 'true' });
    await this.admin.ask({ method: 'DELETE', path: `/admin/oauth2/auth/sessions/consent?${query}` });
  }

  /** Whether Hydra would answer a browser now. */
  async isUp(): Promise<boolean> {
    try {
      return (await this.admin.ask({ path: '/health/ready' }, 'pass')).status === 200;
    } catch {
      return false;
    }
  }

  private async asked<T extends z.ZodType>(
    step: Step,
    challenge: string,
    schema: T,
  ): Promise<Asked<z.output<T>>> {
    const { status, body } = await this.admin.ask({ path: pathOf(step, challenge) });
    if (status === 200) {
      const read = schema.safeParse(body);
      if (read.success) return { is: 'open', request: read.data };
      throw new UpstreamError('hydra', 'nonsense', `${step} request: ${read.error.issues[0]?.message}`);
    }
    // 410: answered before, and Hydra says where that led to
    return { is: 'over', next: status === 410 ? next.safeParse(body).data?.redirect_to : undefined };
  }

  private async answer(step: Step, what: string, challenge: string, answer: object): Promise<string> {
    const { status, body } = await this.admin.ask({
      method: 'PUT',
      path: pathOf(step, challenge, `/${what}`),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    });
    const to = next.safeParse(body).data?.redirect_to;
    if (to === undefined) throw new ChallengeOver(step, status);
    return to;
  }
}

/** Hydra took no answer: the request had run out, or was answered in another window. */
export class ChallengeOver extends Error {
  constructor(step: Step, status: number) {
    super(`hydra: ${step} was not taken, with ${status}`);
  }
}

const pathOf = (step: Step, challenge: string, what = '') =>
  `/admin/oauth2/auth/requests/${step}${what}?${step}_challenge=${encodeURIComponent(challenge)}`;
