import { z } from 'zod';
import { ProxyError } from '../core/errors.js';
import type { KubeClient } from './api.js';
import type { KubeObject } from './objects.js';
import type { SourceStatus } from './source.js';
import type { Timers } from './timers.js';
import { ListWatch, type Objects } from './watch.js';

/** Where challenges are answered. */
export interface ChallengeSourceOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Ingresses of other classes are not looked at. */
  readonly ingressClass: string;
  /** Called once for each oddity of an Ingress, and for failures of the watch. */
  readonly onProblem?: (error: Error) => void;
  readonly timers?: Timers;
}

/** Where tokens live (RFC 8555 8.3). */
export const challengePrefix = '/.well-known/acme-challenge/';
/** base64url, at least 128 bits of it (RFC 8555 8.3); generous above. */
const tokenPattern = /^[\w-]{1,512}$/;
const hostPattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const servicePattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

const port = z.object({ number: z.number().int().min(1).max(65535).optional(), name: z.string().optional() });
const service = z.object({ name: z.string(), port: port.optional() });
const path = z.object({ path: z.string().default('/'), backend: z.object({ service: service.optional() }) });
const rule = z.object({
  host: z.string().default(''),
  http: z.object({ paths: z.array(path) }).nullish(),
});
const ingress = z.object({
  spec: z.object({ ingressClassName: z.string().nullish(), rules: z.array(rule).nullish() }),
});

const classAnnotation = 'kubernetes.io/ingress.class';

/**
 * HTTP-01 challenges under way: cert-manager makes an Ingress for each, and this finds the Service that knows the
 * answer. Only exact paths of challenges are taken from an Ingress, so that nobody publishes anything else by one.
 */
export class ChallengeSource {
  private readonly watch: ListWatch;
  private table: ReadonlyMap<string, string> = new Map();
  private warned = new Set<string>();

  constructor(private readonly options: ChallengeSourceOptions) {
    const { client, namespace, onProblem, timers } = options;
    this.watch = new ListWatch({
      client,
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
      onObjects: (objects) => this.take(objects),
      ...(onProblem === undefined ? {} : { onProblem }),
      ...(timers === undefined ? {} : { timers }),
    });
  }

  start(): void {
    this.watch.start();
  }

  stop(): Promise<void> {
    return this.watch.stop();
  }

  /**
   * Origin of the Service that answers, e.g. `http://solver.ingress.svc.cluster.local:8089`. `host` is in lower case and
   * without a port.
   */
  find(host: string, path: string): string | undefined {
    return this.table.get(host + path);
  }

  /** How many challenges are under way. */
  get size(): number {
    return this.table.size;
  }

  status(): SourceStatus {
    const { ready, problem } = this.watch.status();
    return { name: `ingresses of ${this.options.namespace}`, ready, problem };
  }

  private take(objects: Objects): void {
    const table = new Map<string, string>();
    const warnings = new Set<string>();
    // in order of names: the outcome does not hang on the order of events
    for (const name of [...objects.keys()].sort()) {
      const object = objects.get(name);
      if (object !== undefined) this.read(object, table, warnings);
    }
    this.table = table;
    const before = this.warned;
    this.warned = warnings;
    for (const text of warnings)
      if (!before.has(text)) this.options.onProblem?.(new ProxyError('EDGE_KUBERNETES', text));
  }

  private read(object: KubeObject, table: Map<string, string>, warnings: Set<string>): void {
    const { name, annotations } = object.metadata;
    const where = `ingress ${this.options.namespace}/${name}`;
    const parsed = ingress.safeParse(object);
    const className = parsed.data?.spec.ingressClassName ?? annotations?.[classAnnotation];
    if (parsed.success && className !== this.options.ingressClass) return;
    if (!parsed.success) {
      warnings.add(`${where}: cannot be read (${parsed.error.issues[0]?.message}); it is left out`);
      return;
    }
    for (const { host, http } of parsed.data.spec.rules ?? [])
      for (const one of http?.paths ?? []) {
        const origin = this.originOf(one.backend.service);
        const token = one.path.startsWith(challengePrefix) ? one.path.slice(challengePrefix.length) : '';
        if (!hostPattern.test(host)) warnings.add(`${where}: host '${host}' is not one name; it is left out`);
        else if (!tokenPattern.test(token))
          warnings.add(
            `${where}: path '${one.path}' is no challenge; only ${challengePrefix}TOKEN is served`,
          );
        else if (origin === undefined)
          warnings.add(`${where}: its backend must be a Service with a port by number; it is left out`);
        else if (!table.has(host + one.path)) table.set(host + one.path, origin);
      }
  }

  private originOf(backend: z.output<typeof service> | undefined): string | undefined {
    const number = backend?.port?.number;
    if (backend === undefined || number === undefined || !servicePattern.test(backend.name)) return undefined;
    return `http://${backend.name}.${this.options.namespace}.svc.cluster.local:${number}`;
  }
}
