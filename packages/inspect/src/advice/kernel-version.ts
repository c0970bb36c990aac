/** Which boot parameters a kernel takes. */

/** `6.17.0-19-generic` -> 6.17 */
export interface KernelVersion {
  readonly major: number
  readonly minor: number
}

/** **Shape** `undefined`: no release, or one that does not begin with a version. */
export function kernelVersion(release: string | undefined): KernelVersion | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})/.exec(release?.trim() ?? '')
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) }
}

/** `pci=disable_acs_redir=` (ACS-10). */
export const DISABLE_ACS_REDIR_SINCE: KernelVersion = { major: 4, minor: 19 }
/** `pci=config_acs=` (ACS-11). */
export const CONFIG_ACS_SINCE: KernelVersion = { major: 6, minor: 11 }
/** Before, `config_acs` took several ports only where the distribution had carried the repair back. */
export const CONFIG_ACS_SEVERAL_SINCE: KernelVersion = { major: 6, minor: 15 }

export const isSince = (version: KernelVersion, since: KernelVersion): boolean =>
  version.major > since.major || (version.major === since.major && version.minor >= since.minor)

export const formatVersion = ({ major, minor }: KernelVersion): string => `${major}.${minor}`
