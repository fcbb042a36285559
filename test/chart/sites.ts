import type { SiteInput } from '../../constructs/core/site-schema.js';

/** Sites as unlike each other as the values allow: what one hides, another shows. */
export const sites: Readonly<Record<string, SiteInput>> = {
  'a short name, all defaults': {
    domain: 'sunbeam.pt',
    publicIp: '203.0.113.10',
    adminEmail: 'estudio-admin@sunbeam.pt',
    backup: { endpoint: 'https://s3.fr-par.scw.cloud', bucket: 'sunbeam-backup', region: 'fr-par' },
    smtp: { host: 'smtp.tem.scw.cloud' },
  },
  'a deep name, ports everywhere, quotes of both kinds': {
    domain: 'box.haus-am-see.k-und-m.example',
    publicIp: '192.0.2.255',
    adminEmail: "o'neil+admin@k-und-m.example",
    backup: {
      endpoint: 'https://minio.lager-1.example:9000',
      bucket: '1000',
      region: 'no',
      retentionDays: 3650,
    },
    smtp: { host: 'mx1.k-und-m.example', port: 465, security: 'tls' },
    tls: { email: 'acme@k-und-m.example' },
    matrixServerName: 'k-und-m.example',
    brand: { name: `Küche "M" & 'K': 50% <b>`, primary: '#000000', accent: '#FFFFFF' },
    ai: { baseUrl: 'https://llm.example:8443/v1', model: 'vendor/model: "large" # 2' },
  },
  'a name that looks like a number, one port for everything': {
    domain: '1.e5',
    publicIp: '198.51.100.1',
    adminEmail: 'a@b.example',
    backup: { endpoint: 'https://10.example:443', bucket: 'b.1', region: 'true', retentionDays: 1 },
    smtp: { host: 'relay.1-1.example', port: 443, security: 'starttls' },
    brand: { name: '{{ .Values.domain }}', primary: '#7c3aed', accent: '#f59e0b' },
    ai: { baseUrl: 'https://10.example', model: '0x1F' },
  },
};
