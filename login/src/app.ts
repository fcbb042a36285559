import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import { ChallengeOver } from './hydra.js';
import { isLanguage } from './i18n/translator.js';
import { flowKinds } from './nodes.js';
import { endAllSessions, endSession, showHome, showSessions } from './routes/account.js';
import { answerConsent, showConsent } from './routes/consent.js';
import { showError } from './routes/error.js';
import { showFlow, submitFlow } from './routes/flows.js';
import { showLogin } from './routes/login.js';
import { showLogout, signOut } from './routes/logout.js';
import { answerTokenHook } from './routes/token-hook.js';
import { commonHeaders } from './security.js';
import type { Services } from './services.js';
import { UpstreamError } from './upstream.js';
import { Visit } from './visit.js';

/** A form with a security key's answer has a few kilobytes. */
const formLimit = 64 * 1024;

/** The pages, as the edge serves them. */
export function publicApp(services: Services, isStopping: () => boolean): Hono {
  const { brand, config, destinations } = services;
  const app = new Hono();
  app.use(async (c, next) => {
    const started = performance.now();
    await next();
    for (const [name, value] of Object.entries(commonHeaders)) c.res.headers.set(name, value);
    record(services, c, started);
  });
  app.get('/healthz', (c) => c.text('ok\n'));
  // Kratos and Hydra are not asked: without them these pages say what is going on, which beats the edge's own error
  app.get('/readyz', (c) => (isStopping() ? c.text('stopping\n', 503) : c.text('ok\n')));
  for (const { path, type, body } of [brand.style, brand.icon, brand.webauthn])
    app.get(path, (c) =>
      c.body(body, 200, { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' }),
    );
  app.get('/favicon.ico', (c) => c.redirect(brand.icon.path, 302));
  app.get('/robots.txt', (c) => c.text('User-agent: *\nDisallow: /\n'));

  const origin = new URL(config.PUBLIC_URL).origin;
  app.use(async (c, next) => {
    const from = c.req.header('origin');
    if (c.req.method === 'POST' && from !== undefined && from !== origin)
      return new Visit(services, c).problem('origin');
    return next();
  });
  app.use(bodyLimit({ maxSize: formLimit }));

  const page = (answer: (visit: Visit) => Response | Promise<Response>) => (c: Context) =>
    answered(new Visit(services, c), answer);
  app.get('/', page(showHome));
  app.get('/login', page(showLogin));
  for (const kind of flowKinds) {
    if (kind !== 'login')
      app.get(
        `/${kind}`,
        page((visit) => showFlow(visit, kind)),
      );
    app.post(
      `/${kind}`,
      page((visit) => submitFlow(visit, kind)),
    );
  }
  app.get('/consent', page(showConsent));
  app.post('/consent', page(answerConsent));
  app.get('/logout', page(showLogout));
  app.post('/logout', page(signOut));
  app.get('/sessions', page(showSessions));
  app.post('/sessions/end', page(endSession));
  app.post('/sessions/end-all', page(endAllSessions));
  app.get('/error', page(showError));
  app.get(
    '/language',
    page((visit) => {
      const to = visit.query('to');
      if (isLanguage(to)) visit.chooseLanguage(to);
      return visit.redirect(destinations.path(visit.query('back')) ?? '/');
    }),
  );
  app.notFound(page((visit) => visit.problem('notFound')));
  return app;
}

/** What the cluster asks, on a port the edge has no way to: metrics, and Hydra's hook. */
export function internalApp(services: Services): Hono {
  const app = new Hono();
  app.get('/metrics', (c) =>
    c.text(services.metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4' }),
  );
  app.post('/hooks/token', bodyLimit({ maxSize: 1024 * 1024 }), async (c) => {
    try {
      return await answerTokenHook(services, await c.req.json());
    } catch (error) {
      services.log.error('token hook failed', {
        why: error instanceof UpstreamError ? error.message : 'fault',
      });
      return new Response(null, { status: 503 });
    }
  });
  return app;
}

/** Whatever goes wrong becomes a page with a way on. */
async function answered(
  visit: Visit,
  answer: (visit: Visit) => Response | Promise<Response>,
): Promise<Response> {
  const retry = visit.c.req.method === 'GET' ? visit.here : '/';
  try {
    return await answer(visit);
  } catch (error) {
    if (error instanceof ChallengeOver) return visit.problem('old');
    const { log } = visit.services;
    if (error instanceof UpstreamError) {
      log.error('upstream', { id: visit.id, why: error.message });
      return visit.problem('down', retry);
    }
    log.error('fault', {
      id: visit.id,
      why: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    });
    return visit.problem('plain', retry);
  }
}

const quiet = new Set(['/healthz', '/readyz']);

function record({ metrics, log }: Services, c: Context, started: number): void {
  const seconds = (performance.now() - started) / 1000;
  const path = routePath(c, -1);
  const route = path === '/*' || path === '*' ? 'other' : path;
  const { method } = c.req;
  const { status } = c.res;
  metrics.requests.add({ route, method, code: status });
  metrics.duration.observe({ route }, seconds);
  if (!quiet.has(route)) log.info('request', { method, route, status, ms: Math.round(seconds * 1000) });
}
