import type { Manifest } from '../core/manifest.js';
import { type PodView, portNumber } from './pod-view.js';
import { data, dig, rows, text, texts } from './read.js';
import type { Tree } from './tree.js';

/** Where connections between meshed pods arrive, whatever port the application has. */
export const meshPort = 4143;

/** Pod network of k3s, as two numbers. */
const podNetwork = range('10.42.0.0/16');

/** Whom an authentication lets through. */
interface Authentication {
  readonly origin: Manifest;
  admits(source: PodView): boolean;
}

export interface ServerView {
  readonly origin: Manifest;
  readonly namespace: string;
  readonly pods: readonly PodView[];
  readonly port: unknown;
}

/** One AuthorizationPolicy: all of its authentications must hold. */
interface Authorization {
  readonly origin: Manifest;
  readonly required: readonly Authentication[];
}

const defaultPolicyAnnotation = 'config.linkerd.io/default-inbound-policy';

/**
 * Linkerd's inbound policy as its proxies enforce it: a port that a Server selects takes what an AuthorizationPolicy
 * admits and nothing else; any other port follows the default of the pod or namespace.
 * @see https://linkerd.io/2-edge/features/server-policy/
 */
export class MeshPolicies {
  readonly servers: readonly ServerView[];
  private readonly byPod = new Map<PodView, ServerView[]>();
  private readonly byServer = new Map<Manifest, Authorization[]>();

  constructor(private readonly tree: Tree) {
    this.servers = tree.all('Server').map((origin) => {
      const namespace = origin.metadata.namespace ?? 'default';
      const pods = tree.podsMatching(namespace, dig(origin, 'spec', 'podSelector'));
      return { origin, namespace, pods, port: dig(origin, 'spec', 'port') };
    });
    for (const server of this.servers) {
      for (const pod of server.pods) {
        const there = this.byPod.get(pod);
        if (there === undefined) this.byPod.set(pod, [server]);
        else there.push(server);
      }
    }
    const routes = new Map(
      tree.all('HTTPRoute').map((route) => [`${route.metadata.namespace}/${route.metadata.name}`, route]),
    );
    for (const origin of tree.all('AuthorizationPolicy')) {
      const authorization = { origin, required: this.authentications(origin) };
      for (const server of this.targets(origin, routes)) {
        const there = this.byServer.get(server.origin);
        if (there === undefined) this.byServer.set(server.origin, [authorization]);
        else there.push(authorization);
      }
    }
  }

  /** The Server that guards a port of a pod. */
  serverOf(pod: PodView, port: number): ServerView | undefined {
    return this.byPod.get(pod)?.find((server) => portNumber(pod, server.port) === port);
  }

  /** Authorizations of a Server. */
  authorizations(server: ServerView): readonly Authorization[] {
    return this.byServer.get(server.origin) ?? [];
  }

  /** Why a source may not connect to a port of a target; undefined when it may. */
  refusal(source: PodView, target: PodView, port: number): string | undefined {
    if (!target.meshed || skips(target, port)) return undefined;
    const server = this.serverOf(target, port);
    const policy =
      server === undefined
        ? (target.annotations[defaultPolicyAnnotation] ??
          this.tree.namespaceAnnotations(target.namespace)[defaultPolicyAnnotation] ??
          'all-unauthenticated')
        : (text(server.origin, 'spec', 'accessPolicy') ?? 'deny');
    if (policy === 'all-unauthenticated' || policy === 'audit') return undefined;
    if (/^(all|cluster)-authenticated$/.test(policy) && source.meshed) return undefined;
    if (server === undefined) return `no Server guards the port and the default is '${policy}'`;
    const given = this.authorizations(server);
    if (given.some(({ required }) => required.every((one) => one.admits(source)))) return undefined;
    const who = source.meshed
      ? `ServiceAccount '${source.namespace}/${source.serviceAccount}'`
      : 'pods without a mesh identity';
    return `no AuthorizationPolicy of Server '${server.origin.metadata.name}' admits ${who}`;
  }

