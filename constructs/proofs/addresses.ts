/** An in-cluster host name found in a text. */
export interface Address {
  readonly service: string;
  readonly namespace: string;
  /** Name of a replica before a headless Service's. */
  readonly replica: string | undefined;
  /** As written, or the scheme's; undefined when the text does not say. */
  readonly port: number | undefined;
  /** As it stands in the text. */
  readonly written: string;
}

const schemePorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  rediss: 6379,
  smtp: 25,
};

const scheme = '(?:([a-z][a-z0-9+.-]*):\\/\\/(?:[^\\s/@"\']*@)?)?';
const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const full = new RegExp(
  `${scheme}(?:(${label})\\.)?(${label})\\.(${label})\\.svc(?:\\.cluster\\.local)?\\b(?!\\.[a-z])\\.?(?::(\\d+))?`,
  'g',
);
/** The short forms count only in a URL, after a login, or as the whole text: anywhere else they may be anything. */
const inUrl = new RegExp(
  `(?:([a-z][a-z0-9+.-]*):\\/\\/(?:[^\\s/@"']*@)?|@)(${label})(?:\\.(${label}))?(?::(\\d+))?(?=[/"'\\s,;?#\\\\)]|$)`,
  'g',
);
const whole = new RegExp(`^(${label})\\.(${label})(?::(\\d+))?$`);

/**
 * Every in-cluster host name of a text.
 * @param home namespace of the reader, in which a bare Service name is looked up
 * @param isNamespace tells namespaces from domains in `name.namespace`
 */
export function addressesIn(text: string, home: string, isNamespace: (name: string) => boolean): Address[] {
  const found: Address[] = [];
  if (text.includes('.svc')) {
    for (const [written, protocol, replica, service = '', namespace = '', port] of text.matchAll(full)) {
      found.push({ service, namespace, replica, port: toPort(port, protocol), written });
    }
  }
  if (text.includes('://') || text.includes('@')) {
    for (const [written, protocol, service = '', namespace, port] of text.matchAll(inUrl)) {
      const isShort = namespace === undefined && protocol !== undefined && protocol in schemePorts;
      if (isShort && service !== 'localhost' && !/^\d+$/.test(service)) {
        found.push({ service, namespace: home, replica: undefined, port: toPort(port, protocol), written });
      } else if (namespace !== undefined && isNamespace(namespace)) {
        found.push({ service, namespace, replica: undefined, port: toPort(port, protocol), written });
      }
    }
  }
  const [written, service = '', namespace = '', port] = whole.exec(text) ?? [];
  if (written !== undefined && isNamespace(namespace)) {
    found.push({ service, namespace, replica: undefined, port: toPort(port, undefined), written });
  }
  return found;
}

const toPort = (port: string | undefined, protocol: string | undefined): number | undefined =>
  port === undefined ? schemePorts[protocol ?? ''] : Number(port);
