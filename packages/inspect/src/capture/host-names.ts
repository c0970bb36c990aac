/** What the captured machine is called, so that it can be masked wherever it is named. */
import type { CaptureRoot } from '../sysfs/capture-root.ts'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'

/** As the machine calls itself, in whole and without its domain; the longest first. */
export function hostNames(tree: FileTree, { proc, beside }: CaptureRoot): readonly string[] {
  const said = [
    ...proc.map((folder) => readText(tree, joinPath(folder, 'sys/kernel/hostname'), 256)),
    ...beside.map((folder) => readText(tree, joinPath(folder, 'etc/hostname'), 256)),
    ...beside
      .flatMap((folder) => ['uname', 'uname.txt'].map((name) => readText(tree, joinPath(folder, name))))
      .map((text) => /^Linux (?!version )(\S+) \d/.exec(text ?? '')?.[1]),
    ...proc.map(
      (folder) => /^HostName: *(\S+)/m.exec(readText(tree, joinPath(folder, 'hwloc-nofile-info')) ?? '')?.[1],
    ),
  ]
  const names = said.flatMap((name) => (name === undefined || name === '' ? [] : [name, name.split('.')[0] ?? name]))
  return [...new Set(names)].sort((a, b) => b.length - a.length)
}
