import type { Env } from './env.js';
import type { Mount } from './mount.js';

const folder = '/etc/box/trust';
const file = 'ca.crt';

/**
 * The box's certificate authorities together with the public ones, as trust-manager writes them into every governed
 * namespace. A pod that connects to something the box's own authority has signed gets it mounted by itself.
 */
export const trustBundle = {
  /** Name of the Bundle and of the ConfigMap it makes. */
  name: 'box-trust',
  key: file,
  /** Label of the namespaces that get it. */
  namespaceLabel: { 'box/trust': 'true' },
  path: `${folder}/${file}`,
  mount: { kind: 'configMap', configMap: 'box-trust', path: folder } satisfies Mount as Mount,
  /** OpenSSL and Go, Python requests, Node.js. */
  env: {
    SSL_CERT_FILE: `${folder}/${file}`,
    REQUESTS_CA_BUNDLE: `${folder}/${file}`,
    NODE_EXTRA_CA_CERTS: `${folder}/${file}`,
  } satisfies Env as Env,
};
