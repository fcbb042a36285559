import { Construct } from 'constructs';
import { type Box, Phase } from '../core/box.js';
import type { Endpoint } from '../core/endpoint.js';
import { namespaces } from '../core/namespaces.js';
import { podNetwork } from '../core/network.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import type { IssuerRef } from '../platform/certificate.js';
import { acmeIngressClass } from '../platform/trust.js';
import { type CertificatePlan, Certificates, planCertificates } from './certificates.js';
import { renderClusterDns } from './cluster-dns.js';
import { type DnsRecord, type DnsRecordProps, Zone } from './dns.js';
import { type SessionProvider, sessionConfig } from './gate.js';
import { Host } from './host.js';
import type { HostProps } from './host-options.js';
import { portalConfig } from './portal.js';
import { EdgeProxy, proxyConfigMap, proxyPorts } from './proxy.js';
import type { DetectionMode, PassthroughConfig, ProxyConfig } from './proxy-config.js';
import { redirectCircle } from './redirects.js';

/** What clients may do before they are asked to slow down: tokens at once, and tokens that come back each second. */
const limits = {
  signedIn: { burst: 200, perSecond: 50 },
  strangers: { burst: 50, perSecond: 10 },
  /** All clients of one address together: an office behind one router stays below it. */
  address: { burst: 1000, perSecond: 200 },
  connectionsPerAddress: 256,
};

export interface EdgeProps {
  /** Issuer of the certificates browsers see. */
  readonly publicIssuer: IssuerRef;
  /** Ingress class the issuer's HTTP-01 solver uses. @default - that of the platform's issuer; none with a local one */
  readonly ingressClass?: string;
  /** Authorities named in CAA records. @default - Let's Encrypt; none with a local issuer */
  readonly authorities?: readonly string[];
  /** Address records: one wildcard, or one for each host. @default 'wildcard' */
  readonly addresses?: 'wildcard' | 'hosts';
  /** What happens to requests taken for attacks: nothing, a line in the log, a refusal. @default 'enforce' */
  readonly detection?: DetectionMode;
}

export interface PassthroughProps {
  /** Name of the port, at most 15 letters, e.g. 'ssh'. */
  readonly name: string;
  /** Port of the server. */
  readonly nodePort: number;
  /** Where its connections go. */
  readonly to: Endpoint;
  /** Announce the client's address with a PROXY protocol version 2 header; the server must expect it. @default false */
  readonly proxyProtocol?: boolean;
}

/**
 * The way into the box: public host names, and what follows from them. Apps declare hosts and routes; the proxy with its
 * configuration, certificates, DNS records, names inside the cluster and the portal are derived.
 */
export class Edge extends Construct {
  readonly tier: Tier;
  /** The bare domain, with the portal at '/'. Well-known documents of the domain are added here. */
  readonly apex: Host;
  /** The proxy behind every public name. */
  readonly proxy: EdgeProxy;
  private readonly byLabel = new Map<string, Host>();
  private readonly passthroughs: PassthroughConfig[] = [];
  private readonly zone: Zone;
  private readonly ingressClass: string | undefined;
  private provider: SessionProvider | undefined;
  private written = false;

  constructor(
    private readonly box: Box,
    private readonly props: EdgeProps,
  ) {
    const tier = new Tier(box, 'edge', { namespace: namespaces.ingress, wave: Wave.Edge });
    super(tier, 'Edge');
    this.tier = tier;
    const isLocal = box.site.settings.tls.issuer === 'local';
    this.ingressClass = isLocal ? undefined : (props.ingressClass ?? acmeIngressClass);
    this.zone = new Zone(this.node.path, {
      site: box.site,
      addresses: props.addresses ?? 'wildcard',
      authorities: props.authorities ?? (isLocal ? [] : ['letsencrypt.org']),
    });
    // before the proxy, whose configuration is written in the same phase
    box.derive(Phase.Bind, () => this.check());
    this.proxy = new EdgeProxy(this, 'Proxy', {
      config: () => this.config(),
      acme: this.ingressClass !== undefined,
    });
    this.apex = this.host('', { owner: this })._portal();
    renderClusterDns(box, this.proxy.https);
    box.derive(Phase.Render, () => {
      const plans = this.certificates;
      new Certificates(this, 'Certificates', { issuer: props.publicIssuer, plans });
      this.proxy.grantAccess(plans.map(({ secret }) => secret));
    });
  }

