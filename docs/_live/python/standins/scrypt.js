// scryptROMix of RFC 7914, section 5, on a block of 128 * r bytes. Salsa20/8 is
// written out, step by step: as a loop it takes five times as long.
(data, n, r) => {
  const words = 32 * r;
  let block = new Uint32Array(data.slice().buffer);
  let next = new Uint32Array(words);
  const memory = new Uint32Array(n * words), x = new Int32Array(16);
  const salsa = () => {
    let s, x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5],
      x6 = x[6], x7 = x[7], x8 = x[8], x9 = x[9], x10 = x[10], x11 = x[11],
      x12 = x[12], x13 = x[13], x14 = x[14], x15 = x[15];
    for (let round = 0; round < 4; round++) {
      s = (x0 + x12) | 0; x4 ^= (s << 7) | (s >>> 25);
      s = (x4 + x0) | 0; x8 ^= (s << 9) | (s >>> 23);
      s = (x8 + x4) | 0; x12 ^= (s << 13) | (s >>> 19);
      s = (x12 + x8) | 0; x0 ^= (s << 18) | (s >>> 14);
      s = (x5 + x1) | 0; x9 ^= (s << 7) | (s >>> 25);
      s = (x9 + x5) | 0; x13 ^= (s << 9) | (s >>> 23);
      s = (x13 + x9) | 0; x1 ^= (s << 13) | (s >>> 19);
      s = (x1 + x13) | 0; x5 ^= (s << 18) | (s >>> 14);
      s = (x10 + x6) | 0; x14 ^= (s << 7) | (s >>> 25);
      s = (x14 + x10) | 0; x2 ^= (s << 9) | (s >>> 23);
      s = (x2 + x14) | 0; x6 ^= (s << 13) | (s >>> 19);
      s = (x6 + x2) | 0; x10 ^= (s << 18) | (s >>> 14);
      s = (x15 + x11) | 0; x3 ^= (s << 7) | (s >>> 25);
      s = (x3 + x15) | 0; x7 ^= (s << 9) | (s >>> 23);
      s = (x7 + x3) | 0; x11 ^= (s << 13) | (s >>> 19);
      s = (x11 + x7) | 0; x15 ^= (s << 18) | (s >>> 14);
      s = (x0 + x3) | 0; x1 ^= (s << 7) | (s >>> 25);
      s = (x1 + x0) | 0; x2 ^= (s << 9) | (s >>> 23);
      s = (x2 + x1) | 0; x3 ^= (s << 13) | (s >>> 19);
      s = (x3 + x2) | 0; x0 ^= (s << 18) | (s >>> 14);
      s = (x5 + x4) | 0; x6 ^= (s << 7) | (s >>> 25);
      s = (x6 + x5) | 0; x7 ^= (s << 9) | (s >>> 23);
      s = (x7 + x6) | 0; x4 ^= (s << 13) | (s >>> 19);
      s = (x4 + x7) | 0; x5 ^= (s << 18) | (s >>> 14);
      s = (x10 + x9) | 0; x11 ^= (s << 7) | (s >>> 25);
      s = (x11 + x10) | 0; x8 ^= (s << 9) | (s >>> 23);
      s = (x8 + x11) | 0; x9 ^= (s << 13) | (s >>> 19);
      s = (x9 + x8) | 0; x10 ^= (s << 18) | (s >>> 14);
      s = (x15 + x14) | 0; x12 ^= (s << 7) | (s >>> 25);
      s = (x12 + x15) | 0; x13 ^= (s << 9) | (s >>> 23);
      s = (x13 + x12) | 0; x14 ^= (s << 13) | (s >>> 19);
      s = (x14 + x13) | 0; x15 ^= (s << 18) | (s >>> 14);
    }
    x[0] += x0; x[1] += x1; x[2] += x2; x[3] += x3; x[4] += x4; x[5] += x5;
    x[6] += x6; x[7] += x7; x[8] += x8; x[9] += x9; x[10] += x10; x[11] +=
    x11; x[12] += x12; x[13] += x13; x[14] += x14; x[15] += x15;
  };
  const mixBlock = () => {
    for (let j = 0; j < 16; j++) x[j] = block[words - 16 + j];
    for (let i = 0; i < 2 * r; i++) {
      for (let j = 0; j < 16; j++) x[j] ^= block[16 * i + j];
      salsa();
      const at = 16 * ((i >> 1) + (i & 1) * r);
      for (let j = 0; j < 16; j++) next[at + j] = x[j];
    }
    [block, next] = [next, block];
  };
  for (let i = 0; i < n; i++) {
    memory.set(block, i * words);
    mixBlock();
  }
  for (let i = 0; i < n; i++) {
    const at = (block[words - 16] & (n - 1)) * words;
    for (let j = 0; j < words; j++) block[j] ^= memory[at + j];
    mixBlock();
  }
  return new Uint8Array(block.buffer);
}
