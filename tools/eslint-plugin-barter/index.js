import arrows from './rules/arrows.js'
import honestTests from './rules/honest-tests.js'
import noAsync from './rules/no-async.js'
import noBareYield from './rules/no-bare-yield.js'
import noFloatingOp from './rules/no-floating-op.js'
import noGeneratorClosure from './rules/no-generator-closure.js'
import noHostClock from './rules/no-host-clock.js'
import noOldClosure from './rules/no-old-closure.js'
import oneDoor from './rules/one-door.js'

export default {
  meta: { name: 'eslint-plugin-barter' },
  rules: {
    arrows,
    'honest-tests': honestTests,
    'no-async': noAsync,
    'no-bare-yield': noBareYield,
    'no-floating-op': noFloatingOp,
    'no-generator-closure': noGeneratorClosure,
    'no-host-clock': noHostClock,
    'no-old-closure': noOldClosure,
    'one-door': oneDoor,
  },
}
