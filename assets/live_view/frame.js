/*
 * A frame: everything the view shows of a run at one moment, in one binary message.
 *
 *     "MOE1"   length of the header (uint32, little-endian)   header (JSON)   arrays, each at a multiple of 8
 *
 * A saved picture is a frame in a file. A lockstep group's message holds a frame for each member:
 *
 *     "MOEG"   how many (uint32)   the length of each (uint32), padded to a multiple of 8   the frames
 */

const MAGIC = 0x31454f4d; // "MOE1", read as a little-endian number
const GROUP_MAGIC = 0x47454f4d; // "MOEG"
const PREFIX_BYTES = 8;
const ALIGNMENT = 8;
const TYPES = { uint8: Uint8Array, float32: Float32Array };

/** Returns { header, arrays } for each member, the first one first. */
export function unpackAll(buffer) {
  const prefix = new DataView(buffer);
  if (prefix.getUint32(0, true) !== GROUP_MAGIC) {
    return [unpack(buffer)];
  }
  const count = prefix.getUint32(4, true);
  let start = PREFIX_BYTES + Math.ceil((4 * count) / ALIGNMENT) * ALIGNMENT;
  const members = [];
  for (let i = 0; i < count; i++) {
    members.push(unpack(buffer, start));
    start += prefix.getUint32(PREFIX_BYTES + 4 * i, true);
  }
  return members;
}

/** Returns { header, arrays } of the frame that starts there. The arrays are views into `buffer`: nothing is copied. */
function unpack(buffer, start = 0) {
  const prefix = new DataView(buffer, start, PREFIX_BYTES);
  if (prefix.getUint32(0, true) !== MAGIC) {
    throw new Error("This is not a frame: its first four bytes are not MOE1.");
  }
  const headerBytes = prefix.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start + PREFIX_BYTES, headerBytes)));
  const arrays = {};
  for (const { name, dtype, shape, offset } of header.arrays) {
    const length = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new TYPES[dtype](buffer, start + PREFIX_BYTES + headerBytes + offset, length);
  }
  return { header, arrays };
}
