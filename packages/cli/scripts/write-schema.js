// Writes schema/scenario.schema.json from the build. A test fails when the committed file is not what this writes.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { publishedSchema } from '../dist/scenario/published-schema.js'

const file = fileURLToPath(new URL('../schema/scenario.schema.json', import.meta.url))
const text = JSON.stringify(await publishedSchema())
writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }))
