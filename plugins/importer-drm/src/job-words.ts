/** What user space says when it submits a job. */
import { type ControlSpec, type JsonSchema, KiB, sizeField, type StepValue, ticksField } from '@barter/core'
import type { JobRequest } from './job.ts'

const jobArgs: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    access: { enum: ['read', 'write'], default: 'write', description: 'what the job does' },
    offset: sizeField('bytes from the start of the object; 0 unless given'),
    length: sizeField('bytes; 4 KiB unless given'),
    ticks: ticksField('how long the job takes beside its transfers; no longer unless given'),
  },
}

export const noArgs: JsonSchema = { type: 'object', additionalProperties: false }

export const jobControl = (summary: string): ControlSpec => ({ summary, args: jobArgs })

export const waitIdleControl: ControlSpec = {
  summary: 'wait for the jobs of the object; gives how each ended since the last time',
  args: noArgs,
}

/** **Shape** arguments as the schema let them through. */
export function readJob(args: Readonly<Record<string, StepValue>>): JobRequest {
  return {
    access: args.access === 'read' ? 'read' : 'write',
    offset: numberOr(args.offset, 0),
    length: numberOr(args.length, 4 * KiB),
    ticks: numberOr(args.ticks, 0),
  }
}

const numberOr = (value: StepValue | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise
