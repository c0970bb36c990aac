/** How far random tests go: as far as a fixed seed in a few seconds, or much further with `npm run sweep`. */

/** How many times as many runs; 1 unless asked for. */
const FACTOR = Number(process.env.BARTER_SWEEP ?? '1')

/** The same each time, so that what fails today failed yesterday; a sweep goes elsewhere. A failure prints it. */
export const SEED = Number(process.env.BARTER_SEED ?? (FACTOR === 1 ? '20260101' : String(FACTOR)))

/** The same for a test that has a seed of its own. */
export const seedOf = (usual: number): number => (FACTOR === 1 ? usual : SEED)

export const runs = (usual: number): number => Math.ceil(usual * FACTOR)

/** Milliseconds. Nothing is timed here; a machine may be busy. */
export const TIMEOUT = 120_000 * Math.max(1, FACTOR)
