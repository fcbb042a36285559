const blockSize = 16_384;
const leastBlock = 1024;

/** Octets that wait. They are copied, so that a small piece does not hold on to the large one it came in. */
export class ByteQueue {
  length = 0;
  private readonly blocks: Buffer[] = [];
  /** How much of the last block is used. */
  private used = 0;

  append(bytes: Buffer, start: number, end: number): void {
    this.length += end - start;
    const last = this.blocks.at(-1);
    if (last !== undefined && this.used < last.length) {
      const length = Math.min(end - start, last.length - this.used);
      bytes.copy(last, this.used, start, start + length);
      this.used += length;
      start += length;
    }
    if (start === end) return;
    // the second block is larger than the first
    const least = last === undefined ? leastBlock : blockSize;
    const block = Buffer.allocUnsafeSlow(Math.max(end - start, least));
    bytes.copy(block, 0, start, end);
    this.used = end - start;
    this.blocks.push(block);
  }

  /** Takes the oldest octets. */
  take(): Buffer | undefined {
    const first = this.blocks.shift();
    if (first === undefined) return undefined;
    const bytes = this.blocks.length === 0 ? first.subarray(0, this.used) : first;
    this.length -= bytes.length;
    return bytes;
  }

  clear(): void {
    this.blocks.length = 0;
    this.length = this.used = 0;
  }
}
