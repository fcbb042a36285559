import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderFile } from '../../constructs/core/config-file.js';
import { apiServerHost } from '../../constructs/core/destinations.js';
import type { Site } from '../../constructs/core/site.js';
import {
  admission,
  auditFolder,
  auditPolicy,
  k3sConfig,
  k3sFolder,
} from '../../constructs/platform/k3s-config.js';
import { Api } from './api.js';
import { Authority, type CertificateFiles } from './certificates.js';
import { Kubectl } from './kubectl.js';
import { freePorts, Program, temporaryFolder } from './process.js';
import { tools } from './tools.js';
import { Provisioner } from './volumes.js';

/** Addresses k3s gives to Services and pods when nothing else is said. */
const addresses = { services: '10.43.0.0/16', apiService: '10.43.0.1', pods: '10.42.0.0/16' };

interface K3sArguments {
  readonly 'kube-apiserver-arg': readonly string[];
  readonly 'kube-controller-manager-arg': readonly string[];
}

/**
 * A Kubernetes control plane on the loopback address, with what the box's own k3s configuration tells it: RBAC, Pod
 * Security, admission plug-ins, audit. There is no kubelet; kwok says of every pod what a kubelet would.
 */
export class ControlPlane {
  private constructor(
    readonly api: Api,
    readonly kubectl: Kubectl,
    private readonly programs: readonly Program[],
    private readonly provisioner = new Provisioner(api),
  ) {}

  /** Starts one, empty but for what Kubernetes makes itself. */
  static async start(site: Site): Promise<ControlPlane> {
    const binaries = {
      etcd: await tools.etcd(),
      apiServer: await tools.apiServer(),
      controllerManager: await tools.controllerManager(),
      scheduler: await tools.scheduler(),
      kubectl: await tools.kubectl(),
      kwok: await tools.kwok(),
    };
    const folder = temporaryFolder('control-plane');
    const programs: Program[] = [];
    const run = (name: string, command: string, args: readonly string[]) => {
      const program = Program.start({ name, command, args, cwd: folder });
      programs.push(program);
      return program;
    };
    try {
      const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
      const certificates = new Authority(folder);
      const etcd = run('etcd', binaries.etcd, etcdArguments(folder, certificates, etcdPort, peerPort));
      await etcd.waitForPort(etcdPort);
      const admin = certificates.issue({
        name: 'admin',
        commonName: 'box-operator',
        organization: 'system:masters',
      });
      const api = new Api(apiPort, certificates.files.certificate, admin);
      const server = run(
        'kube-apiserver',
        binaries.apiServer,
        apiServerArguments(folder, certificates, { etcd: etcdPort, api: apiPort }, site),
      );
      await server.waitFor('readiness', async () => (await api.ask('GET', '/readyz')).status === 200, 60);
      const kubeconfig = (name: string, commonName: string, organization?: string) =>
        writeKubeconfig(
          folder,
          certificates,
          apiPort,
          name,
          certificates.issue({ name, commonName, ...(organization === undefined ? {} : { organization }) }),
        );
      run('kube-controller-manager', binaries.controllerManager, [
        `--kubeconfig=${kubeconfig('controllers', 'system:kube-controller-manager')}`,
        `--service-account-private-key-file=${join(folder, 'service-accounts.key')}`,
        `--root-ca-file=${certificates.files.certificate}`,
        '--use-service-account-credentials',
        '--leader-elect=false',
        '--secure-port=0',
        ...configured(site)['kube-controller-manager-arg'].map((argument) => `--${argument}`),
      ]);
      run('kube-scheduler', binaries.scheduler, [
        `--kubeconfig=${kubeconfig('scheduler', 'system:kube-scheduler')}`,
        '--leader-elect=false',
        '--secure-port=0',
      ]);
      run('kwok', binaries.kwok, [
        `--kubeconfig=${kubeconfig('kubelets', 'kubelets', 'system:masters')}`,
        '--manage-all-nodes',
        `--cidr=${addresses.pods}`,
        '--node-ip=127.0.0.1',
        '--node-lease-duration-seconds=40',
      ]);
      const config = writeKubeconfig(folder, certificates, apiPort, 'operator', admin);
      return new ControlPlane(api, new Kubectl(binaries.kubectl, config), programs);
    } catch (error) {
      await stopAll(programs);
      throw error;
    }
  }

  /** Ends every program; the folder goes with the test. */
  async stop(): Promise<void> {
    this.provisioner.stop();
    this.api.close();
    await stopAll(this.programs);
  }
}

/** From the outside in: what is watched must outlive its watchers, or they wait for it. */
async function stopAll(programs: readonly Program[]): Promise<void> {
  const [etcd, server, ...rest] = programs;
  await Promise.all(rest.map((program) => program.stop(2)));
  await server?.stop(1);
  await etcd?.stop(2);
}

function configured(site: Site): K3sArguments {
  return parse(renderFile(k3sConfig(site)).text) as K3sArguments;
}

function etcdArguments(folder: string, certificates: Authority, port: number, peerPort: number): string[] {
  const files = certificates.issue({ name: 'etcd', addresses: ['127.0.0.1'] });
  const client = `https://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    `--cert-file=${files.certificate}`,
    `--key-file=${files.key}`,
    `--trusted-ca-file=${certificates.files.certificate}`,
    '--client-cert-auth',
    // nothing here outlives the test
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerArguments(
  folder: string,
  certificates: Authority,
  ports: { readonly etcd: number; readonly api: number },
  site: Site,
): string[] {
  const server = certificates.issue({
    name: 'api-server',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc', apiServerHost],
    addresses: ['127.0.0.1', addresses.apiService],
  });
  const client = certificates.issue({ name: 'etcd-client' });
  const tokens = certificates.signingKey('service-accounts');
  const files = { 'admission.yaml': admission(), 'audit.yaml': auditPolicy() };
  for (const [name, file] of Object.entries(files)) writeFileSync(join(folder, name), renderFile(file).text);
  mkdirSync(join(folder, 'audit'));
  return [
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${certificates.files.certificate}`,
    `--etcd-certfile=${client.certificate}`,
    `--etcd-keyfile=${client.key}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // it refuses a loopback address as an endpoint of the Service `kubernetes`
    '--endpoint-reconciler-type=none',
    `--secure-port=${ports.api}`,
    `--tls-cert-file=${server.certificate}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${certificates.files.certificate}`,
    '--authorization-mode=Node,RBAC',
    // as k3s has it
    '--allow-privileged',
    `--service-cluster-ip-range=${addresses.services}`,
    `--service-account-issuer=https://${apiServerHost}`,
    `--api-audiences=https://${apiServerHost},k3s`,
    `--service-account-signing-key-file=${tokens.privateKey}`,
    `--service-account-key-file=${tokens.publicKey}`,
    ...configured(site)['kube-apiserver-arg'].map(
      (argument) => `--${argument.replace(k3sFolder, folder).replace(auditFolder, join(folder, 'audit'))}`,
    ),
  ];
}

function writeKubeconfig(
  folder: string,
  certificates: Authority,
  port: number,
  name: string,
  identity: CertificateFiles,
): string {
  const file = join(folder, `${name}.kubeconfig`);
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://127.0.0.1:${port}`,
            'certificate-authority': certificates.files.certificate,
          },
        },
      ],
      users: [
        { name: 'test', user: { 'client-certificate': identity.certificate, 'client-key': identity.key } },
      ],
    }),
  );
  return file;
}
