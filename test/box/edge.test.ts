import { test } from 'uvu';
import { testFaults } from '../support/faults.js';
import { Mutation } from '../support/mutate.js';
import { referenceBox } from '../support/reference-box.js';

const client = 'OAuth2Client lasuite/docs';
const { domain } = referenceBox().site.settings as unknown as { domain: string };
const docs = `docs.${domain}`;

/** Changes the routes of one host in the proxy's configuration. */
function routes(tree: Mutation, host: string, change: (route: Record<string, unknown>) => void): void {
  tree.proxy((config) => {
    const hosts = (config as { hosts: { name: string; routes: Record<string, unknown>[] }[] }).hosts;
    for (const { name, routes } of hosts) if (name === host) routes.forEach(change);
  });
}

testFaults([
  {
    name: 'a route leads to a Service that is not there',
    plant: (tree) =>
      routes(tree, docs, (route) => {
        if (route.path === '/api') route.upstream = 'http://docs-backed.lasuite.svc.cluster.local:8000';
      }),
    proof: 'edge',
    // what the proxy reads names a Service that is not there
    follows: ['network'],
    construct: 'edge/Edge/Proxy/Config',
    says: [`route ${docs}/api`, "names Service 'lasuite/docs-backed', which is not there", 'docs-backend'],
  },
  {
    name: 'a route leads to a port that is not there',
    plant: (tree) =>
      routes(tree, docs, (route) => {
        if (route.path === '/api') route.upstream = 'http://docs-backend.lasuite.svc.cluster.local:8001';
      }),
    proof: 'edge',
    follows: ['network'],
    construct: 'edge/Edge/Proxy/Config',
    says: ["means port 8001, but Service 'lasuite/docs-backend' has 8000"],
  },
  {
    name: 'a Service leads to a port no container declares',
    plant: (tree) =>
      tree.set(tree.find('Service lasuite/docs-frontend'), ['spec', 'ports', 0, 'targetPort'], 8081),
    proof: 'edge',
    follows: ['services', 'network', 'idle-edges'],
    construct: 'edge/Edge/Proxy/Config',
    says: [`route ${docs}/`, 'targetPort 8081, which no container', 'declares'],
  },
  {
    name: 'the address that authorizes media is wrong',
    plant: (tree) =>
      routes(tree, docs, (route) => {
        if (route.kind === 'media') route.authorize = { url: 'http://nowhere/', captureHeaders: [] };
      }),
    proof: 'edge',
    follows: ['network'],
    construct: 'edge/Edge/Proxy/Config',
    says: ['authorize', "'ingress/nowhere', which is not there"],
  },
  {
    name: 'a host is on no certificate',
    plant: (tree) =>
      tree.filter(tree.find('Certificate ingress/edge-tls'), ['spec', 'dnsNames'], (name) => name !== docs),
    proof: 'edge',
    construct: 'edge/Edge/Proxy/Config',
    says: [`host '${docs}' is on no certificate`, "Certificate 'edge-tls'"],
  },
  {
    name: 'a host is not below the domain',
    plant: (tree) => {
      tree.proxy((config) =>
        tree.edit(config, ['hosts'], (hosts) => [
          ...(hosts as unknown[]),
          { name: 'docs.other.example', routes: [] },
        ]),
      );
      tree.edit(tree.find('Certificate ingress/edge-tls'), ['spec', 'dnsNames'], (names) => [
        ...(names as string[]),
        'docs.other.example',
      ]);
    },
    proof: 'edge',
    construct: 'edge/Edge/Proxy/Config',
    says: ["host 'docs.other.example'", domain],
  },
  {
    name: 'the proxy serves a certificate that nobody makes',
    plant: (tree) =>
      tree.proxy((config) =>
        tree.edit(config, ['tls', 'secrets'], (secrets) => [...(secrets as string[]), 'edge-tls-2']),
      ),
    proof: 'edge',
    construct: 'edge/Edge/Proxy/Config',
    says: ["makes Secret 'edge-tls-2'"],
  },
  {
    name: 'a host is in no DNS record',
    plant: (tree) =>
      tree.edit(tree.find('ConfigMap box-system/catalog'), ['data', 'catalog.json'], (text) =>
        String(text).replace(`"*.${domain}"`, `"*.other.${domain}"`),
      ),
    proof: 'edge',
    construct: 'catalog/Catalog',
    says: [`dns: no address record leads to '${docs}'`],
  },
  {
    name: 'somebody adds an Ingress',
    plant: (tree) =>
      tree.add({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { namespace: 'lasuite', name: 'docs' },
        spec: {},
      }),
    proof: 'edge',
    construct: 'Ingress lasuite/docs',
    says: ['which nothing here serves', 'declare a route at the edge'],
  },
  {
    name: 'a redirect of sign-in is on another host',
    plant: (tree) =>
      tree.set(tree.find(client), ['spec', 'redirectUris', 0], `https://dogs.${domain}/api/v1.0/callback/`),
    proof: 'edge',
    construct: 'lasuite/Docs/OidcClient',
    says: ['redirectUris', 'is on no host of the proxy', `did you mean '${docs}'`],
  },
  {
    name: 'a redirect of sign-in is on a path that is closed',
    plant: (tree) => {
      routes(tree, docs, (route) => {
        if (route.path === '/api') Object.assign(route, { kind: 'deny', upstream: undefined });
      });
    },
    proof: 'edge',
    follows: ['idle-edges'],
    construct: 'lasuite/Docs/OidcClient',
    says: ["is on route '/api', which refuses everybody"],
  },
  {
    name: 'a redirect of sign-in is on a path without a route',
    plant: (tree) =>
      routes(tree, docs, (route) => {
        if (route.path === '/') route.path = '/home';
        if (route.path === '/api') route.path = '/apis';
      }),
    proof: 'edge',
    construct: 'lasuite/Docs/OidcClient',
    says: [`is on no route of host '${docs}'`],
  },
  {
    name: 'a browser is sent into the cluster',
    plant: (tree) =>
      tree.set(
        tree.find(client),
        ['spec', 'postLogoutRedirectUris', 0],
        'http://docs-backend.lasuite.svc.cluster.local:8000/',
      ),
    proof: 'edge',
    construct: 'lasuite/Docs/OidcClient',
    says: ['postLogoutRedirectUris', 'where no browser gets'],
  },
  {
    name: 'a back-channel sign-out goes nowhere',
    plant: (tree) =>
      tree.set(
        tree.find(client),
        ['spec', 'backChannelLogoutURI'],
        'http://docs-backen.lasuite.svc.cluster.local:8000/logout',
      ),
    proof: 'edge',
    follows: ['network'],
    construct: 'lasuite/Docs/OidcClient',
    says: ['backChannelLogoutURI', "'lasuite/docs-backen', which is not there"],
  },
  {
    name: 'two pods bind one port of the node',
    plant: (tree) => {
      const twin = structuredClone(tree.find('Deployment ingress/proxy'));
      const name = 'proxy-twin';
      tree.set(twin, ['metadata', 'name'], name);
      tree.set(twin, ['spec', 'selector', 'matchLabels'], { app: name });
      tree.set(twin, ['spec', 'template', 'metadata', 'labels', 'app'], name);
      tree.add(twin);
    },
    proof: 'edge',
    // the twin has no policy
    follows: ['network', 'idle-edges', 'budget'],
    construct: 'edge/Edge/Proxy/Server',
    says: ['port 80/TCP of the node', "Deployment 'proxy' binds too"],
  },
]);

test.run();
