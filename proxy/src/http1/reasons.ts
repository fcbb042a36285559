import { STATUS_CODES } from 'node:http';

/** Reason phrases by status. */
export const reasons: Readonly<Record<number, string>> = STATUS_CODES as Record<number, string>;
