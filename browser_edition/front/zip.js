// Zip files without compression: enough to carry notebooks to another device.

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const UTF8 = 0x0800, JANUARY_1980 = 0x21;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Packs numbers, given as pairs of value and size in bytes (2 or 4), with the low byte first. */
function packed(...pairs) {
  const bytes = new Uint8Array(pairs.reduce((sum, [, size]) => sum + size, 0)),
    view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, size] of pairs) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

/** Makes a zip file of pairs of path and bytes. */
export function zipped(entries) {
  const parts = [], index = [];
  let at = 0, indexSize = 0;
  for (const [path, bytes] of entries) {
    const name = new TextEncoder().encode(path), size = bytes.length;
    const common = [[20, 2], [UTF8, 2], [0, 2], [0, 2], [JANUARY_1980, 2], [crc32(bytes), 4], [size, 4], [
      size,
      4,
    ]];
    common.push([name.length, 2], [0, 2]);
    const local = packed([LOCAL, 4], ...common);
    const central = packed([CENTRAL, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]);
    parts.push(local, name, bytes);
    index.push(central, name);
    at += local.length + name.length + size;
    indexSize += central.length + name.length;
  }
  const count = entries.length;
  const end = packed([END, 4], [0, 2], [0, 2], [count, 2], [count, 2], [indexSize, 4], [at, 4], [0, 2]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}

/** Returns the pairs of path and bytes in a zip file, also in one that another program has packed. */
export async function unzipped(buffer) {
  const view = new DataView(buffer), found = [];
  let end = buffer.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error("this is not a zip file");
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== CENTRAL) throw new Error("this zip file is damaged");
    const method = view.getUint16(at + 10, true), size = view.getUint32(at + 20, true);
    const [length, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const local = view.getUint32(at + 42, true);
    const path = new TextDecoder().decode(new Uint8Array(buffer, at + 46, length));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (!path.endsWith("/")) found.push([path, await unpacked(new Uint8Array(buffer, start, size), method)]);
    at += 46 + length + extra + comment;
  }
  return found;
}

async function unpacked(bytes, method) {
  if (method === 0) return bytes;
  if (method !== 8) throw new Error("this zip file is packed in a way that is not known here");
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
