import type { Box } from '../core/box.js';
import { asText, ConfigFile } from '../core/config-file.js';
import type { Endpoint } from '../core/endpoint.js';
import { namespaces } from '../core/namespaces.js';
import { text } from '../core/reference.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';

const escapeRegex = (name: string) => name.replaceAll('.', '\\.');

/**
 * Makes the box's public names lead to the proxy's Service inside the cluster, since a pod cannot reach the server's
 * public address from within ("hairpin"). k3s' CoreDNS reads the ConfigMap and reloads by itself.
 *
 * Only addresses are answered, of the bare domain and of single labels below it. MX, TXT and the names that begin with
 * an underscore (DKIM, DMARC, ACME) still come from the public DNS: mail checks inside the box need the real ones.
 * @see https://docs.k3s.io/networking/networking-services#coredns
 * @see https://coredns.io/plugins/template/
 */
export function renderClusterDns(box: Box, proxy: Endpoint): void {
  const { domain } = box.site.settings;
  const tier = new Tier(box, 'edge-dns', { namespace: namespaces.kubeSystem, wave: Wave.Edge });
  // CoreDNS follows the CNAME itself, so that no client has to
  const block = (type: string) => text`template IN ${type} ${domain} {
  match ^([^_.]+\\.)?${escapeRegex(domain)}\\.$
  answer "{{ .Name }} 30 IN CNAME ${proxy.host}."
  fallthrough
}
`;
  new ConfigFile(tier, 'CoreDns', {
    name: 'coredns-custom',
    files: { 'box.override': asText(text`${block('A')}${block('AAAA')}`) },
  });
}
