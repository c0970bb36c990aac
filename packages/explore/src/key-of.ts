const TWO_21 = 2 ** 21

/** Two words as one key of a map: as many of their bits as a number holds exactly. */
export const keyOf = (a: number, b: number): number => (a >>> 0) * TWO_21 + (b & (TWO_21 - 1))
