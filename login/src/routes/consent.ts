import { claimsOf, mayEnter } from '../claims.js';
import { formTargets } from '../destinations.js';
import { type ConsentRequest, isOurs } from '../hydra.js';
import type { Identity } from '../kratos.js';
import { consentPage } from '../views/hydra-pages.js';
import type { Visit } from '../visit.js';
import { toHydra } from './login.js';

/** How long a consent lasts: 30 days, like a session. Without a remembered one Hydra refuses every `prompt=none`. */
const rememberSeconds = 30 * 24 * 3600;

/** Hydra asks what an app may know. Every sign-in passes here; our own apps without a page. */
export async function showConsent(visit: Visit): Promise<Response> {
  const challenge = visit.query('consent_challenge');
  if (challenge === undefined) return visit.redirect('/');
  const { hydra, kratos, destinations } = visit.services;
  const asked = await hydra.consent(challenge);
  if (asked.is === 'over') {
    const next = destinations.inBox(asked.next);
    return next === undefined ? visit.problem('old') : visit.redirect(next);
  }
  const { request } = asked;
  const person = await kratos.person(request.subject);
  if (!mayEnter(person)) return refuse(visit, request);
  if (request.skip === true || isOurs(request.client))
    return allow(visit, request, person, request.requested_scope ?? [], true);
  if (promptOf(request).includes('none'))
    return visit.redirect(await hydra.reject('consent', challenge, 'consent_required', 'Consent is needed.'));
  return visit.show(consentPage(visit.page, request, person.traits.email ?? ''), {
    formTargets: formTargets(request.client?.redirect_uris),
  });
}

/** What somebody answered. */
export async function answerConsent(visit: Visit): Promise<Response> {
  const { hydra, kratos, metrics } = visit.services;
  const form = await visit.form();
  if (!visit.isOwn(form)) return visit.problem('origin');
  const asked = await hydra.consent(form.get('challenge') ?? '');
  if (asked.is === 'over') return visit.problem('old');
  const { request } = asked;
  // the consent is the person's who is signed in here, and nobody else's
  const who = await kratos.whoami(visit.headers);
  if (who.is !== 'known' || who.person.id !== request.subject) return visit.problem('origin');
  if (!mayEnter(who.person)) return refuse(visit, request);
  if (form.get('decision') !== 'allow') {
    metrics.events.add({ event: 'consent_denied' });
    const to = await hydra.reject(
      'consent',
      request.challenge,
      'access_denied',
      'The person did not allow it.',
    );
    return toHydra(visit, to);
  }
  const wished = new Set(request.requested_scope ?? []);
  const granted = form.getAll('scope').filter((scope) => wished.has(scope));
  return allow(visit, request, who.person, granted, form.get('remember') === 'yes');
}

async function allow(
  visit: Visit,
  request: ConsentRequest,
  person: Identity,
  granted: readonly string[],
  remember: boolean,
): Promise<Response> {
  const { hydra, metrics } = visit.services;
  metrics.events.add({ event: 'consent_given' });
  const to = await hydra.accept('consent', request.challenge, {
    grant_scope: granted,
    grant_access_token_audience: request.requested_access_token_audience ?? [],
    remember,
    remember_for: remember ? rememberSeconds : 0,
    session: { id_token: claimsOf(person, granted), access_token: {} },
  });
  return toHydra(visit, to);
}

/** The app gets a refusal it can show, and Hydra forgets the login, so that trying again asks for a sign-in. */
async function refuse(visit: Visit, { challenge, subject }: ConsentRequest): Promise<Response> {
  const { hydra, metrics } = visit.services;
  metrics.events.add({ event: 'consent_refused' });
  await hydra.reject('consent', challenge, 'access_denied', 'The account is switched off.');
  await hydra.forgetLogin({ subject });
  await hydra.revokeTokens(subject);
  return visit.problem('disabled');
}

function promptOf({ request_url }: ConsentRequest): string[] {
  if (request_url === undefined || request_url === null || !URL.canParse(request_url)) return [];
  return (new URL(request_url).searchParams.get('prompt') ?? '').split(' ');
}
