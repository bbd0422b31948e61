// A folder as one file: a zip in which nothing is compressed, as pictures are as small as they get.

const MOST_BYTES = 2 ** 32 - 1; // what a zip can count without its longer form
const MOST_COUNTED = 2 ** 16 - 1; // entries, likewise
const UTF8_NAMES = 0x800;
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/**
 * A zip of files, which stay where they are: only their checksums are computed here.
 * @param {Array<{path: string, file: Blob & {lastModified?: number}}>} entries
 * @param {{signal?: AbortSignal, onread?: (bytes: number) => void}} how `onread` is told how many
 *   bytes were read so far
 * @returns {Promise<Blob>}
 * @throws {Error} they are over 4 GB together, or one cannot be read
 */
export async function zipped(entries, { signal, onread = () => {} } = {}) {
  const parts = [], central = [];
  let offset = 0, read = 0;
  for (const { path, file } of entries) {
    const name = new TextEncoder().encode(path);
    const crc = await checksum(file, signal, (count) => onread(read += count));
    const about = [UTF8_NAMES, 0, ...dosTime(file.lastModified ?? 0), [crc], [file.size], [file.size], name.length, 0];
    const head = record(0x04034b50, 20, ...about);
    parts.push(head, name, file);
    central.push(record(0x02014b50, 20, 20, ...about, 0, 0, 0, [0], [offset]), name);
    offset += head.length + name.length + file.size;
    if (offset > MOST_BYTES) throw new Error("Expected at most 4 GB in a folder. Pack it as a tar, and send that.");
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  return new Blob([...parts, ...central, ...end(entries.length, size, offset)], { type: "application/zip" });
}

// Where the list of entries is. Of more than 65,535 the count stands in a record of 64 bits.
function end(count, size, offset) {
  const short = Math.min(count, MOST_COUNTED);
  const last = record(0x06054b50, 0, 0, short, short, [size], [offset], 0);
  if (count <= MOST_COUNTED) return [last];
  const long = record(0x06064b50, [44], [0], 45, 45, [0], [0], [count], [0], [count], [0], [size], [0], [offset], [0]);
  return [long, record(0x07064b50, [0], [offset + size], [0], [1]), last];
}

// A number has two bytes, one in brackets four; the first, which says what follows, four.
function record(signature, ...numbers) {
  const wide = [[signature], ...numbers];
  const view = new DataView(new ArrayBuffer(wide.reduce((sum, one) => sum + (Array.isArray(one) ? 4 : 2), 0)));
  let at = 0;
  for (const one of wide) {
    if (Array.isArray(one)) view.setUint32(at, one[0], true), (at += 4);
    else view.setUint16(at, one, true), (at += 2);
  }
  return new Uint8Array(view.buffer);
}

async function checksum(file, signal, onread) {
  let crc = ~0;
  for (const reader = file.stream().getReader(); ;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) return ~crc >>> 0;
    for (let i = 0; i < value.length; i++) crc = CRC[(crc ^ value[i]) & 255] ^ (crc >>> 8);
    onread(value.length);
  }
}

function dosTime(milliseconds) {
  const time = new Date(Math.max(milliseconds, Date.UTC(1980, 0, 2)));
  return [
    (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1),
    ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate(),
  ];
}
