/** Keep the first `length` of a list. Not by setting its length: that gives memory back, which is slow where it grows again. */
export function shorten(list: unknown[], length: number): void {
  while (list.length > length) list.pop()
}
