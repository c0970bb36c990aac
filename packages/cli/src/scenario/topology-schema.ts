/** The part of a scenario's schema that describes a machine written out. */
import { type JsonSchema, topologySpecSchema } from '@barter/core'

export const topologySchema: JsonSchema = topologySpecSchema
