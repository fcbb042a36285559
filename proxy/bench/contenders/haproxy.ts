import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './contender.js';

/** HAProxy, one thread. It cannot log to a file by itself: its standard output is one. */
export const haproxy: Contender = {
  name: 'haproxy',
  title: 'HAProxy',
  async prepare({ folder, port, certFile, keyFile, answers, bodies }) {
    const pem = join(folder, 'edge.pem');
    writeFileSync(pem, `${readFileSync(certFile, 'utf8')}\n${readFileSync(keyFile, 'utf8')}`, {
      mode: 0o600,
    });
    const file = join(folder, 'haproxy.cfg');
    const text = `global
  nbthread 1
  maxconn 8000
  log stdout format raw local0
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  log global
  option httplog
  option dontlognull
  http-reuse always
  timeout connect 3s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
  timeout tunnel 600s
frontend edge
  bind 127.0.0.1:${port} ssl crt ${pem} alpn h2,http/1.1
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Request-Id %[uuid()]
  use_backend bodies if { path_beg /bodies/upload /socket/ }
  default_backend answers
backend answers
  server one 127.0.0.1:${answers}
backend bodies
  server one 127.0.0.1:${bodies}
`;
    writeFileSync(file, text);
    return { argv: ['haproxy', '-db', '-f', file] };
  },
};
