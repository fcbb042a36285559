import type { ConfigInput } from '../../src/config/schema.js';
import { Edge, type EdgeOptions } from '../../src/edge.js';
import { silent } from '../../src/observe/log.js';
import { type Issued, issue } from './certificates.js';
import { configOf } from './config.js';

/** A whole proxy in this process. */
export interface RunningEdge {
  readonly edge: Edge;
  readonly http: number;
  readonly https: number;
  readonly certificate: Issued;
  stop(): Promise<void>;
}

/** Limits nobody reaches, for tests of other things. */
export const noLimits: ConfigInput['limits'] = {
  signedIn: { burst: 1e9, perSecond: 1e9 },
  strangers: { burst: 1e9, perSecond: 1e9 },
  address: { burst: 1e9, perSecond: 1e9 },
  connectionsPerAddress: 60_000,
};

/**
 * Starts the proxy on ports of the system's choice, with TLS for *.example.org; detection off, no access log and no
 * limits unless `changes` says otherwise.
 */
export async function startEdge(
  changes: Partial<ConfigInput>,
  options: Partial<EdgeOptions> = {},
): Promise<RunningEdge> {
  const certificate = issue({ names: ['example.org', '*.example.org'] });
  const config = configOf({
    tls: { files: [{ cert: certificate.files.cert, key: certificate.files.key }] },
    limits: noLimits,
    telemetry: { accessLog: 'off' },
    drain: { announceSeconds: 0, seconds: 1 },
    ...changes,
  });
  const edge = new Edge(config, { version: 'test', log: silent, ...options });
  await edge.start();
  // the TLS port is bound once the certificate has been read
  while (edge.ports.https === 0 && config.tls.files !== undefined)
    await new Promise((done) => setImmediate(done));
  return { edge, certificate, http: edge.ports.http, https: edge.ports.https, stop: () => edge.stop() };
}
