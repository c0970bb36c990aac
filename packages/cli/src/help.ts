/** What `barter --help` says: fixed text, so that asking for it loads nothing else. A test holds it against the commands. */
export const HELP = `Usage: barter COMMAND [OPTIONS]

A model of Linux VFIO, dma-buf and P2PDMA: lends BARs between PCI devices,
takes them back in the middle of things, and judges what happened.

Commands:
  run SCENARIO     run a scenario file and tell the story, step by step
  explore SCENARIO try every order of events, and show the shortest that breaks
  replay TOKEN     run a counterexample again, event by event
  inspect [PATH]   show which devices of a machine can reach each other, and why
  capture -o FILE  pack this machine into one archive for a bug report
  diff A B         what changed between two captures, and whose verdict
  demo             the whole thing on a machine that comes along
  parity PATH...   replay recordings of a real kernel, and compare step by step
  new KIND NAME    write a plugin project that passes the conformance kit
  explain RULE...  a rule in plain words, and where it comes from
  completion SHELL completion of commands and devices for bash, zsh or fish

Common options:
  --json           print one JSON document instead of text
  --debug          on an error, say where in the program it arose
  --version        print the version
  -h, --help       print help; also after a command

Examples:
  barter inspect                       this machine (Linux)
  barter inspect capture.tar.gz --want 03:00.0,04:00.0   what to change for it
  barter run --list                    the examples that come along
  barter run reset-while-writing       one of them, or a file

Exit codes:
  0  fine
  1  a problem was found: a violation, another outcome than expected, or a
     pair that cannot reach each other
  2  wrong usage: an option, a file or a scenario that cannot be used
  3  cannot tell: stopped before the end, or the machine does not say enough
`
