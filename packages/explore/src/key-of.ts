const TWO_21 = 2 ** 21

/** Two words as the key of a map: as much of them as a number holds exactly. */
export const keyOf = (a: number, b: number): number => (a >>> 0) * TWO_21 + (b & (TWO_21 - 1))
