import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { host } from '../support/request.js';
import type { Contender } from './contender.js';

/** Caddy, one Go processor. */
export const caddy: Contender = {
  name: 'caddy',
  title: 'Caddy',
  async prepare({ folder, port, certFile, keyFile, answers, bodies }) {
    const file = join(folder, 'Caddyfile');
    const text = `{
  admin off
  auto_https disable_redirects
  storage file_system ${folder}/storage
  default_sni ${host}
  servers {
    protocols h1 h2
  }
}
https://${host}:${port} {
  bind 127.0.0.1
  tls ${certFile} ${keyFile}
  log {
    output file ${folder}/access.log {
      roll_disabled
    }
  }
  @bodies path /bodies/upload /socket/*
  reverse_proxy @bodies 127.0.0.1:${bodies} {
    header_up X-Request-Id {http.request.uuid}
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
  reverse_proxy 127.0.0.1:${answers} {
    header_up X-Request-Id {http.request.uuid}
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
`;
    writeFileSync(file, text);
    return {
      argv: ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
      env: { GOMAXPROCS: '1', HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    };
  },
};
