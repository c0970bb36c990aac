/** One row, or none, of each plugin that shapes the machine; and all ways to choose them, with nothing chosen first. */
import type { PlatformRow } from './plugins.ts'

export interface PlatformChoice {
  readonly rows: readonly PlatformRow[]
  /** By plugin, so that each is an axis. */
  readonly names: Readonly<Record<string, string>>
}

const LEFT_OUT = 'left out'

export function platformChoices(platforms: readonly (readonly PlatformRow[])[]): readonly PlatformChoice[] {
  return platforms.reduce<readonly PlatformChoice[]>(
    (choices, rows) =>
      choices.flatMap(({ rows: before, names }) => {
        const plugin = rows[0]?.plugin ?? ''
        return [
          { rows: before, names: { ...names, [plugin]: LEFT_OUT } },
          ...rows.map((row) => ({ rows: [...before, row], names: { ...names, [plugin]: row.row } })),
        ]
      }),
    [{ rows: [], names: {} }],
  )
}
