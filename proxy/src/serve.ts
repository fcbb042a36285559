import cluster from 'node:cluster';
import { loadConfig } from './config/load.js';
import { Edge } from './edge.js';
import { watchFile } from './kube/config-file.js';
import { createLog, type Log, readLevel } from './observe/log.js';
import { answerMetrics } from './observe/worker-metrics.js';
import { Primary, reportReadiness, workerOptions } from './workers.js';

/** Version of the program; the build puts it in. */
const version = process.env.PROXY_VERSION ?? '0.1.0';

/**
 * Serves what a configuration file says until the process is told to stop (SIGTERM, SIGINT). SIGHUP opens the access log
 * anew.
 * @throws ProxyError when the file is not valid or a port cannot be had
 */
export async function serve(file: string): Promise<void> {
  const log = createLog(readLevel(process.env.LOG_LEVEL));
  if (!cluster.isWorker) return start(file, log);
  try {
    await start(file, log);
  } catch (error) {
    // the channel to the primary would keep a process alive that serves nothing
    log.error('a worker cannot start', { error });
    log.flushSync();
    process.exit(1);
  }
}

async function start(file: string, log: Log): Promise<void> {
  const { config, warnings } = loadConfig(file);
  if (cluster.isPrimary) for (const warning of warnings) log.warn(warning);
  if (config.workers > 1 && cluster.isPrimary) {
    await new Primary(config, version, log).start();
    return;
  }
  const edge = new Edge(config, { version, log, ...workerOptions() });
  onSignals(edge, log);
  await edge.start();
  if (cluster.isWorker) {
    answerMetrics(edge.registry);
    reportReadiness(() => edge.readiness());
  }
  // in a cluster the API server is quicker than the mounted file, which would bring back what was before
  if (!edge.watchesKubernetes)
    watchFile(file, (text) => void edge.reload(text, file), {
      onProblem: (error) => log.error(error.message),
    });
  log.info('serving', { ...edge.ports, routes: edge.service.setup.table.routes.length });
}

function onSignals(edge: Edge, log: Log): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info('stopping');
    edge.stop().then(
      () => process.exit(0),
      (error: Error) => {
        log.error('stopped badly', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => edge.telemetry.reopen());
  process.on('exit', () => edge.telemetry.flushSync());
  process.on('uncaughtException', (error) => {
    // a state nobody foresaw: say so and let the next process begin clean
    log.error('unexpected', { error });
    edge.telemetry.flushSync();
    process.exit(1);
  });
}
