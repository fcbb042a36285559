import { constants } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** AES-128 first, being the cheapest that is strong; a client without AES in hardware is given ChaCha20. */
const ciphers = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
].join(':');

/** OpenSSL before 3.5 knows no hybrid group, and refuses the whole list for it. */
const curves = ['X25519MLKEM768:X25519:prime256v1:secp384r1', 'X25519:prime256v1:secp384r1'].find(isKnown);

/**
 * What every context has in common: TLS 1.2 and 1.3, nothing weak, sessions of half a day. Node forgets all of it at
 * `setSecureContext` unless told again.
 */
export const tlsProfile: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers,
  ...(curves === undefined ? {} : { ecdhCurve: curves }),
  honorCipherOrder: true,
  // renegotiation (TLS 1.2) is of use to nobody but floods
  secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION,
  // equal in all workers: a session of one is refused by another otherwise
  sessionIdContext: 'edge',
  sessionTimeout: 43_200,
};

function isKnown(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve });
    return true;
  } catch {
    return false;
  }
}
