/** Where the boxes of the picture go: a column for each depth, a row for each device, so that the matrix can stand beside. */
import type { DrawnNode } from './drawn-tree.ts'

export interface Box {
  readonly node: DrawnNode
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Wire {
  readonly from: Box
  readonly to: Box
}

export interface Layout {
  readonly boxes: readonly Box[]
  readonly wires: readonly Wire[]
  /** By place among the devices in question: the middle of its row. */
  readonly rows: ReadonlyMap<number, number>
  /** Right edge of the devices, and lower edge of all. */
  readonly right: number
  readonly bottom: number
}

/** All in pixels. */
const ROW = 42
const BRIDGE = { width: 164, height: 32 }
const DEVICE = { width: 248, height: 32 }
const GAP = 30
const ROOT_GAP = 14

/** **Shape** `left`, `top`: of the first box. */
export function layOut(roots: readonly DrawnNode[], left: number, top: number): Layout {
  const boxes: Box[] = []
  const wires: Wire[] = []
  const rows = new Map<number, number>()
  const columns = Math.max(0, ...roots.map(depthOf))
  const deviceX = left + columns * (BRIDGE.width + GAP)
  let next = top

  const place = (node: DrawnNode, depth: number): Box => {
    const own = node.index === undefined ? undefined : next
    if (own !== undefined) next += ROW
    const children = node.children.map((child) => place(child, depth + 1))
    const [first, last] = [children[0], children.at(-1)]
    const size = node.index === undefined ? BRIDGE : DEVICE
    const middle =
      own !== undefined
        ? own + ROW / 2
        : first === undefined || last === undefined
          ? next
          : (first.y + last.y) / 2 + first.height / 2
    const x = node.index === undefined ? left + depth * (BRIDGE.width + GAP) : deviceX
    const box: Box = { node, x, y: middle - size.height / 2, ...size }
    boxes.push(box)
    wires.push(...children.map((to) => ({ from: box, to })))
    if (node.index !== undefined) rows.set(node.index, middle)
    return box
  }
  for (const root of roots) {
    place(root, 0)
    next += ROOT_GAP
  }
  return { boxes, wires, rows, right: deviceX + DEVICE.width, bottom: next - ROOT_GAP }
}

/** Columns of bridges that a tree needs. */
function depthOf(node: DrawnNode): number {
  const below = Math.max(0, ...node.children.map(depthOf))
  return node.index === undefined ? 1 + below : below
}
