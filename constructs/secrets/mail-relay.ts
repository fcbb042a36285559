import type { Construct } from 'constructs';
import { External } from '../core/endpoint.js';
import type { SecretKey, SecretRef } from '../core/secret.js';
import type { Site } from '../core/site.js';
import { askOperator } from './generator.js';
import type { KvEntry } from './kv.js';
import type { Vault } from './vault.js';

/** The relay that delivers the box's mail, and its login from the vault. */
export class MailRelay {
  readonly host: string;
  readonly port: number;
  /** 'starttls' upgrades a plain connection, 'tls' speaks TLS from the first byte. */
  readonly security: 'starttls' | 'tls';
  /** Address that mails of the box come from. */
  readonly sender: string;
  private readonly entry: KvEntry;
  private readonly destination: External;

  constructor(vault: Vault, site: Site) {
    const { host, port, security } = site.settings.smtp;
    this.host = host;
    this.port = port;
    this.security = security;
    this.sender = `noreply@${site.settings.domain}`;
    this.destination = new External({ name: 'mail relay', ports: [port] });
    this.entry = vault.kv(vault, 'smtp', {
      username: askOperator(`user name at the mail relay ${host}`),
      password: askOperator(`password at the mail relay ${host}`),
    });
  }

  /** `username` and `password` as a Secret in the namespace of `scope`. */
  login(scope: Construct, name: string): SecretRef {
    return this.entry.syncTo(scope, 'MailLogin', { name, reaches: [this.destination] });
  }

  /** The whole connection as one URI, in the form Ory's courier reads. */
  uri(scope: Construct, name: string): SecretKey {
    const scheme = this.security === 'tls' ? 'smtps' : 'smtp';
    // `urlquery` writes a space as `+`, which stays a plus in this part of a URL
    const part = (key: string) => `{{ get .Secrets "${key}" | urlquery | replace "+" "%20" }}`;
    const login = `${part('username')}:${part('password')}`;
    const secret = this.entry.syncTo(scope, 'MailUri', {
      name,
      data: { uri: `${scheme}://${login}@${this.host}:${this.port}/` },
      reaches: [this.destination],
    });
    return secret.key('uri');
  }
}
