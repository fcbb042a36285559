import { plain, type Text } from '../core/reference.js';
import type { Site } from '../core/site.js';

export type DnsRecordType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'PTR' | 'SRV' | 'TXT';

/** A record the operator publishes. A type alias, so that it can be written into a ConfigFile. */
export type DnsRecord = {
  /** Full name without the final dot; `*.` for a wildcard. */
  readonly name: string;
  readonly type: DnsRecordType;
  /** As in a zone file, without quotes around TXT; host names in it end with a dot. */
  readonly value: string;
  /** Seconds. */
  readonly ttl: number;
  /** What fails without it. */
  readonly because: string;
};

export interface DnsRecordProps {
  /** Name below the domain, e.g. '_dmarc'; '' for the domain itself. */
  readonly label: string;
  readonly type: DnsRecordType;
  readonly value: Text;
  /** Seconds. @default 3600 */
  readonly ttl?: number;
  readonly because: string;
}

export interface ZoneProps {
  readonly site: Site;
  /** One wildcard, or a record for each host. */
  readonly addresses: 'wildcard' | 'hosts';
  /** Authorities that may sign for the domain, as CAA names them; none publishes no CAA record. */
  readonly authorities: readonly string[];
}

/** Seconds a resolver keeps a record; short enough to move a box within an hour. */
const defaultTtl = 3600;

/** The DNS records of the domain: those that follow from the hosts, and those other parts of the box add. */
export class Zone {
  private readonly added: DnsRecord[] = [];

  constructor(
    private readonly path: string,
    private readonly props: ZoneProps,
  ) {}

  /** Adds a record beside those of the hosts. @throws when the same record is there already */
  add({ label, type, value, ttl = defaultTtl, because }: DnsRecordProps): void {
    const record = { name: this.fullName(label), type, value: plain(value), ttl, because };
    const other = this.added.find(
      ({ name, type, value }) => name === record.name && type === record.type && value === record.value,
    );
    if (other !== undefined) {
      throw new Error(
        `${this.path}: DNS record '${record.name} ${type} ${record.value}' is declared twice, for ${other.because} and ` +
          `for ${because}; declare it once`,
      );
    }
    this.added.push(record);
  }

  /** All records: addresses first, then authorities, then what was added. */
  records(hosts: readonly string[]): DnsRecord[] {
    const { site, authorities } = this.props;
    const { domain, publicIp, tls, adminEmail } = site.settings;
    const caa = (value: string, because: string): DnsRecord => ({
      name: domain,
      type: 'CAA',
      value,
      ttl: defaultTtl,
      because,
    });
    return [
      ...this.addresses(hosts).map(
        ([name, because]): DnsRecord => ({ name, type: 'A', value: publicIp, ttl: defaultTtl, because }),
      ),
      ...authorities.flatMap((authority) => [
        caa(`0 issue "${authority}"`, 'no other authority may sign certificates for the domain'),
        caa(`0 issuewild "${authority}"`, 'nor wildcard certificates'),
      ]),
      ...(authorities.length === 0
        ? []
        : [caa(`0 iodef "mailto:${tls.email ?? adminEmail}"`, 'where an authority reports an attempt')]),
      ...this.added,
    ];
  }

  private addresses(hosts: readonly string[]): [name: string, because: string][] {
    const { domain } = this.props.site.settings;
    const named = (name: string): [string, string] => [name, `https://${name}`];
    if (this.props.addresses === 'hosts') return hosts.map(named);
    // a wildcard does not cover a name that has a record of its own, or one below it (RFC 4592, 2.2.2)
    const uncovered = hosts.filter((host) =>
      this.added.some(({ name }) => host !== domain && (name === host || name.endsWith(`.${host}`))),
    );
    return [named(domain), [`*.${domain}`, 'every host of the box'], ...uncovered.map(named)];
  }

  private fullName(label: string): string {
    const { domain } = this.props.site.settings;
    if (/^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.|$))*$/.test(label) && !label.endsWith('.')) {
      return label === '' ? domain : `${label}.${domain}`;
    }
    throw new Error(
      `${this.path}: DNS label '${label}' is not a name below the domain; write it without the domain, e.g. '_dmarc'`,
    );
  }
}
