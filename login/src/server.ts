import type { Server } from 'node:http';
import { type ServerType, serve } from '@hono/node-server';
import { internalApp, publicApp } from './app.js';
import { readApps } from './apps.js';
import type { Config } from './config.js';
import { Logger } from './log.js';
import { makeServices, type Services } from './services.js';

/** The service, listening. */
export interface RunningService {
  readonly port: number;
  readonly internalPort: number;
  readonly services: Services;
  /** Takes no more requests, and waits for those under way. */
  stop(seconds?: number): Promise<void>;
}

/** Starts the pages and the internal port. */
export async function startService(
  config: Config,
  log = new Logger(config.LOG_LEVEL),
): Promise<RunningService> {
  const services = makeServices(config, readApps(config.APPS_FILE), log);
  let stopping = false;
  const pages = await listen(publicApp(services, () => stopping).fetch, config.PORT);
  const internal = await listen(internalApp(services).fetch, config.INTERNAL_PORT);
  const [port, internalPort] = [portOf(pages), portOf(internal)];
  log.info('listening', { port, internalPort });
  return {
    port,
    internalPort,
    services,
    stop: async (seconds = 10) => {
      stopping = true;
      await Promise.all([close(pages, seconds), close(internal, seconds)]);
      log.info('stopped');
    },
  };
}

function listen(fetch: (request: Request) => Response | Promise<Response>, port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = serve({ fetch, port, hostname: '0.0.0.0' }, () => done(server as Server)) as ServerType &
      Server;
    server.once('error', fail);
    // longer than the edge keeps its connections, so that it is never the one to find one closed
    server.keepAliveTimeout = 75_000;
    server.requestTimeout = 30_000;
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return address instanceof Object ? address.port : 0;
}

function close(server: Server, seconds: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    server.close(() => {
      clearTimeout(timer);
      done();
    });
    server.closeIdleConnections();
  });
}
