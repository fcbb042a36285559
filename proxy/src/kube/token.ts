import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyError } from '../core/errors.js';
import type { KubeOptions } from './api.js';

const mount = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token at four fifths of its hour: a minute late is never too late. */
const keptMs = 60_000;

/** A file that others renew: its text, read again when it is older than a minute or was of no use. */
export class RenewedFile {
  private text = '';
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly path: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The text without white space around it. @throws ProxyError EDGE_KUBERNETES when there is none */
  async read(fresh = false): Promise<string> {
    if (!fresh && this.now() - this.readAt < keptMs) return this.text;
    try {
      const text = (await readFile(this.path, 'utf8')).trim();
      if (text === '') throw new Error('it is empty');
      this.text = text;
      this.readAt = this.now();
      return text;
    } catch (cause) {
      // it may still be good: whoever refuses it asks for a fresh one
      if (!fresh && this.text !== '') return this.text;
      const why = cause instanceof Error ? cause.message : cause;
      const wayOut = "the pod needs 'automountServiceAccountToken: true'";
      throw new ProxyError('EDGE_KUBERNETES', `${this.path}: cannot be read (${why}); ${wayOut}`, { cause });
    }
  }
}

/** What a pod knows of its API server; undefined when this is no pod. */
export function inClusterIdentity(env: NodeJS.ProcessEnv, folder = mount): KubeOptions | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (host === undefined || host === '') return undefined;
  const token = new RenewedFile(join(folder, 'token'));
  const ca = new RenewedFile(join(folder, 'ca.crt'));
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    token: (fresh) => token.read(fresh),
    ca: () => ca.read(),
  };
}