  private targets(policy: Manifest, routes: ReadonlyMap<string, Manifest>): ServerView[] {
    const kind = text(policy, 'spec', 'targetRef', 'kind');
    const name = text(policy, 'spec', 'targetRef', 'name');
    const inNamespace = this.servers.filter(({ namespace }) => namespace === policy.metadata.namespace);
    if (kind === 'Namespace') return inNamespace;
    if (kind === 'Server') return inNamespace.filter(({ origin }) => origin.metadata.name === name);
    const parents = rows(routes.get(`${policy.metadata.namespace}/${name}`), 'spec', 'parentRefs');
    return inNamespace.filter(({ origin }) => parents.some((parent) => parent.name === origin.metadata.name));
  }

  private authentications(policy: Manifest): Authentication[] {
    return rows(policy, 'spec', 'requiredAuthenticationRefs').map((ref) => {
      const namespace = text(ref, 'namespace') ?? policy.metadata.namespace;
      const name = text(ref, 'name') ?? '';
      if (ref.kind === 'ServiceAccount') {
        return { origin: policy, admits: (source) => isAccount(source, name, namespace) };
      }
      const origin = this.tree.get(text(ref, 'kind') ?? '', name, namespace);
      if (origin === undefined) return { origin: policy, admits: () => false };
      return { origin, admits: (source) => admits(origin, source) };
    });
  }
}

const isAccount = (source: PodView, name: string | undefined, namespace: string | undefined): boolean =>
  source.meshed && source.namespace === namespace && (name === undefined || source.serviceAccount === name);

function admits(authentication: Manifest, source: PodView): boolean {
  const { spec, metadata, kind } = authentication;
  if (kind === 'NetworkAuthentication') {
    return rows(spec, 'networks').some((network) =>
      covers(text(network, 'cidr') ?? '', texts(network, 'except')),
    );
  }
  const identity = `${source.serviceAccount}.${source.namespace}.serviceaccount.identity.linkerd.cluster.local`;
  return (
    rows(spec, 'identityRefs').some((ref) =>
      ref.kind === 'Namespace'
        ? isAccount(source, undefined, text(ref, 'name') ?? metadata.namespace)
        : isAccount(source, text(ref, 'name'), text(ref, 'namespace') ?? metadata.namespace),
    ) ||
    texts(spec, 'identities').some(
      (pattern) =>
        source.meshed &&
        (pattern === '*' ||
          pattern === identity ||
          (pattern.startsWith('*.') && identity.endsWith(pattern.slice(1)))),
    )
  );
}

/** Ports of a pod that connections reach past its proxy. */
function skips(pod: PodView, port: number): boolean {
  const skipped = pod.annotations['config.linkerd.io/skip-inbound-ports'] ?? '';
  return skipped.split(',').some((part) => {
    const [first = Number.NaN, last = first] = part.trim().split('-').map(Number);
    return part.trim() !== '' && first <= port && port <= last;
  });
}

/** First and last address of an IPv4 network as numbers. */
function range(cidr: string): readonly [first: number, last: number] {
  const [address = '', bits = '32'] = cidr.split('/');
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(start / size) * size;
  return [first, first + size - 1];
}

/** Whether a network holds the whole pod network. */
function covers(cidr: string, except: readonly string[]): boolean {
  const [first, last] = range(cidr);
  return (
    first <= podNetwork[0] &&
    podNetwork[1] <= last &&
    except.map(range).every(([from, to]) => to < podNetwork[0] || podNetwork[1] < from)
  );
}

/** The mesh policies of a tree. */
export const meshPoliciesOf = (tree: Tree): MeshPolicies => new MeshPolicies(tree);

/** Servers admit these pods by name: each identity with the pods that have it. */
export function identitiesOf(authentication: Manifest, tree: Tree): [string, PodView[]][] {
  if (authentication.kind !== 'MeshTLSAuthentication') return [];
  return rows(authentication, 'spec', 'identityRefs').flatMap((ref): [string, PodView[]][] => {
    const namespace = text(ref, 'namespace') ?? authentication.metadata.namespace ?? 'default';
    const name = text(data(ref), 'name');
    if (ref.kind === 'Namespace' || name === undefined) return [];
    return [
      [`${namespace}/${name}`, tree.podsIn(namespace).filter((pod) => isAccount(pod, name, namespace))],
    ];
  });
}
