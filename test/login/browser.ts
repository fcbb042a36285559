import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { LoginRig } from './rig.js';

/** Where pictures of the pages go. */
export const pictures = 'build/login-pages';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** A Chromium of this machine; `CHROMIUM` may name one. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...candidates].find((file) => file !== '' && existsSync(file));
}

/** A browser in which every host of the box leads to the rig's edge. */
export function launch({ domain, edge }: LoginRig, executablePath: string): Promise<Browser> {
  const target = `127.0.0.1:${edge.port}`;
  return chromium.launch({
    executablePath,
    args: [
      `--host-resolver-rules=MAP *.${domain}:443 ${target}, MAP ${domain}:443 ${target}`,
      // by its key rather than all: with certificate errors ignored there are no security keys
      `--ignore-certificate-errors-spki-list=${edge.keyHash}`,
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
    ],
  });
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const widths = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };
const taken = new Set<string>();

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/**
 * Takes pictures of a page in light and dark, at desktop and phone width, and asks axe for violations in each.
 * @throws with axe's words, and when a page is wider than a phone
 */
export async function inspect(page: Page, name: string): Promise<void> {
  if (taken.has(name)) return;
  taken.add(name);
  mkdirSync(pictures, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [device, size] of Object.entries(widths)) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}-${device}.png`), fullPage: true });
      const wide = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      if (Number(wide) > 0) throw new Error(`${name}: ${wide} px wider than a ${device}`);
      await page.evaluate(axe);
      const found = (await page.evaluate(
        `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`,
      )) as readonly Violation[];
      const text = found.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
      );
      if (text.length > 0) throw new Error(`${name}, ${colorScheme}, ${device}:\n${text.join('\n')}`);
    }
  await page.emulateMedia({ colorScheme: 'light' });
  if (before !== null) await page.setViewportSize(before);
}

/** A new visitor; whatever the browser complains about, a blocked script for example, is kept. */
export async function visitor(
  browser: Browser,
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: widths.desktop });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && /content security policy/i.test(message.text()))
      complaints.push(message.text());
  });
  return { context, page, complaints };
}
