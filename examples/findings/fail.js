/**
 * A plugin for these scenarios: the first `times` calls at a named place of the kernel fail, as hardware or memory could
 * make them. Options: `point`, `errno` (what the place usually gives unless told), `device` (any), `times` (1).
 */
export default function fail({ point, errno, device, times = 1 }) {
  return {
    name: 'fail',
    apply: ({ hooks }) => {
      const failed = new WeakMap()
      hooks.fault.tap('fail', (at) => {
        const before = failed.get(at.run) ?? 0
        const meant = at.point === point && (device === undefined || at.device.name === device)
        if (!meant || before >= times) return undefined
        failed.set(at.run, before + 1)
        return errno ?? at.usual
      })
    },
  }
}
