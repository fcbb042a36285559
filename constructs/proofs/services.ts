import type { Manifest } from '../core/manifest.js';
import { type Finding, Findings } from './finding.js';
import { declaresPort, type PodView, portsOf, workloadKinds } from './pod-view.js';
import { type Data, dig, isData, labels, rows, text } from './read.js';
import { describeSelector, isEmptySelector, selects } from './selector.js';
import { servicesOf } from './service-view.js';
import type { Tree } from './tree.js';

/** Selectors find what they are for, and ports lead to a container that listens. */
export function services(tree: Tree): Finding[] {
  const findings = new Findings('services');
  checkServices(tree, findings);
  for (const pod of tree.ownPods) {
    checkOwnSelector(pod, findings);
    checkPorts(pod, findings);
  }
  checkOverlaps(tree, findings);
  for (const policy of tree.all('NetworkPolicy')) {
    const { namespace = 'default' } = policy.metadata;
    const selector = dig(policy, 'spec', 'podSelector');
    if (isEmptySelector(selector) || tree.podsMatching(namespace, selector).length > 0) continue;
    nothing(policy, selector, findings);
  }
  for (const server of tree.all('Server')) checkServer(tree, server, findings);
  checkMonitors(tree, findings);
  return findings.list;
}

const nothing = (object: Manifest, selector: unknown, findings: Findings) =>
  findings.add(
    object,
    `selects ${describeSelector(selector)}, which no pod of the namespace has`,
    'a selector must match at least one pod template',
    'select the labels of the pods that are meant, or remove the object',
  );

function checkServices(tree: Tree, findings: Findings): void {
  for (const service of tree.view(servicesOf).values()) {
    if (service.origin.kind !== 'Service') continue;
    const type = text(service.origin, 'spec', 'type') ?? 'ClusterIP';
    if (type !== 'ClusterIP') {
      findings.add(
        service.origin,
        `spec.type '${type}'`,
        'the server has one way in, the edge proxy: Services are ClusterIP',
        'leave the type out and declare a route or a passthrough at the edge',
      );
    }
    const selector = { matchLabels: labels(service.origin, 'spec', 'selector') };
    if (service.pods.length === 0) {
      nothing(service.origin, selector, findings);
      continue;
    }
    for (const { port, target } of service.ports) {
      const deaf = service.pods.find((pod) => !pod.foreign && !declaresPort(portsOf(pod), target));
      if (deaf === undefined) continue;
      const declared = portsOf(deaf).map(({ name, number }) => `${name} ${number}`);
      findings.add(
        service.origin,
        `port ${port} leads to targetPort ${target}, which ${deaf.origin.kind} '${deaf.origin.metadata.name}' does not declare`,
        'the target of a Service port must be a port of a container',
        `it declares ${declared.join(', ') || 'none'}: choose one of these, or declare the port`,
      );
    }
  }
  for (const { origin, namespace } of tree.ownPods) {
    if (origin.kind !== 'StatefulSet') continue;
    const name = text(origin, 'spec', 'serviceName') ?? '';
    const service = tree.view(servicesOf).get(`${namespace}/${name}`);
    if (service === undefined || service.isHeadless) continue;
    findings.add(
      origin,
      `spec.serviceName '${name}' is a Service with an address`,
      'a StatefulSet needs a headless Service, which gives each replica a name',
      `set clusterIP: None on Service '${name}', or name the headless one`,
    );
  }
}

function checkOwnSelector(pod: PodView, findings: Findings): void {
  const selector = dig(pod.origin, 'spec', 'selector');
  if (pod.ends || selects(selector, pod.labels)) return;
  findings.add(
    pod.origin,
    `selects ${describeSelector(selector)}, but its pods are labelled ${JSON.stringify(pod.labels)}`,
    'a workload must select the pods it makes',
    'give the template the labels of the selector',
  );
}

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'];

