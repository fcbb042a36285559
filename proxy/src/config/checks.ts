import { checkHosts } from './checks-hosts.js';
import { checkNetwork } from './checks-network.js';
import { checkRedirects } from './checks-redirects.js';
import { checkRoute } from './checks-routes.js';
import type { Findings } from './problems.js';
import type { Config } from './schema.js';

/**
 * What no single value shows: checks over the whole table.
 * @param config with every value valid by itself
 * @param exists whether a file or folder is there
 */
export function checkConfig(config: Config, exists: (path: string) => boolean): Findings {
  const found: Findings = { problems: [], warnings: [] };
  checkNetwork(config, found);
  checkSources(config, found);
  checkDetection(config, found);
  checkHosts(config, found);
  for (const [h, host] of config.hosts.entries())
    for (const [r, route] of host.routes.entries())
      checkRoute(route, ['hosts', h, 'routes', r], config, found, exists);
  checkRedirects(config, found);
  return found;
}

function checkSources({ tls, kubernetes, acme }: Config, { problems, warnings }: Findings): void {
  const way = "add 'kubernetes' with namespace, configMap and configKey";
  if (tls.secrets !== undefined && kubernetes === undefined)
    problems.push({
      place: ['tls', 'secrets'],
      message: `Secrets are read from Kubernetes; ${way}, or use 'tls.files'`,
    });
  if (acme !== undefined && kubernetes === undefined)
    problems.push({
      place: ['acme'],
      message: `the solvers are found in Kubernetes; ${way}, or take 'acme' out`,
    });
  if (tls.secrets === undefined && tls.files === undefined)
    warnings.push({
      place: ['tls'],
      message: "there is no certificate: only plain HTTP is spoken; add 'tls.secrets' or 'tls.files'",
    });
}

function checkDetection({ detection, limits }: Config, { problems }: Findings): void {
  const { limitAt, refuseAt, bots } = detection;
  if (limitAt > refuseAt)
    problems.push({
      place: ['detection', 'limitAt'],
      message: `${limitAt} must not be above refuseAt, ${refuseAt}: a client is limited before it is refused`,
    });
  for (const [i, { name, domains, cidrs }] of bots.entries())
    if (domains.length === 0 && cidrs.length === 0)
      problems.push({
        place: ['detection', 'bots', i],
        message: `'${name}' could be claimed by anybody; add 'domains' or 'cidrs'`,
      });
  if (limits.targetBytes >= limits.headBytes)
    problems.push({
      place: ['limits', 'targetBytes'],
      message: `${limits.targetBytes} must be less than headBytes, ${limits.headBytes}, which the path is part of`,
    });
}
