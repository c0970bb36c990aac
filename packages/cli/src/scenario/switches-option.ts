/** `--switches`: **Shape** ids between commas; `none`, or nothing, for none. What ids there are, composition knows. */
export function readSwitches(text: string | undefined): { switches?: readonly string[] } {
  if (text === undefined) return {}
  const ids = text.split(',').map((id) => id.trim())
  return { switches: ids.filter((id) => id !== '' && id !== 'none') }
}
