/** ACS parameters that a machine was booted with already: a new one has to take them over, as the last one wins. */

export interface AcsParameters {
  readonly disableAcsRedir: readonly string[]
  readonly configAcs: readonly string[]
}

/** **Source** ACS-10, ACS-11 */
export function acsParameters(commandLine: string | undefined): AcsParameters {
  const found = { disableAcsRedir: [] as string[], configAcs: [] as string[] }
  for (const word of (commandLine ?? '').match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const value = /^pci=(.*)$/.exec(word.replaceAll('"', ''))?.[1]
    for (const option of value?.split(',') ?? []) {
      const [name, list = ''] = [option.split('=')[0], option.slice(option.indexOf('=') + 1)]
      const entries = list
        .split(';')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
      if (name === 'disable_acs_redir') found.disableAcsRedir = entries
      if (name === 'config_acs') found.configAcs = entries
    }
  }
  return found
}
