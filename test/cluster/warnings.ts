import type { Complaint } from './convergence.js';

/** A warning that is known, and why it may stay. */
interface Known {
  readonly pattern: RegExp;
  readonly because: string;
}

/** Of the API server, in answers to `kubectl apply`. */
const ofTheServer: readonly Known[] = [];

/** Of controllers and the scheduler, in events: `Kind namespace/name: reason: message`. */
const ofControllers: readonly Known[] = [
  {
    pattern: / FailedToCreateEndpoint: .* already exists$/,
    because: 'the controller reads its own writes late and tries again',
  },
  {
    pattern: / FailedScheduling: .* persistentvolumeclaim "[^"]*" not found/,
    because: 'a pod of a StatefulSet reaches the scheduler before its claim does; it is tried again at once',
  },
  {
    pattern: /^CronJob .* UnexpectedJob: /,
    because: 'the test starts one by hand to see its pods admitted',
  },
];

/** Warnings of the API server that nobody has given a reason for, each once. */
export function unknownWarnings(warnings: readonly string[]): string[] {
  const unknown = warnings.filter((warning) => !ofTheServer.some(({ pattern }) => pattern.test(warning)));
  return [...new Set(unknown)];
}

/** Complaints of controllers and the scheduler that nobody has given a reason for. */
export function unexpectedComplaints(complaints: readonly Complaint[]): string[] {
  return complaints
    .map(({ object, reason, message }) => `${object}: ${reason}: ${message}`)
    .filter((line) => !ofControllers.some(({ pattern }) => pattern.test(line)));
}