function checkPorts(pod: PodView, findings: Findings): void {
  for (const { name, spec, ports } of pod.containers) {
    const twice = ports.find((port, i) => ports.findIndex((other) => other.name === port.name) !== i);
    if (twice?.name !== undefined) {
      findings.add(
        pod.origin,
        `container '${name}' has two ports '${twice.name}'`,
        'a port name stands for one port',
        'rename one of them',
      );
    }
    for (const probe of probes) {
      const asked = dig(spec, probe);
      if (!isData(asked)) continue;
      const port =
        dig(asked, 'httpGet', 'port') ?? dig(asked, 'tcpSocket', 'port') ?? dig(asked, 'grpc', 'port');
      if (port === undefined || declaresPort(ports, port)) continue;
      findings.add(
        pod.origin,
        `container '${name}': ${probe} asks port ${port}`,
        'a probe must ask a port its container declares',
        `it declares ${ports.map((one) => `${one.name} ${one.number}`).join(', ') || 'none'}`,
      );
    }
  }
}

/** Two workloads whose selectors take each other's pods fight over them. */
function checkOverlaps(tree: Tree, findings: Findings): void {
  const selectors = tree.ownPods.filter(({ ends }) => !ends);
  for (const pod of selectors) {
    for (const other of tree.podsIn(pod.namespace)) {
      if (other.origin === pod.origin || !selects(dig(pod.origin, 'spec', 'selector'), other.labels))
        continue;
      findings.add(
        pod.origin,
        `selects the pods of ${other.origin.kind} '${other.origin.metadata.name}' too`,
        'a workload must select its own pods only',
        `give each a label of its own (${workloadKinds.join(', ')} are told apart by labels alone)`,
      );
    }
  }
}

function checkServer(tree: Tree, server: Manifest, findings: Findings): void {
  const { namespace = 'default' } = server.metadata;
  const selector = dig(server, 'spec', 'podSelector');
  const pods = tree.podsMatching(namespace, selector);
  if (pods.length === 0) nothing(server, selector, findings);
  const port = dig(server, 'spec', 'port');
  for (const pod of pods) {
    if (pod.foreign || declaresPort(portsOf(pod), port)) continue;
    findings.add(
      server,
      `guards port ${port}, which ${pod.origin.kind} '${pod.origin.metadata.name}' does not declare`,
      'a Server must guard a port of a container',
      'name a declared port, or remove the Server',
    );
  }
}

/** Prometheus says nothing about a monitor that finds nothing. */
function checkMonitors(tree: Tree, findings: Findings): void {
  const inScope = (monitor: Manifest): string[] => {
    const scope: Data | undefined = isData(dig(monitor, 'spec', 'namespaceSelector'))
      ? (dig(monitor, 'spec', 'namespaceSelector') as Data)
      : undefined;
    if (scope?.any === true) return tree.all('Namespace').map(({ metadata }) => metadata.name);
    const names = scope?.matchNames;
    return Array.isArray(names) ? names.map(String) : [monitor.metadata.namespace ?? 'default'];
  };
  const report = (monitor: Manifest, port: string | undefined) =>
    findings.add(
      monitor,
      port === undefined ? 'finds nothing' : `port '${port}' is none of what it finds`,
      'a monitor must find a target with the port it names, or its metrics are missing without a word',
      'select labels that are there, and a port by its name',
    );
  for (const monitor of [...tree.all('ServiceMonitor'), ...tree.all('PodMonitor')]) {
    const isPods = monitor.kind === 'PodMonitor';
    const selector = dig(monitor, 'spec', 'selector');
    const found = inScope(monitor).flatMap((namespace): (string | undefined)[][] =>
      isPods
        ? tree.podsMatching(namespace, selector).map((pod) => portsOf(pod).map(({ name }) => name))
        : [...tree.view(servicesOf).values()]
            .filter((service) => service.namespace === namespace && service.origin.kind === 'Service')
            .filter(({ origin }) => selects(selector, origin.metadata.labels ?? {}))
            .map(({ ports }) => ports.map(({ name }) => name)),
    );
    if (found.length === 0) report(monitor, undefined);
    for (const endpoint of rows(monitor, 'spec', isPods ? 'podMetricsEndpoints' : 'endpoints')) {
      const port = text(endpoint, 'port');
      if (port !== undefined && found.length > 0 && !found.some((names) => names.includes(port)))
        report(monitor, port);
    }
  }
}
