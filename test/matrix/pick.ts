/** A row of each list in turn, the same for the same seed: a multiplicative congruential generator. */
export function pick(seed: number): <T>(rows: readonly T[]) => T {
  const modulus = 0x7fff_ffff
  let state = (seed % (modulus - 1)) + 1
  return (rows) => {
    state = (state * 16807) % modulus
    const row = rows[Math.floor((state / modulus) * rows.length)]
    if (row === undefined) throw new Error('no row to pick')
    return row
  }
}
