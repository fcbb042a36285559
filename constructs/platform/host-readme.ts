import type { Site } from '../core/site.js';
import { sshPort } from './firewall.js';
import type { HostFile } from './host-files.js';
import { auditFolder, k3sVersion, localCaFile } from './k3s-config.js';

const images = '/var/lib/rancher/k3s/agent/images';

const shell = (...lines: string[]) => ['```sh', ...lines, '```', ''].join('\n');

/** The page beside the server's files: what each is, and the order of the steps. */
export function hostReadme(site: Site, files: Readonly<Record<string, HostFile>>): string {
  const rows = Object.entries(files).map(
    ([name, { target, purpose }]) =>
      `| \`${name}\` | ${target === undefined ? 'not on the server' : `\`${target}\``} | ${purpose} |`,
  );
  const install = Object.entries(files)
    .filter(([name, { target }]) => target !== undefined && name !== 'config-join.yaml')
    .map(([name, { target }]) => `install -D -m 0600 ${name} ${target}`);
  return [
    `# The server of ${site.settings.domain}`,
    '',
    'These files prepare the server before anything of the box is applied. They are made from `box.yaml`; change that file, not these.',
    '',
    '| file | goes to | what it is |',
    '|---|---|---|',
    ...rows,
    '',
    '## 1. Close the doors',
    '',
    `Move the server's own SSH to port ${sshPort}, because 22 becomes the git service's. Enter the rules of \`firewall.yaml\` at the provider.`,
    'A firewall on the server cannot close ports that pods bind on it.',
    '',
    '## 2. Put the files in place',
    '',
    shell(...install, 'sysctl --system', `mkdir -p -m 0700 ${auditFolder}`),
    '## 3. Check the tools and the name servers',
    '',
    'k3s enforces network policies only when `ipset` is installed, and says no more than a line in its log when it is not.',
    'It falls back to a public resolver when `/etc/resolv.conf` names only a local one.',
    '',
    shell('command -v ipset', 'cat /etc/resolv.conf'),
    '## 4. Bring our own images',
    '',
    'The proxy cannot be pulled through the proxy. Copy the image archives of our own programs to the server before k3s starts; it reads them by itself.',
    '',
    shell(`mkdir -p ${images}`, `cp images/*.tar ${images}/`),
    '## 5. Install k3s',
    '',
    'It reads `config.yaml` at its first start.',
    '',
    shell(`curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=${k3sVersion} sh -`, 'k3s kubectl get nodes'),
    ...(site.isCluster ? joinSteps() : []),
    ...(site.settings.tls.issuer === 'local' ? localCaSteps() : []),
  ].join('\n');
}

const joinSteps = () => [
  '## 6. Add the other servers',
  '',
  'Repeat steps 1 to 4 on each, with `config-join.yaml` as its `config.yaml`. Copy the token of the first server, then install k3s.',
  '',
  shell(
    'install -m 0600 /dev/stdin /etc/rancher/k3s/join-token  # content of /var/lib/rancher/k3s/server/token',
  ),
];

const localCaSteps = () => [
  "## Trust the box's own authority",
  '',
  'Certificates of this site are signed by the box itself. Once it runs, let containerd trust them and restart k3s.',
  '',
  shell(
    `k3s kubectl -n cert-manager get secret box-root -o go-template='{{index .data "tls.crt" | base64decode}}' > ${localCaFile}`,
    'systemctl restart k3s',
  ),
];
