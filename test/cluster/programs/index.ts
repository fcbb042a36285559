import { coredns } from './coredns.js';
import { hydra } from './hydra.js';
import { kratos } from './kratos.js';
import { openbao } from './openbao.js';
import { openbaoCluster } from './openbao-cluster.js';
import { postgres } from './postgres.js';
import type { ConfigCheck } from './program.js';
import { seaweedfs } from './seaweedfs.js';
import { sysctl } from './sysctl.js';
import { valkey } from './valkey.js';

/** Every program of the box that can be had here, in the order in which they matter. */
export const checks: readonly ConfigCheck[] = [
  openbao,
  openbaoCluster,
  kratos,
  hydra,
  seaweedfs,
  postgres,
  valkey,
  coredns,
  sysctl,
];
