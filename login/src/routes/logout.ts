import { isOurs } from '../hydra.js';
import { logoutPage, signedOutPage } from '../views/hydra-pages.js';
import type { Visit } from '../visit.js';
import { toHydra } from './login.js';

/** Hydra asks whether somebody wants to leave: our own apps and our own button are believed. */
export async function showLogout(visit: Visit): Promise<Response> {
  const challenge = visit.query('logout_challenge');
  if (challenge === undefined) return visit.redirect('/');
  const { hydra, metrics, destinations } = visit.services;
  const asked = await hydra.logout(challenge);
  if (asked.is === 'over') {
    const next = destinations.inBox(asked.next);
    return visit.redirect(next ?? '/');
  }
  const { rp_initiated, client } = asked.request;
  const believed = rp_initiated && (isOurs(client) || client?.skip_logout_consent === true);
  if (!believed && visit.peek('__Host-leaving') === undefined)
    return visit.show(logoutPage(visit.page, challenge, client));
  metrics.events.add({ event: 'logout' });
  return toHydra(visit, await hydra.accept('logout', challenge));
}

/** Our sign-out button, or the answer to a sign-out somebody else began. */
export async function signOut(visit: Visit): Promise<Response> {
  const form = await visit.form();
  if (!visit.isOwn(form)) return visit.problem('origin', '/');
  const challenge = form.get('challenge');
  if (challenge === null) return leave(visit);
  const { hydra, metrics } = visit.services;
  if (form.get('decision') !== 'leave') {
    await hydra.keepSession(challenge);
    return visit.redirect('/');
  }
  metrics.events.add({ event: 'logout' });
  return toHydra(visit, await hydra.accept('logout', challenge));
}

/** Ends the session here, then has Hydra tell the apps. Without Hydra the session here ends all the same. */
export async function leave(visit: Visit): Promise<Response> {
  const { kratos, hydra, metrics } = visit.services;
  visit.relay(await kratos.signOut(visit.headers));
  visit.keep('__Host-leaving', 'yes');
  metrics.events.add({ event: 'logout' });
  const knownToHydra = visit.cookies.has('ory_hydra_session');
  return visit.redirect(knownToHydra && (await hydra.isUp()) ? '/oauth2/sessions/logout' : '/');
}

/** The page after our own button. */
export function showSignedOut(visit: Visit): Promise<Response> {
  visit.take('__Host-leaving');
  return visit.show(signedOutPage(visit.page));
}
