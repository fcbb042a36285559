/** What a line may say besides its message: nothing that tells who somebody is. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type LogLevel = 'info' | 'warn' | 'error' | 'silent';

const rank: Record<LogLevel, number> = { info: 0, warn: 1, error: 2, silent: 3 };

/** Writes one JSON object a line. Addresses, names, cookies, codes and query strings never reach it. */
export class Logger {
  constructor(
    private readonly level: LogLevel = 'info',
    private readonly write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  ) {}

  info(message: string, fields: LogFields = {}): void {
    this.line('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.line('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.line('error', message, fields);
  }

  private line(level: LogLevel, message: string, fields: LogFields): void {
    if (rank[level] < rank[this.level]) return;
    this.write(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
  }
}
