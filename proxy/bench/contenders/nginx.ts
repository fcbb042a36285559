import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { host } from '../support/request.js';
import type { Contender } from './contender.js';

/** nginx, one worker, with the settings that its guides give to a fast reverse proxy. */
export const nginx: Contender = {
  name: 'nginx',
  title: 'nginx',
  async prepare({ folder, port, certFile, keyFile, answers, bodies }) {
    const file = join(folder, 'nginx.conf');
    // without `user root` the worker could not reach its folders when the run is root's
    const text = `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events { worker_connections 8192; }
http {
  access_log ${folder}/access.log combined buffer=32k flush=1s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  tcp_nodelay on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  upstream answers { server 127.0.0.1:${answers}; keepalive 64; keepalive_requests 1000000000; }
  upstream bodies { server 127.0.0.1:${bodies}; keepalive 64; keepalive_requests 1000000000; }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name ${host};
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_read_timeout 600s;
    proxy_set_header Host $host;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Request-Id $request_id;
    location / { proxy_pass http://answers; }
    location /bodies/upload { proxy_pass http://bodies; }
    location /socket/ { proxy_pass http://bodies; }
  }
}
`;
    writeFileSync(file, text);
    return { argv: ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', file] };
  },
};
