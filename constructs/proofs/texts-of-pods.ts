import type { Manifest } from '../core/manifest.js';
import { addressesIn } from './addresses.js';
import { chartValues } from './foreign-pods.js';
import { planOf } from './plan.js';
import { envSources, sourcesOf } from './pod-references.js';
import type { PodView } from './pod-view.js';
import { data, everyText, rows, text, texts } from './read.js';
import { servicesOf } from './service-view.js';
import type { Tree } from './tree.js';

/** A piece of text that a pod's programs read. */
export interface PodText {
  /** Where it stands, in words. */
  readonly at: string;
  readonly text: string;
}

/** The text of every key of every ConfigMap and synced Secret: `kind/namespace/name` -> key -> text. */
function writtenTexts(tree: Tree): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const written = new Map<string, Map<string, string>>();
  const put = (
    kind: string,
    namespace: string | undefined,
    name: string,
    entries: readonly [string, string][],
  ) => {
    const key = `${kind}/${namespace}/${name}`;
    written.set(key, new Map([...(written.get(key) ?? []), ...entries]));
  };
  const plan = tree.view(planOf);
  for (const origin of tree.all('ConfigMap')) {
    const entries = Object.entries(data(origin, 'data')).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    // what the set-up Job hands on to the vault is read by the vault
    const own =
      origin === plan?.origin
        ? [['plan.json', JSON.stringify(withoutConnection(plan.root))] as [string, string]]
        : entries;
    put('ConfigMap', origin.metadata.namespace, origin.metadata.name, own);
  }
  for (const kind of ['VaultStaticSecret', 'VaultDynamicSecret']) {
    for (const origin of tree.all(kind)) {
      const templates = data(origin, 'spec', 'destination', 'transformation', 'templates');
      const entries = Object.entries(templates).map(([key, template]): [string, string] => [
        key,
        text(template, 'text') ?? '',
      ]);
      put('Secret', origin.metadata.namespace, text(origin, 'spec', 'destination', 'name') ?? '', entries);
    }
  }
  for (const { namespace, name, keys } of plan?.secrets ?? []) {
    const entries = Object.entries(keys).map(([key, generator]): [string, string] => [
      key,
      text(generator, 'text') ?? '',
    ]);
    put('Secret', namespace, name, entries);
  }
  return written;
}

function withoutConnection(root: unknown): unknown {
  const vault = data(root, 'vault');
  const { connection: _, ...database } = data(vault, 'database');
  return { ...data(root), vault: { ...vault, database } };
}

/** All texts of each pod. */
export function podTextsOf(tree: Tree): ReadonlyMap<PodView, readonly PodText[]> {
  const written = tree.view(writtenTexts);
  const all = new Map<PodView, PodText[]>();
  for (const pod of tree.ownPods) all.set(pod, ownTexts(pod, written));
  for (const pod of tree.foreignPods) all.set(pod, foreignTexts(pod, tree));
  for (const { reader, at, text } of relayed(tree)) all.get(reader)?.push({ at, text });
  return all;
}

function ownTexts(pod: PodView, written: ReturnType<typeof writtenTexts>): PodText[] {
  const found: PodText[] = [];
  const read = (kind: string, name: string, key: string | undefined) => {
    for (const [entry, content] of written.get(`${kind}/${pod.namespace}/${name}`) ?? []) {
      if (key === undefined || key === entry)
        found.push({ at: `${kind} '${name}' key '${entry}'`, text: content });
    }
  };
  for (const container of pod.containers) {
    const { spec, name } = container;
    for (const variable of rows(spec, 'env')) {
      const value = text(variable, 'value');
      if (value !== undefined)
        found.push({ at: `container '${name}', env ${text(variable, 'name')}`, text: value });
    }
    for (const arg of [...texts(spec, 'command'), ...texts(spec, 'args')]) {
      found.push({ at: `container '${name}', arguments`, text: arg });
    }
    for (const source of envSources(container)) read(source.kind, source.name, source.key);
  }
  for (const volume of rows(pod.spec, 'volumes')) {
    for (const { kind, name, items } of sourcesOf(volume)) {
      if (items === undefined) read(kind, name, undefined);
      else for (const key of items.keys()) read(kind, name, key);
    }
  }
  return found;
}

/** Resources by which an operator is told where to connect. */
const operatorResources: Readonly<Record<string, readonly string[]>> = {
  'vault-secrets-operator': ['VaultConnection'],
};

function foreignTexts({ origin, maker }: PodView, tree: Tree): PodText[] {
  const spoken = (object: Manifest, value: unknown): PodText[] =>
    [...everyText(value)].map(([path, found]) => ({
      at: `${object.kind} '${object.metadata.name}' ${path}`,
      text: found,
    }));
  if (maker === 'cnpg') return spoken(origin, origin.spec);
  const resources = (operatorResources[maker ?? ''] ?? []).flatMap((kind) =>
    tree.all(kind).flatMap((object) => spoken(object, object.spec)),
  );
  return [...spoken(origin, chartValues(origin)), ...resources];
}

interface Relayed extends PodText {
  readonly reader: PodView;
}

/** Texts that reach a program through another one's hands, so that no mount shows it. */
function relayed(tree: Tree): Relayed[] {
  const to = (address: string | undefined, at: string, handed: string): Relayed[] =>
    podsBehind(tree, address).map((reader) => ({ reader, at, text: handed }));
  const plan = tree.view(planOf);
  const vault = data(plan?.root, 'vault');
  const database = Object.values(data(vault, 'database', 'connection')).filter(
    (field) => typeof field === 'string',
  );
  const maester = tree.foreignPods.find(({ maker }) => maker === 'hydra-maester');
  const hydra = [...everyText(maester === undefined ? {} : chartValues(maester.origin))]
    .map(([, found]) => found)
    .find((found) => found.includes('.svc'));
  const clients = tree
    .all('OAuth2Client')
    .flatMap((client) => text(client, 'spec', 'backChannelLogoutURI') ?? []);
  return [
    // the set-up Job gives the vault the connection of its database engine
    ...database.flatMap((field) =>
      to(text(vault, 'address'), 'set-up plan, vault.database.connection', field),
    ),
    // Hydra calls these when somebody signs out
    ...clients.flatMap((uri) => to(hydra, 'OAuth2Client backChannelLogoutURI', uri)),
  ];
}

/** Pods behind the Service an address names. */
function podsBehind(tree: Tree, address: string | undefined): readonly PodView[] {
  const [found] = addressesIn(address ?? '', '', () => false);
  return found === undefined
    ? []
    : (tree.view(servicesOf).get(`${found.namespace}/${found.service}`)?.pods ?? []);
}
