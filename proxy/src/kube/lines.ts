const newline = 0x0a;

/**
 * Cuts a stream of octets into lines, without their ends; empty ones are left out. A last line without an end is not a
 * line: it was cut off.
 * @throws Error when a line grows beyond `limit` bytes
 */
export async function* readLines(stream: AsyncIterable<Buffer>, limit: number): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      rest.push(chunk.subarray(start, end));
      bytes += end - start;
      start = end + 1;
      if (bytes > limit) throw tooLong(limit);
      if (bytes > 0) yield Buffer.concat(rest, bytes).toString('utf8');
      rest = [];
      bytes = 0;
    }
    rest.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > limit) throw tooLong(limit);
  }
}

const tooLong = (limit: number) => new Error(`a line of more than ${limit} bytes`);
