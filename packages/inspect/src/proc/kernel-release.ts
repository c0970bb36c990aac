/** Which kernel wrote the capture. */

const VERSION = /^Linux version (\S{1,128})/
/** `Linux host 6.17.0-19-generic #19-Ubuntu SMP ... x86_64 GNU/Linux` */
const UNAME = /^Linux \S{1,256} (\d\S{0,127})/
const RELEASE = /^\d{1,3}\.\S{0,127}$/
const HWLOC = /^OSRelease: (\S{1,128})/m

/** **Shape** the text of /proc/version, of `uname -a` or `uname -r`, of osrelease, or what hwloc notes beside a capture. */
export function kernelRelease(text: string): string | undefined {
  const trimmed = text.trim()
  if (RELEASE.test(trimmed)) return trimmed
  return (VERSION.exec(trimmed) ?? UNAME.exec(trimmed) ?? HWLOC.exec(trimmed))?.[1]
}

/** The architecture that `uname -a` or the kernel's own version text names. */
export function kernelArch(text: string): string | undefined {
  const found = /\b(x86_64|amd64|aarch64|arm64|ppc64le|ppc64|riscv64|s390x|loongarch64)\b/.exec(
    text.slice(0, 4096),
  )?.[1]
  if (found === 'amd64') return 'x86_64'
  if (found === 'aarch64') return 'arm64'
  return found === 'ppc64le' ? 'ppc64' : found
}
