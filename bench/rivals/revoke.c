/*
 * The revoke protocol of bench/models/revoke-model.js for GenMC: what the reservation guards is plain, what is touched without
 * it is atomic. A transfer that meets a dark device fails the assertion.
 *
 * genmc --sc -- -DK=2 revoke.c; with -DNO_WAIT the revoke does not wait for the unmaps, and with -DLATE_MAP an importer looks
 * whether the buffer is revoked in one critical section and maps it in the next one.
 */
#include <assert.h>
#include <pthread.h>
#include <genmc.h>
#include <stdatomic.h>
#include <stdbool.h>

#ifndef K
#define K 2
#endif
#ifndef TRANSFERS
#define TRANSFERS 2
#endif

static pthread_mutex_t memory = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t reservation = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by the memory lock. */
static bool closed;
/* Guarded by the reservation. */
static bool revoked;
static bool mapped[K];
static atomic_int refs = 1;
static atomic_int drained;
static atomic_int dark;
static atomic_int told[K];

static void put(void) {
  if (atomic_fetch_sub(&refs, 1) == 1) atomic_store(&drained, 1);
}

static void *importer(void *number) {
  int i = (int)(long)number;
  pthread_mutex_lock(&reservation);
  if (revoked) {
    pthread_mutex_unlock(&reservation);
    return NULL;
  }
#ifdef LATE_MAP
  pthread_mutex_unlock(&reservation);
  pthread_mutex_lock(&reservation);
#endif
  atomic_fetch_add(&refs, 1);
  atomic_store(&told[i], 0);
  mapped[i] = true;
  pthread_mutex_unlock(&reservation);
  for (int done = 0; done < TRANSFERS && !atomic_load(&told[i]); done++) assert(!atomic_load(&dark));
  pthread_mutex_lock(&reservation);
  mapped[i] = false;
  put();
  pthread_mutex_unlock(&reservation);
  return NULL;
}

static void revoke(void) {
  pthread_mutex_lock(&reservation);
  revoked = true;
  for (int j = 0; j < K; j++)
    if (mapped[j]) atomic_store(&told[j], 1);
  pthread_mutex_unlock(&reservation);
  put();
#ifndef NO_WAIT
  __VERIFIER_assume(atomic_load(&drained));
#endif
}

static void *resetter(void *unused) {
  pthread_mutex_lock(&memory);
  if (!closed) {
    revoke();
    atomic_store(&dark, 1);
    atomic_store(&dark, 0);
    pthread_mutex_lock(&reservation);
    atomic_store(&refs, 1);
    atomic_store(&drained, 0);
    revoked = false;
    pthread_mutex_unlock(&reservation);
  }
  pthread_mutex_unlock(&memory);
  return NULL;
}

static void *closer(void *unused) {
  pthread_mutex_lock(&memory);
  revoke();
  closed = true;
  pthread_mutex_unlock(&memory);
  return NULL;
}

int main(void) {
  pthread_t threads[K + 2];
  pthread_create(&threads[0], NULL, resetter, NULL);
  pthread_create(&threads[1], NULL, closer, NULL);
  for (long i = 0; i < K; i++) pthread_create(&threads[i + 2], NULL, importer, (void *)i);
  for (int i = 0; i < K + 2; i++) pthread_join(threads[i], NULL);
  return 0;
}
