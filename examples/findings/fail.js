/**
 * A plugin for these scenarios: the first `times` calls at a named place of the kernel fail, as hardware or memory could
 * make them. Options: `point`, `errno` (what the place usually gives unless told), `device` (any), `times` (1).
 */
export default function fail({ point, errno, device, times = 1 }) {
  return {
    name: 'fail',
    apply: ({ hooks }) => {
      let failed = 0
      // Each run begins anew.
      hooks.platform.tap('fail', (platform) => {
        failed = 0
        return platform
      })
      hooks.fault.tap('fail', (at) => {
        const meant = at.point === point && (device === undefined || at.device.name === device)
        if (!meant || failed >= times) return undefined
        failed++
        return errno ?? at.usual
      })
    },
  }
}
