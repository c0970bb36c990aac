/*
 * The revoke protocol of revoke-model.js for spin: the same threads, and each step of theirs is one step here. Importers map,
 * transfer up to TRANSFERS times and unmap; one reset, one close. A transfer that meets a dark device fails the assertion.
 *
 * spin -DK=4 -a revoke.pml; with -DBROKEN the revoke does not wait for the unmaps (BUG-54).
 */
#ifndef K
#define K 4
#endif
#ifndef TRANSFERS
#define TRANSFERS 2
#endif

bool memory_lock, revoked, drained, dark, closed;
byte refs = 1;
bool told[K], mapped[K];

inline take(lock) { atomic { !lock -> lock = true } }

inline put() {
  refs--;
  if
  :: refs == 0 -> drained = true
  :: else
  fi
}

inline revoke() {
  d_step {
    revoked = true;
    j = 0;
    do
    :: j < K && mapped[j] -> told[j] = true; j++
    :: j < K && !mapped[j] -> j++
    :: j == K -> break
    od;
    j = 0
  }
  d_step { put() }
#ifndef BROKEN
  drained
#endif
}

proctype importer(byte i) {
  byte done;
  atomic {
    if
    :: revoked -> goto refused
    :: else -> refs++; told[i] = false; mapped[i] = true
    fi
  }
look:
  atomic {
    if
    :: told[i] -> goto unmap
    :: else
    fi
  }
  atomic {
    assert(!dark);
    done++;
    if
    :: done == TRANSFERS -> goto unmap
    :: else -> goto look
    fi
  }
unmap:
  atomic { mapped[i] = false; put() }
refused:
  skip
}

proctype resetter() {
  byte j;
  take(memory_lock);
  if
  :: closed
  :: !closed ->
    revoke();
    dark = true;
    dark = false;
    d_step { refs = 1; drained = false; revoked = false }
  fi;
  memory_lock = false
}

proctype closer() {
  byte j;
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
