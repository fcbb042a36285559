import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Manifest } from '../../constructs/core/manifest.js';
import type { CertificateFiles } from './certificates.js';

/** An object as the API server returns it. */
export interface LiveObject extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

/** What the API server said to a request. */
export interface Reply<T = LiveObject> {
  readonly status: number;
  readonly body: T;
  /** Its `Warning` headers. */
  readonly warnings: readonly string[];
}

/** A kind the API server serves. */
export interface ServedKind {
  /** `apps/v1`, `v1`. */
  readonly groupVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface Status {
  readonly message?: string;
}

/** A client of one API server, with a certificate of its own. */
export class Api {
  private readonly agent: Agent;

  constructor(
    readonly port: number,
    authority: string,
    identity: CertificateFiles,
  ) {
    this.agent = new Agent({
      keepAlive: true,
      ca: readFileSync(authority),
      cert: readFileSync(identity.certificate),
      key: readFileSync(identity.key),
    });
  }

  /** Asks, whatever the answer. */
  ask<T = LiveObject>(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<Reply<T>> {
    return new Promise((done, fail) => {
      const call = request(
        {
          agent: this.agent,
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const isJson = response.headers['content-type']?.includes('json') === true;
            done({
              status: response.statusCode ?? 0,
              body: (isJson ? JSON.parse(text) : text) as T,
              warnings: warningsOf(response.headers.warning),
            });
          });
        },
      );
      call.on('error', fail);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Asks, and insists on success. @throws with the server's message */
  async must<T = LiveObject>(method: string, path: string, body?: unknown, type?: string): Promise<T> {
    let reply = await this.ask<T>(method, path, body, type);
    // a kind defined a moment ago is not stored yet
    for (let round = 0; reply.status === 429 && round < 50; round++) {
      await new Promise((done) => setTimeout(done, 200));
      reply = await this.ask<T>(method, path, body, type);
    }
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${messageOf(reply.body)}`);
  }

  /** All objects of a collection. */
  async list(path: string): Promise<LiveObject[]> {
    return (await this.must<{ items: LiveObject[] }>('GET', path)).items;
  }

  /** Every kind that can be listed, each in the version the server prefers. */
  async kinds(): Promise<ServedKind[]> {
    const { groups } = await this.must<{ groups: { versions: { groupVersion: string }[] }[] }>(
      'GET',
      '/apis',
    );
    const versions = [
      'v1',
      ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion)),
    ];
    const lists = await Promise.all(
      versions.map(async (groupVersion) => {
        const path = rootOf(groupVersion);
        const { resources } = await this.must<{
          resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
        }>('GET', path);
        return resources
          .filter(
            ({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('delete'),
          )
          .map(({ name, kind, namespaced }) => ({ groupVersion, kind, plural: name, namespaced }));
      }),
    );
    const group = ({ groupVersion }: ServedKind) => groupVersion.split('/').slice(0, -1).join('/');
    const seen = new Set<string>();
    // versions come in order of preference, and not every kind is in every version
    return lists.flat().filter((one) => {
      const key = `${one.kind}.${group(one)}`;
      return seen.has(key) ? false : seen.add(key);
    });
  }

  /** Deletes an object and, in the background, what hangs on it: without being told so, a Job leaves its pods. */
  async remove({ apiVersion, kind, metadata }: LiveObject): Promise<void> {
    const known = (await this.kinds()).find((one) => one.groupVersion === apiVersion && one.kind === kind);
    if (known === undefined) throw new Error(`${kind} of ${apiVersion} is not served`);
    const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
    const path = `${rootOf(apiVersion)}${place}/${known.plural}/${metadata.name}`;
    const { status, body } = await this.ask('DELETE', `${path}?propagationPolicy=Background`);
    // it may have gone with its namespace or owner
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path}: ${messageOf(body)}`);
  }

  /** Everything that carries a label, of every kind. */
  async labelled(selector: string): Promise<LiveObject[]> {
    const query = `?labelSelector=${encodeURIComponent(selector)}`;
    const lists = await Promise.all(
      (await this.kinds()).map(async ({ groupVersion, kind, plural }) =>
        (await this.list(`${rootOf(groupVersion)}/${plural}${query}`)).map((object) => ({
          ...object,
          apiVersion: groupVersion,
          kind,
        })),
      ),
    );
    return lists.flat();
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Path of an API group's version. */
export const rootOf = (groupVersion: string) =>
  groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;

/** The message of a Status, or the answer as it is. */
export function messageOf(body: unknown): string {
  const { message } = (typeof body === 'object' && body !== null ? body : {}) as Status;
  return message ?? JSON.stringify(body);
}

/** Kind, namespace and name, the way messages call an object. */
export function nameOf({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

/** `299 - "text"`, several with commas between them; quotes inside are escaped. */
function warningsOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted]) =>
    (quoted ?? '').replace(/\\(.)/g, '$1'),
  );
}
