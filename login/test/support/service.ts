import { readConfig } from '../../src/config.js';
import { Logger } from '../../src/log.js';
import { type RunningService, startService } from '../../src/server.js';
import { FakeHydra } from './fake-hydra.js';
import { FakeKratos } from './fake-kratos.js';

export const pages = 'https://auth.studio.example';

/** The environment of a box, with the fakes' addresses. */
export const environment = (kratos: string, hydra: string): Record<string, string> => ({
  PUBLIC_URL: pages,
  KRATOS_PUBLIC_URL: kratos,
  KRATOS_BROWSER_URL: `${pages}/kratos`,
  KRATOS_ADMIN_URL: kratos,
  HYDRA_ADMIN_URL: hydra,
  COOKIE_SECRET: 'cookie-secret-of-a-test',
  CSRF_COOKIE_SECRET: 'csrf-secret-of-a-test',
  BOX_DOMAIN: 'studio.example',
  BRAND_NAME: 'Studio',
  PORT: '0',
  INTERNAL_PORT: '0',
  UPSTREAM_TIMEOUT_SECONDS: '2',
});

/** The service between a fake Kratos and a fake Hydra. */
export class Bench {
  readonly log: string[] = [];

  private constructor(
    readonly kratos: FakeKratos,
    readonly hydra: FakeHydra,
    readonly service: RunningService,
    log: string[],
  ) {
    this.log = log;
  }

  static async start(more: Readonly<Record<string, string>> = {}): Promise<Bench> {
    const kratos = await new FakeKratos().start();
    const hydra = await new FakeHydra().start();
    const lines: string[] = [];
    const config = readConfig({ ...environment(kratos.url, hydra.url), ...more });
    const service = await startService(config, new Logger('info', (line) => lines.push(line)));
    return new Bench(kratos, hydra, service, lines);
  }

  browser(): Browser {
    return new Browser(this.service.port);
  }

  async stop(): Promise<void> {
    await this.service.stop(1);
    await this.kratos.stop();
    await this.hydra.stop();
  }
}

/** What a page looked like to a browser. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly location: string;
}

/** A browser without JavaScript: keeps cookies, follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();
  headers: Record<string, string> = {};

  constructor(private readonly port: number) {}

  /** Signed in as by an earlier visit. */
  with(name: string, value: string): this {
    this.cookies.set(name, value);
    return this;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.ask(path, { headers });
  }

  async post(
    path: string,
    form: Record<string, string> | [string, string][],
    headers: Record<string, string> = {},
  ): Promise<Page> {
    return this.ask(path, { method: 'POST', body: new URLSearchParams(form), headers });
  }

  /** Goes on where the pages sent it, as long as it is to the pages themselves. */
  async follow(page: Page, times = 5): Promise<Page> {
    let at = page;
    for (let i = 0; i < times && at.status === 303 && at.location.startsWith('/'); i++)
      at = await this.get(at.location);
    return at;
  }

  private async ask(
    path: string,
    options: { method?: string; body?: URLSearchParams; headers: Record<string, string> },
  ): Promise<Page> {
    const { method = 'GET', body, headers } = options;
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...this.headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = response.headers.get('location') ?? '';
    return { status: response.status, headers: response.headers, text: await response.text(), location };
  }
}

/** Value of a hidden field. */
export const fieldOf = ({ text }: Page, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