  /**
   * Declares a public host name.
   * @param label first label of the name, below the site's domain
   * @throws when the label is taken, or is not a DNS label
   */
  host(label: string, props: HostProps = {}): Host {
    this.assertOpen(`host '${label}'`);
    if (label !== '' && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) {
      throw new Error(
        `${this.node.path}: host label '${label}' is not a DNS label; use lower-case letters, digits and hyphens, ` +
          'at most 63, and no dot: certificates and DNS cover one level below the domain',
      );
    }
    const name = this.box.site.hostName(label);
    const host = new Host(
      {
        path: this.node.path,
        label,
        name,
        https: this.proxy.https,
        assertOpen: (what) => this.assertOpen(what),
      },
      props,
    );
    const other = this.byLabel.get(label);
    if (other !== undefined) {
      throw new Error(
        `${this.node.path}: host '${name}' is declared twice, by ${other.declaredBy} and by ${host.declaredBy}; ` +
          (label === '' ? 'use edge.apex' : 'share the first one, or choose another label'),
      );
    }
    this.byLabel.set(label, host);
    return host;
  }

  /** All hosts in order of declaration, the bare domain first. */
  get hosts(): readonly Host[] {
    return [...this.byLabel.values()];
  }

  /** How the proxy tells who is signed in. @throws when it is set already */
  setSessionProvider(provider: SessionProvider): void {
    this.assertOpen('the session provider');
    if (this.provider !== undefined) {
      throw new Error(`${this.node.path}: the session provider is set twice; a box has one`);
    }
    this.provider = provider;
  }

  /**
   * Hands connections to a port of the server on as they are: for protocols other than HTTP.
   * The proxy binds no such port unless something is declared for it.
   */
  passthrough({ name, nodePort, to, proxyProtocol = false }: PassthroughProps): void {
    const where = `${this.node.path}: passthrough '${name}' of port ${nodePort}`;
    this.assertOpen(where);
    if (to.protocol !== 'tcp') {
      throw new Error(
        `${where}: port '${to.name}' of '${to.peer.peerName}' speaks ${to.protocol}; it must be tcp`,
      );
    }
    const port = this.proxy.listen(name, nodePort);
    this.passthroughs.push({
      name,
      port,
      upstream: to.address,
      proxyProtocol: proxyProtocol ? 'v2' : undefined,
    });
  }

  /** Adds a DNS record beside those of the hosts: MX, TXT, SRV. */
  record(props: DnsRecordProps): void {
    this.zone.add(props);
  }

  /** What the operator publishes in DNS. */
  dnsRecords(): DnsRecord[] {
    return this.zone.records(this.hosts.map(({ name }) => name));
  }

  /** The certificates, with the names on each. */
  get certificates(): CertificatePlan[] {
    return planCertificates(this.hosts.map(({ name }) => name));
  }

  private assertOpen(what: string): void {
    if (!this.written) return;
    throw new Error(
      `${this.node.path}: ${what} comes after the proxy's configuration was written; declare it earlier`,
    );
  }

  private get hostConfigs() {
    return this.hosts.map(({ _config }) => _config);
  }

  /** Rules that need the whole table. */
  private check(): void {
    const hosts = this.hostConfigs;
    const gated = hosts.find(({ routes }) => routes.some(({ gate }) => gate !== undefined));
    if (gated !== undefined && this.provider === undefined) {
      throw new Error(
        `${this.node.path}: host '${gated.name}' has a gate, but nothing says how to recognise a session; ` +
          'call edge.setSessionProvider(), or remove the gate',
      );
    }
    const circle = redirectCircle(hosts);
    if (circle !== undefined) {
      throw new Error(
        `${this.node.path}: redirects go in a circle: ${circle.join(' -> ')}; send one of them to a path that answers`,
      );
    }
  }

  private config(): ProxyConfig {
    this.written = true;
    const { settings } = this.box.site;
    const isTrusted = settings.tls.issuer === 'acme' && !settings.tls.staging;
    return {
      version: 1,
      domain: settings.domain,
      kubernetes: {
        namespace: this.tier.namespaceName,
        configMap: proxyConfigMap.name,
        configKey: proxyConfigMap.key,
      },
      listeners: { ...proxyPorts },
      tls: { secrets: this.certificates.map(({ secret }) => secret) },
      acme: this.ingressClass === undefined ? undefined : { ingressClass: this.ingressClass },
      // clients reach the proxy straight, so nobody's word about addresses counts
      peers: { forwarding: [], unlimited: [podNetwork] },
      limits,
      detection: { mode: this.props.detection ?? 'enforce' },
      // a browser told to insist on HTTPS would lock people out of a box whose certificates it does not trust
      hsts: isTrusted ? { maxAge: 31_536_000 } : undefined,
      session: this.provider === undefined ? undefined : sessionConfig(this.provider),
      hosts: this.hostConfigs,
      portal: portalConfig(this.box.site, this.hosts),
      passthroughs: this.passthroughs,
    };
  }
}
