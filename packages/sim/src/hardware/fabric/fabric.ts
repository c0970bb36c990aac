/** The ways of packets through one machine, as its registers stand. */
import type { Access, IommuUnit, Route } from '@barter/core'
import type { Functions } from '../function/functions.ts'
import type { WiredFunction } from '../wiring.ts'
import { BusMaps } from './bus-map.ts'
import type { FabricParts } from './fabric-parts.ts'
import { Request, type RequestFacts } from './request.ts'
import { RootComplex } from './root-complex.ts'
import { fromCpu } from './root-passage.ts'
import { send } from './up.ts'

export class Fabric {
  readonly #parts: FabricParts

  constructor(functions: Functions, iommu: IommuUnit) {
    const maps = new BusMaps(functions)
    this.#parts = { functions, maps, root: new RootComplex(functions.wiring, maps), iommu }
  }

  /** The translation agent from now on; a run makes it after the bus. */
  set iommu(unit: IommuUnit) {
    this.#parts.iommu = unit
  }

  route(from: WiredFunction, at: number, access: Access, facts: RequestFacts): Route {
    return send(this.#parts, new Request(from, at, access, facts), from)
  }

  fromCpu(at: number, access: Access, facts: RequestFacts): Route {
    return fromCpu(this.#parts, new Request(null, at, access, facts))
  }
}
