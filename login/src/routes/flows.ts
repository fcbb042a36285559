import { formTargets } from '../destinations.js';
import type { Whoami } from '../kratos.js';
import type { Flow, FlowKind } from '../nodes.js';
import { recoveryPage, registrationPage, verificationPage } from '../views/code-pages.js';
import type { FlowPage } from '../views/flow-page.js';
import type { Html } from '../views/layout.js';
import { loginPage } from '../views/login.js';
import { settingsPage } from '../views/settings.js';
import type { Visit } from '../visit.js';

/** Parameters that belong to the reason of a flow and outlive it: a flow that ran out begins again with them. */
const lasting = ['login_challenge', 'return_to', 'aal', 'refresh', 'via'] as const;

/** A page of one of Kratos' flows: begins one, shows one, or begins again when it is gone. */
export async function showFlow(visit: Visit, kind: FlowKind): Promise<Response> {
  const id = visit.query('flow');
  if (id === undefined) return beginFlow(visit, kind);
  const answer = await visit.services.kratos.flow(kind, id, visit.headers);
  if (answer.is === 'flow') return showPage(visit, kind, answer.flow);
  const { status, reason } = answer;
  if (status === 401)
    return visit.redirect(`/login?return_to=${encodeURIComponent(publicPath(visit, visit.here))}`);
  if (reason === 'session_aal2_required') {
    const back = encodeURIComponent(publicPath(visit, `/${kind}`));
    return visit.redirect(`/login?aal=aal2&return_to=${back}`);
  }
  return beginAgain(visit, kind);
}

const publicPath = (visit: Visit, path: string) => `${visit.services.config.PUBLIC_URL}${path}`;

/** Asks Kratos for a flow and sends the browser to the page with it. */
export async function beginFlow(visit: Visit, kind: FlowKind, extra: Readonly<Record<string, string>> = {}) {
  const { kratos, destinations } = visit.services;
  const wanted = visit.query('return_to');
  if (wanted !== undefined && destinations.inBox(wanted) === undefined) return visit.problem('foreign');
  const query = new URLSearchParams(extra);
  for (const name of lasting) {
    const value = visit.query(name);
    if (value !== undefined && !query.has(name)) query.set(name, value);
  }
  const relay = await kratos.begin(kind, query, visit.headers);
  visit.relay(relay);
  return follow(visit, kind, relay.location, query, visit.query('restarted') === 'yes');
}

/** A flow that cannot be shown begins again, once: without cookies it would for ever. */
function beginAgain(visit: Visit, kind: FlowKind) {
  if (visit.query('restarted') === 'yes') return visit.problem('cookies', `/${kind}`);
  visit.services.metrics.events.add({ event: 'flow_restarted', kind });
  const query = new URLSearchParams({ restarted: 'yes' });
  for (const name of lasting) {
    const value = visit.query(name);
    if (value !== undefined) query.set(name, value);
  }
  return visit.redirect(`/${kind}?${query}`);
}

/** Where Kratos sends the browser; our own pages keep what a flow was begun for. */
async function follow(
  visit: Visit,
  kind: FlowKind,
  location: string | undefined,
  query: URLSearchParams,
  restarted: boolean,
): Promise<Response> {
  const { destinations } = visit.services;
  const target = destinations.inBox(location);
  if (target === undefined) return visit.problem('plain', `/${kind}`);
  const url = new URL(target);
  if (url.origin !== destinations.origin) return visit.redirect(target);
  if (url.pathname === `/${kind}` && url.searchParams.has('flow')) {
    for (const name of lasting) {
      const value = query.get(name);
      if (value !== null) url.searchParams.set(name, value);
    }
    if (restarted) url.searchParams.set('restarted', 'yes');
  }
  return visit.redirect(`${url.pathname}${url.search}`);
}

/** Hands a form to Kratos, as the browser would, and goes where Kratos says. */
export async function submitFlow(visit: Visit, kind: FlowKind): Promise<Response> {
  const { kratos } = visit.services;
  const id = visit.query('flow');
  if (id === undefined) return visit.redirect(`/${kind}`);
  const form = await visit.form();
  const typed = form.get('identifier') ?? form.get('email') ?? '';
  const keepTyped = () => {
    if (typed !== '' && typed.length <= 254) visit.keep('__Host-typed', typed);
  };
  let relay: Awaited<ReturnType<typeof kratos.submit>>;
  try {
    relay = await kratos.submit(kind, id, form.toString(), visit.headers);
  } catch (error) {
    // the page that says so must not cost the address that was typed
    keepTyped();
    visit.services.log.error('form not handed on', { id: visit.id, kind, why: String(error) });
    return visit.problem('down', visit.here);
  }
  visit.relay(relay);
  const { location } = relay;
  const next = location === undefined ? undefined : visit.services.destinations.path(location);
  const other = next === undefined ? null : new URL(next, 'http://localhost').searchParams.get('flow');
  // another flow of the same kind: the one the form came from had run out
  if (next?.startsWith(`/${kind}?`) && other !== id) keepTyped();
  return follow(visit, kind, location, new URL(visit.c.req.url).searchParams, false);
}

async function showPage(visit: Visit, kind: FlowKind, flow: Flow): Promise<Response> {
  const { config } = visit.services;
  const typed = visit.take('__Host-typed');
  const query = new URLSearchParams({ flow: flow.id });
  const links = new URLSearchParams();
  for (const name of lasting) {
    const value = visit.query(name);
    if (value === undefined) continue;
    query.set(name, value);
    if (name === 'login_challenge' || name === 'return_to') links.set(name, value);
  }
  const view = {
    page: visit.page,
    kind,
    flow,
    action: `/${kind}?${query}`,
    nonce: visit.nonce,
    kratosUrl: config.KRATOS_BROWSER_URL,
    typed: typed === undefined ? undefined : { identifier: typed, email: typed },
    links: links.size === 0 ? '' : `?${links}`,
    mayRegister: config.REGISTRATION === 'open',
  };
  const client = flow.oauth2_login_request?.client;
  return visit.show(pages[kind](view), {
    scripts: flow.ui.nodes.some(({ type }) => type === 'script'),
    formTargets: formTargets(client?.redirect_uris),
  });
}

type AnyView = FlowPage & { readonly links: string; readonly mayRegister: boolean };

const pages: Record<FlowKind, (view: AnyView) => Html> = {
  login: loginPage,
  registration: registrationPage,
  recovery: recoveryPage,
  verification: verificationPage,
  settings: settingsPage,
};

/** Where somebody goes who is not wholly signed in. */
export function signInFirst(visit: Visit, who: Exclude<Whoami, { is: 'known' }>): Response {
  const back = encodeURIComponent(publicPath(visit, visit.here));
  return visit.redirect(
    who.is === 'halfway' ? `/login?aal=aal2&return_to=${back}` : `/login?return_to=${back}`,
  );
}
