import { appsFor } from '../apps.js';
import { mayEnter, shortName } from '../claims.js';
import { homePage, sessionsPage } from '../views/account.js';
import type { Visit } from '../visit.js';
import { signInFirst } from './flows.js';
import { leave, showSignedOut } from './logout.js';

/** The start. */
export async function showHome(visit: Visit): Promise<Response> {
  const who = await visit.services.kratos.whoami(visit.headers);
  if (who.is === 'unknown' && visit.peek('__Host-leaving') !== undefined) return showSignedOut(visit);
  if (who.is !== 'known') return signInFirst(visit, who);
  if (!mayEnter(who.person)) return visit.problem('disabled');
  const apps = appsFor(visit.services.apps, who.person.metadata_public?.groups ?? []);
  return visit.show(homePage(visit.page, shortName(who.person), apps));
}

/** Where somebody is signed in. */
export async function showSessions(visit: Visit): Promise<Response> {
  const { kratos } = visit.services;
  const who = await kratos.whoami(visit.headers);
  if (who.is !== 'known') return signInFirst(visit, who);
  const others = (await kratos.otherSessions(visit.headers)).filter(
    ({ id, active }) => active && id !== who.session.id,
  );
  const ended = visit.take('__Host-note') === 'ended';
  return visit.show(sessionsPage(visit.page, { current: who.session, others, ended }));
}

/** Signs one other device out. */
export async function endSession(visit: Visit): Promise<Response> {
  const form = await visit.form();
  if (!visit.isOwn(form)) return visit.problem('origin', '/sessions');
  await visit.services.kratos.endSession(visit.headers, form.get('session') ?? '');
  visit.services.metrics.events.add({ event: 'session_ended' });
  visit.keep('__Host-note', 'ended');
  return visit.redirect('/sessions');
}

/** Signs everything out, and takes back what apps may do in the meantime. */
export async function endAllSessions(visit: Visit): Promise<Response> {
  const form = await visit.form();
  if (!visit.isOwn(form)) return visit.problem('origin', '/sessions');
  const { kratos, hydra, metrics } = visit.services;
  const who = await kratos.whoami(visit.headers);
  if (who.is !== 'known') return signInFirst(visit, who);
  await kratos.endSession(visit.headers);
  metrics.events.add({ event: 'sessions_ended' });
  await hydra.revokeTokens(who.person.id);
  return leave(visit);
}
