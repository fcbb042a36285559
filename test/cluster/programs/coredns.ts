import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../process.js';
import { about, type ConfigCheck, same } from './program.js';
import { tools } from './tools.js';

const config = 'ConfigMap kube-system/coredns-custom, key box.override';
const proxy = 'proxy.ingress.svc.cluster.local';
const inside = { v4: '10.43.0.99', v6: 'fd00:43::99' };

/** The cluster's DNS: names of the box lead to the proxy inside, everything else to the internet's answer. */
export const coredns: ConfigCheck = {
  name: 'CoreDNS',
  version: 'v1.15.0',
  reads: ['ConfigMap kube-system/coredns-custom'],
  differences: ['the Service of the proxy and the internet are zones of the test'],
  obtain: tools.coredns,
  async check(bench) {
    const { domain } = bench.box.site.settings;
    const [port = 0, internet = 0] = await freePorts(2);
    const folder = bench.folder('coredns');
    writeFileSync(join(folder, 'box.override'), bench.box.file('kube-system/coredns-custom', 'box.override'));
    writeFileSync(join(folder, 'Corefile'), corefile(port, internet));
    const args = ['-conf', join(folder, 'Corefile')];
    const server = bench.start({ name: 'coredns', command: bench.program, args, cwd: folder });
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([`127.0.0.1:${port}`]);
    await about(config, async () => {
      await server.waitForLine(/CoreDNS-/);
      for (const name of [domain, `docs.${domain}`, `anything.${domain}`]) {
        same(await resolver.resolve4(name), [inside.v4], `A of ${name}`);
        same(await resolver.resolve6(name), [inside.v6], `AAAA of ${name}`);
      }
      const outside = [`a.b.${domain}`, `_acme-challenge.${domain}`, 'example.org', `other-${domain}`];
      for (const name of outside) same(await resolver.resolve4(name), ['192.0.2.1'], `A of ${name}`);
      same(await resolver.resolveTxt(`_dmarc.${domain}`), [['from the internet']], 'TXT of _dmarc');
      same(await resolver.resolveTxt(domain), [['from the internet']], 'TXT of the domain');
      same((await resolver.resolveMx(domain)).length, 1, 'the number of mail servers');
    });
  },
  faults: [
    {
      what: 'a misspelt plug-in',
      plant: (copy) => change(copy, (text) => text.replace('template', 'templat')),
      says: /coredns-custom, key box\.override[\s\S]*templat/,
    },
    {
      what: 'a pattern that takes every name',
      plant: (copy) => change(copy, (text) => text.replace(/match .*/g, 'match .*')),
      says: /coredns-custom.*A of /,
    },
  ],
};

function change(
  copy: Parameters<ConfigCheck['faults'][number]['plant']>[0],
  edit: (text: string) => string,
): void {
  const text = copy.file('kube-system/coredns-custom', 'box.override');
  copy.setFile('kube-system/coredns-custom', 'box.override', edit(text));
}

/** As k3s writes it around the override, with a stand-in for the Service and for the internet. */
const corefile = (port: number, internet: number) => `
.:${port} {
  bind 127.0.0.1
  errors
  hosts {
    ${inside.v4} ${proxy}
    ${inside.v6} ${proxy}
    fallthrough
  }
  forward . 127.0.0.1:${internet}
  loop
  import box.override
}
.:${internet} {
  bind 127.0.0.1
  template IN A . {
    answer "{{ .Name }} 60 IN A 192.0.2.1"
  }
  template IN TXT . {
    answer "{{ .Name }} 60 IN TXT \\"from the internet\\""
  }
  template IN MX . {
    answer "{{ .Name }} 60 IN MX 10 mail.example.org."
  }
}
`;
