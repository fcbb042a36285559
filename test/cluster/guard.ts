import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Reads what to end and to remove from a pipe, and does so when the pipe closes: also when this process was killed in
 * a way that lets it run nothing more.
 */
const script = `
groups=
while read -r word group; do
  case $word in
    started) groups="$groups $group" ;;
    ended) groups=$(for one in $groups; do [ "$one" = "$group" ] || echo "$one"; done) ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;

let root: string | undefined;
let guard: ChildProcess | undefined;
const groups = new Set<number>();

function begin(): string {
  if (root !== undefined) return root;
  const folder = mkdtempSync(join(tmpdir(), 'business-box-cluster-'));
  root = folder;
  guard = spawn('sh', ['-c', script, 'sh', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  process.once('exit', () => {
    for (const group of groups) killGroup(group);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  return folder;
}

function tell(word: 'started' | 'ended', group: number): void {
  guard?.stdin?.write(`${word} ${group}\n`);
}

/** A new folder that is gone when this process is. */
export function temporaryFolder(name: string): string {
  const folder = join(begin(), `${name}-`);
  mkdirSync(begin(), { recursive: true });
  return mkdtempSync(folder);
}

/** Sees to it that a process group does not outlive this process. */
export function guardGroup(group: number): void {
  begin();
  groups.add(group);
  tell('started', group);
}

/** To be said when a guarded group has ended by itself: its number may be given to somebody else. */
export function releaseGroup(group: number): void {
  if (groups.delete(group)) tell('ended', group);
}

/** Kills whatever is left of a process group. */
export function killGroup(group: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(-group, signal);
  } catch {
    // it is gone already
  }
}
