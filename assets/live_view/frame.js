/*
 * A frame: everything the view shows of a run at one moment, in one binary message.
 *
 *     "MOE1"   length of the header (uint32, little-endian)   header (JSON)   arrays, each at a multiple of 8
 *
 * A saved picture is a frame in a file.
 */

const MAGIC = 0x31454f4d; // "MOE1", read as a little-endian number
const PREFIX_BYTES = 8;
const TYPES = { uint8: Uint8Array, float32: Float32Array };

/** Returns { header, arrays }. The arrays are views into `buffer`: nothing is copied. */
export function unpack(buffer) {
  const prefix = new DataView(buffer, 0, PREFIX_BYTES);
  if (prefix.getUint32(0, true) !== MAGIC) {
    throw new Error("This is not a frame: its first four bytes are not MOE1.");
  }
  const headerBytes = prefix.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, PREFIX_BYTES, headerBytes)));
  const arrays = {};
  for (const { name, dtype, shape, offset } of header.arrays) {
    const length = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new TYPES[dtype](buffer, PREFIX_BYTES + headerBytes + offset, length);
  }
  return { header, arrays };
}
