import { proxyOf } from './edge-view.js';
import { namedServicesOf } from './named-services.js';
import { type PodView, portNumber } from './pod-view.js';
import { servicesOf } from './service-view.js';
import { type Structural, structuralOf } from './structural.js';
import { podTextsOf } from './texts-of-pods.js';
import type { Tree } from './tree.js';

/** All connections that something makes. */
export class Connections {
  readonly structural: readonly Structural[];
  /** Those to the proxy that public names in texts may mean. */
  readonly publicNames: { readonly from: PodView; readonly to: PodView; readonly port: number }[] = [];
  private readonly ports = new Map<PodView, Map<PodView, Set<number>>>();

  constructor(tree: Tree) {
    this.structural = tree.view(structuralOf);
    for (const { from, to, port } of this.structural) this.add(from, to, port);
    for (const { pod, service, ports } of tree.view(namedServicesOf)) {
      for (const target of service?.pods ?? []) {
        for (const { target: port } of ports) this.add(pod, target, portNumber(target, port) ?? 0);
      }
    }
    this.addPublic(tree);
  }

  /** Whether something connects from one to the other on a port of the container. */
  has(from: PodView, to: PodView, port: number): boolean {
    return this.ports.get(from)?.get(to)?.has(port) ?? false;
  }

  /** Whether something connects from one to the other at all. */
  any(from: PodView, to: PodView): boolean {
    return this.ports.get(from)?.has(to) ?? false;
  }

  private add(from: PodView, to: PodView, port: number): void {
    const targets = this.ports.get(from) ?? new Map<PodView, Set<number>>();
    this.ports.set(from, targets.set(to, (targets.get(to) ?? new Set()).add(port)));
  }

  /** A public name in a text may mean the proxy, since it leads there inside the cluster; or it is for browsers alone. */
  private addPublic(tree: Tree): void {
    const proxy = tree.view(proxyOf);
    if (proxy === undefined || proxy.domain === '') return;
    const url = new RegExp(`(https?|wss?)://[^\\s/"']*${proxy.domain.replaceAll('.', '\\.')}\\b`, 'g');
    const doors = [...tree.view(servicesOf).values()].filter(({ pods }) =>
      pods.some((pod) => proxy.pods.includes(pod)),
    );
    for (const [from, texts] of tree.view(podTextsOf)) {
      const schemes = new Set<string>();
      for (const { text: written } of texts) {
        // some programs are given their hosts as one regular expression
        const text = written.includes('\\.') ? written.replaceAll('\\.', '.') : written;
        if (!text.includes(proxy.domain)) continue;
        for (const [, protocol = ''] of text.matchAll(url)) schemes.add(protocol);
      }
      const wanted = [...schemes].map((protocol): number => (/s$/.test(protocol) ? 443 : 80));
      for (const { pods, ports } of doors) {
        for (const { port, target } of ports) {
          if (!wanted.includes(port)) continue;
          for (const to of pods) {
            const number = portNumber(to, target) ?? 0;
            this.add(from, to, number);
            this.publicNames.push({ from, to, port: number });
          }
        }
      }
    }
  }
}

/** The connections of a tree. */
export const connectionsOf = (tree: Tree): Connections => new Connections(tree);
