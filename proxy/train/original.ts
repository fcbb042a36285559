import type { Row } from './rows.js';

const fragments = new Set(
  (
    '.env .git .bak .sql .tar .zip wp-admin wp-login wp-includes wp-content xmlrpc phpinfo phpmyadmin php-info cgi-bin shell ' +
    'eval-stdin .htaccess .htpasswd config. admin yarn.lock package.json composer.json telescope actuator debug'
  ).split(' '),
);
const endings = /\.(php|env|sql|bak|asp|jsp|cgi|tar|zip|git)$/;
const traversals = /\.\.|%00|%0a|%27|%3c/;

/** Whether a signal of an older detector fires, for comparison: its three that look at the path. It never reads queries. */
export function originalFires({ target }: Row): boolean {
  const path = target.split('?', 1)[0] ?? '';
  return (
    path.split('/').some((segment) => fragments.has(segment.toLowerCase())) ||
    endings.test(path) ||
    traversals.test(path)
  );
}
