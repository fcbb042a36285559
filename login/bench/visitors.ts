import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from '../test/support/service.js';

export interface Load {
  readonly port: number;
  readonly internal: number;
  readonly email: string;
  readonly password: string;
  readonly signIns: number;
  /** How many sign in at once. */
  readonly visitors: number;
}

export interface Outcome {
  readonly perMinute: number;
  /** Milliseconds for a whole sign-in: the middle one, and the slowest but one in a hundred. */
  readonly middle: number;
  readonly slow: number;
  readonly megabytes: number;
}

/** Signs somebody in again and again: the page, the form, home. */
export async function signInMany(load: Load): Promise<Outcome> {
  const { port, signIns, visitors } = load;
  for (let i = 0; i < 100 && !(await isReady(port)); i++) await pause(100);
  const times: number[] = [];
  let left = signIns;
  const visitor = async () => {
    while (left-- > 0) {
      const started = performance.now();
      await signIn(load);
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: visitors }, visitor));
  const minutes = (performance.now() - started) / 60_000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  const metrics = await (await fetch(`http://127.0.0.1:${load.internal}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1] ?? 0);
  return { perMinute: signIns / minutes, middle: at(0.5), slow: at(0.99), megabytes: bytes / 1024 / 1024 };
}

async function signIn({ port, email, password }: Load): Promise<void> {
  const browser = new Browser(port);
  const { location } = await browser.get('/login');
  const page = await browser.get(location);
  const token = /name="csrf_token" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
  const form = {
    identifier: email,
    password,
    csrf_token: token.replaceAll('&#43;', '+').replaceAll('&#x3D;', '='),
    method: 'password',
  };
  const sent = await browser.post(location, form);
  const home = await browser.follow(sent);
  if (!home.text.includes('/sessions'))
    throw new Error(`not signed in: ${home.status} after ${sent.location}`);
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Prints what was measured. */
export function report({ perMinute, middle, slow, megabytes }: Outcome): void {
  console.log(`${Math.round(perMinute)} sign-ins a minute`);
  console.log(
    `${Math.round(middle)} ms in the middle, ${Math.round(slow)} ms for all but the slowest hundredth`,
  );
  console.log(`${Math.round(megabytes)} MB resident`);
}
