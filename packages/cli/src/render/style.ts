/** Colours by meaning, and none where nobody would see them. */
import colors from 'picocolors'

export interface Style {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  strong(text: string): string
  faint(text: string): string
  /** Who acts, in a timeline. */
  actor(text: string): string
}

export function styleText(on: boolean): Style {
  const palette = colors.createColors(on)
  return {
    good: palette.green,
    bad: palette.red,
    warn: palette.yellow,
    strong: palette.bold,
    faint: palette.dim,
    actor: palette.cyan,
  }
}
