/** Something with octets ready to leave. */
export interface Outgoing {
  sendOff(): void;
}

let queue: Outgoing[] = [];
let spare: Outgoing[] = [];

/**
 * Sends off once everything that came in has been read. When many connections are busy the writes of one turn of the loop
 * follow each other closely: whoever reads them is woken once, not once for each.
 */
export function sendLater(outgoing: Outgoing): void {
  if (queue.push(outgoing) === 1) setImmediate(sendAll);
}

function sendAll(): void {
  const batch = queue;
  queue = spare;
  for (let at = 0; at < batch.length; at++) (batch[at] as Outgoing).sendOff();
  batch.length = 0;
  spare = batch;
}
