import { ConfigError, readConfig } from './config.js';
import { Logger } from './log.js';
import { startService } from './server.js';

try {
  const service = await startService(readConfig(process.env));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void service.stop().then(() => process.exit(0)));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  new Logger().error(error instanceof ConfigError ? message : `cannot start: ${message}`);
  process.exitCode = 1;
}
