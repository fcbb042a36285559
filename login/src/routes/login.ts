import type { LoginRequest } from '../hydra.js';
import type { Session } from '../kratos.js';
import type { Visit } from '../visit.js';
import { beginFlow, showFlow } from './flows.js';

/** The sign-in page; with a challenge, an app is waiting behind it. */
export async function showLogin(visit: Visit): Promise<Response> {
  if (visit.query('flow') !== undefined) return showFlow(visit, 'login');
  const challenge = visit.query('login_challenge');
  if (challenge !== undefined) return answerChallenge(visit, challenge);
  if (visit.query('aal') !== 'aal2') return beginFlow(visit, 'login');
  // a second factor without a first one is an error to Kratos: people get the whole sign-in
  const who = await visit.services.kratos.whoami(visit.headers);
  return who.is === 'unknown' ? beginFlow(visit, 'login', { aal: 'aal1' }) : beginFlow(visit, 'login');
}

/** Hydra asks who this is: whoever is known already is not asked again, unless the app insists. */
async function answerChallenge(visit: Visit, challenge: string): Promise<Response> {
  const { kratos, hydra, destinations, metrics } = visit.services;
  const asked = await hydra.login(challenge);
  if (asked.is === 'over') {
    const next = destinations.inBox(asked.next);
    return next === undefined ? visit.problem('old') : visit.redirect(next);
  }
  const { request } = asked;
  const { silent, insists } = wishesOf(request);
  const who = await kratos.whoami(visit.headers);
  const same = who.is === 'known' && (!request.skip || request.subject === who.person.id);
  if (same && !insists) {
    metrics.events.add({ event: 'login_known' });
    return toHydra(visit, await hydra.accept('login', challenge, answerOf(who.session, who.person.id)));
  }
  if (silent) {
    metrics.events.add({ event: 'login_required' });
    const to = await hydra.reject('login', challenge, 'login_required', 'Nobody is signed in.');
    // this is an answer to the app, which may be anywhere
    return visit.redirect(to);
  }
  // Hydra remembers somebody who is not, or no longer, signed in here; it would refuse anybody else
  if (request.skip && !same) return forget(visit, request);
  return beginFlow(visit, 'login', who.is === 'halfway' ? { aal: 'aal2' } : {});
}

/** What the app asked for besides a sign-in. @see https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest */
function wishesOf(request: LoginRequest): { silent: boolean; insists: boolean } {
  const url = URL.canParse(request.request_url) ? new URL(request.request_url) : undefined;
  const prompts = (url?.searchParams.get('prompt') ?? '').split(' ');
  // Hydra has compared max_age with its own session; without one it cannot
  const aged = !request.skip && url?.searchParams.has('max_age') === true;
  return {
    silent: prompts.includes('none'),
    insists: prompts.includes('login') || prompts.includes('select_account') || aged,
  };
}

/** The same answer that Kratos gives after a form. */
function answerOf(session: Session, subject: string): object {
  const ends = session.expires_at === undefined ? 0 : Date.parse(session.expires_at);
  const seconds = Math.max(0, Math.round((ends - Date.now()) / 1000));
  return {
    subject,
    remember: true,
    // 0 would mean for ever
    remember_for: Math.max(1, seconds),
    identity_provider_session_id: session.id,
    acr: session.authenticator_assurance_level ?? 'aal1',
    amr: (session.authentication_methods ?? []).flatMap(({ method }) =>
      method === undefined ? [] : [method],
    ),
  };
}

async function forget(visit: Visit, request: LoginRequest): Promise<Response> {
  const { hydra, destinations, metrics } = visit.services;
  metrics.events.add({ event: 'login_forgotten' });
  const { session_id: sid, subject, request_url } = request;
  await hydra.forgetLogin(sid === null || sid === undefined || sid === '' ? { subject } : { sid });
  return visit.redirect(destinations.inBox(request_url) ?? '/login');
}

/** Hydra's own addresses are on the sign-in host, nowhere else. */
export function toHydra(visit: Visit, to: string): Response | Promise<Response> {
  const target = visit.services.destinations.inBox(to);
  return target === undefined ? visit.problem('plain') : visit.redirect(target);
}
