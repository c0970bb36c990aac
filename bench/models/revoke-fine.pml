/*
 * The revoke protocol of revoke-model.js for spin, in fine steps: each access of a shared field is a step of its own, and the
 * reservation lock is taken and given back as steps. A reference that is dropped and the test for the last one are one atomic
 * step, as in the kernel. Importers map, transfer up to TRANSFERS times and unmap; one reset, one close. A transfer that meets
 * a dark device fails the assertion. What only its own process can see is joined with the step before it.
 *
 * spin -DK=4 -a revoke-fine.pml; with -DBROKEN the revoke does not wait for the unmaps (BUG-54).
 */
#ifndef K
#define K 4
#endif
#ifndef TRANSFERS
#define TRANSFERS 2
#endif

bool memory_lock, reservation, revoked, drained, dark, closed;
byte refs = 1;
bool told[K], mapped[K];

inline take(lock) { atomic { !lock -> lock = true } }

inline put() {
  d_step { refs--; last = (refs == 0) }
  if
  :: last -> drained = true
  :: else
  fi
}

inline revoke() {
  take(reservation);
  revoked = true;
  j = 0;
  do
  :: j < K ->
    if
    :: mapped[j] -> told[j] = true
    :: else
    fi;
    j++
  :: else -> break
  od;
  atomic { reservation = false; j = 0 };
  put();
#ifndef BROKEN
  drained
#endif
}

proctype importer(byte i) {
  byte done;
  bool last;
  take(reservation);
  if
  :: revoked -> goto leave
  :: else
  fi;
  refs++;
  told[i] = false;
  mapped[i] = true;
  reservation = false;
look:
  if
  :: told[i] -> goto unmap
  :: else
  fi;
  d_step { assert(!dark); done++ };
  if
  :: done < TRANSFERS -> goto look
  :: else
  fi;
unmap:
  take(reservation);
  mapped[i] = false;
  put();
leave:
  reservation = false
}

proctype resetter() {
  byte j;
  bool last;
  take(memory_lock);
  if
  :: closed
  :: else ->
    revoke();
    dark = true;
    dark = false;
    take(reservation);
    refs = 1;
    drained = false;
    revoked = false;
    reservation = false
  fi;
  memory_lock = false
}

proctype closer() {
  byte j;
  bool last;
  take(memory_lock);
  revoke();
  closed = true;
  memory_lock = false
}

init {
  byte n;
  atomic {
    run resetter();
    run closer();
    do
    :: n < K -> run importer(n); n++
    :: else -> break
    od
  }
}
