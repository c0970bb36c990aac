import { describe, expect, test } from 'vitest'
import { topologySpecSchema } from '../src/topology-spec-schema.ts'

type Schema = Readonly<Record<string, unknown>>

describe('the schema of a topology spec', () => {
  const schemas: [string, Schema][] = [['topology', topologySpecSchema], ...Object.entries(topologySpecSchema.$defs)]

  test.each(schemas.filter(([, schema]) => 'properties' in schema))(
    '%s refuses unknown keys and explains each',
    (_name, schema) => {
      expect(schema['additionalProperties']).toBe(false)
      const properties = Object.entries(schema['properties'] as Record<string, Schema>)
      const silent = properties.filter(([, of]) => {
        const ref = typeof of['$ref'] === 'string' ? of['$ref'].replace('#/$defs/', '') : undefined
        const described = ref === undefined ? of : schemas.find(([name]) => name === ref)?.[1]
        return typeof described?.['description'] !== 'string'
      })
      expect(silent).toEqual([])
    },
  )

  test('every reference leads somewhere', () => {
    const refs = JSON.stringify(topologySpecSchema).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)
    const lost = [...refs].map((match) => match[1] ?? '').filter((name) => !(name in topologySpecSchema.$defs))
    expect(lost).toEqual([])
  })
})
